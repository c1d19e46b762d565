"""Regressors that choose their own penalty."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field

import numpy as np

from sknn2.data.regression_targets import RegressionTargets
from sknn2.estimators.base_cv import NetworkCV
from sknn2.estimators.regressors import FittedRegressor
from sknn2.names import RegressionLossName
from sknn2.network.losses import RegressionLoss


@dataclass(eq=False, repr=False)
class ShallowNNRegressorCV(FittedRegressor, NetworkCV):
    """Shallow nets that choose their penalty by cross-validation, and are averaged.

    One net is trained for each fold, without the fold: all of them side by
    side, from the middle of a path of penalties to the strength at which they
    do best on the rows that they have not seen. From there they are trained
    on with all rows. Their mean is one shallow net, which is what is kept. All
    that takes about three times as long as an ordinary fit.

    Each net brings down the cost of ShallowNNRegressor on its rows, the
    weighted mean of a loss plus ``alpha/2 * sum_l ||W[l]||^2`` over their sum
    of weights. The losses of several outputs add up, so that one penalty is
    chosen for all of them.

    Parameters
    ----------
    hidden_units : int, default=32
        Units of the hidden layer of each net. There are as many nets as folds,
        so the net that is kept has ``cv`` times as many. More units gain little
        on small tables. For more than ten thousand rows take 64 or more.
    loss : {"squared_error", "absolute_error", "huber", "pinball", "quantile", \
            "poisson"} or loss object, default="squared_error"
        What is brought down, and what the penalty is chosen by, as in
        ShallowNNRegressor. Objects carry hyper-parameters of their own:
        ``Pinball(quantile=0.9)``, ``Huber(delta=1.0)``.
    alphas : array-like of float or "auto", default="auto"
        Strengths of the penalty to choose from, positive, in any order. Those
        that are given are all tried, each from the same initial weights, so
        each has the loss that it would have alone. ``"auto"`` is 0.03, 0.1,
        0.3, ... 300, times the mean weight of the rows where that is below 1.
        It tries some of them: the walk begins in their middle, goes up while
        each step takes a thousandth off the out-of-fold loss, and goes down in
        the same way if nothing above the middle was better. Each step starts
        from the weights of the step before, unless one of its nets had become
        a constant.
    cv : int, cross-validation splitter or iterable, default=4
        The folds. An int deals the rows out at random to so many folds whose
        targets are spread alike: of as many rows that are neighbours in the
        order of ``y`` each fold gets one. Several outputs are ordered by their
        mean in deviations. A splitter of scikit-learn is given all rows and
        the ``groups`` of ``fit``. An iterable yields pairs of index arrays, of
        rows to train on and to judge by. None is scikit-learn's 5-fold
        splitter, which does not shuffle.
    activation : {"sigmoid", "logistic", "tanh", "relu", "leaky_relu", \
            "identity", "elu", "selu", "softplus", "silu", "gelu"} or Activation, \
            default="relu"
        g of the hidden layer.
    standardize : bool, default=True
        Centre and scale each column of X inside the network, as in
        ShallowNNRegressor, by the mean and deviation over all rows. The target
        is centred and scaled whatever this says, because the penalties are
        meant for a target of deviation 1; only that of ``"poisson"``, which
        its logarithm links, is left as it is.
    max_iter : int, default=100
        Iterations of L-BFGS at most for the last training, on all rows. A
        training on the path may have 60 % of them, or 25 % where it is started
        warm. Each ends sooner if the cost falls slowly. Above 10,000 rows it is
        also the most epochs of Adam without the folds; a quarter as many follow
        on all rows.
    keep_oof : bool, default=True
        Whether to keep ``oof_predict_``, which tells of each training row.
        False leaves it out: a model that is shipped then carries nothing that
        has a row for each row of its training set.
    verbose : bool or int, default=False
        Print a line for each penalty on the path, then one for each iteration
        of the last training, or for every so many.
    random_state : int, RandomState instance or None, default=None
        Draws the one seed behind the initial weights and the folds. An int
        makes a fit repeatable.

    Attributes
    ----------
    alpha_ : float
        The penalty that was chosen: the one with the lowest mean of
        ``oof_losses_`` over the folds. Refit a ShallowNNRegressor with it if
        you like.
    alphas_ : ndarray of shape (n_alphas,)
        The penalties that were visited, in ascending order.
    oof_losses_ : ndarray of shape (n_alphas, n_folds)
        Weighted mean loss of each net on the rows of its fold, at each
        penalty, of the target as the network sees it: in squared deviations
        for ``"squared_error"``.
    oof_predict_ : ndarray of shape (m,) or (m, n_outputs)
        Prediction for each training row by the net that has not seen it, at
        ``alpha_``, in the units of ``y``; by several, their mean. For
        intervals, stacking and plots of residuals. NaN for rows that no fold
        judges, and for rows of weight zero. Only with ``keep_oof=True``.
    n_outputs_ : int
        Columns of ``y``, ``n[2]``.
    target_standardization_ : Standardization or None
        ``mean`` and ``deviation`` of each output. None with ``"poisson"``.
    n_features_in_ : int
        Columns of X, ``n[0]``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if all are strings.
    parameters_ : Parameters
        ``W[l]`` and ``b[l]`` of the mean of the nets, in the layout of the
        course. They act on standardised columns.
    standardization_ : Standardization or None
        ``mean`` and ``scale`` of each column.
    network_ : Network
        The network that the parameters belong to, with ``hidden_units`` times
        the number of folds for ``n[1]``.
    coefs_, intercepts_ : list of ndarray
        The same in scikit-learn's layout, acting on X and y as they are.
    n_iter_ : int
        Iterations of L-BFGS over the whole path, and epochs of Adam.

    See Also
    --------
    ShallowNNRegressor : One net, whose penalty is given.
    ShallowNNClassifierCV : The same for classes.
    sklearn.linear_model.RidgeCV : The same for a linear model.

    Notes
    -----
    The mean is that of the nets' outputs before the last step: with
    ``loss="poisson"`` it is the mean of the logarithms, so the rate that is
    predicted is the geometric mean of their rates. Only so the mean of the
    nets is one net.

    Up to 10,000 rows everything is done by L-BFGS. Of more, a sample of 2,000,
    evenly spread over the order of ``y``, chooses the penalty, which is then
    divided by the root of what the rows are more: a net has more to learn from
    them. All rows are trained on by Adam, without the folds and then a little
    with them. ``alphas_`` and ``alpha_`` are in terms of all rows.

    Up to 500 rows, and for ``"poisson"`` always, products are in the precision
    of X, beyond in float32, on columns that were standardised in float64. That
    halves the time. What is kept, and predicts, is in the precision of X.

    The weighted mean and scale of the columns and of the target are those of
    all rows, held out or not.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.model_selection import train_test_split
    >>> from sknn2 import ShallowNNRegressorCV
    >>> X, y = load_diabetes(return_X_y=True)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    >>> model = ShallowNNRegressorCV(random_state=0).fit(X_train, y_train)
    >>> bool(model.score(X_test, y_test) > 0.3)
    True
    >>> model.oof_losses_.shape[1], model.oof_predict_.shape
    (4, (331,))
    """

    oof_predict_: np.ndarray = field(init=False)

    _: KW_ONLY
    loss: RegressionLossName | RegressionLoss = "squared_error"

    def _learn_targets(self, y: np.ndarray) -> RegressionTargets:
        return RegressionTargets.of(y, self._regression_loss(), scaled=True)
