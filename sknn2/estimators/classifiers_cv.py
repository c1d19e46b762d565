"""Classifiers that choose their own penalty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

import numpy as np

from sknn2.data.class_targets import ClassTargets
from sknn2.estimators.base_cv import NetworkCV
from sknn2.estimators.classifiers import FittedClassifier
from sknn2.names import Balanced


@dataclass(eq=False, repr=False)
class ShallowNNClassifierCV(FittedClassifier, NetworkCV):
    """Shallow nets that choose their penalty by cross-validation, and are averaged.

    One net is trained for each fold, without the fold: all of them side by
    side, from the middle of a path of penalties to the strength at which they
    do best on the rows that they have not seen. From there they are trained
    on with all rows. Their mean is one shallow net, which is what is kept. All
    that takes the time of a few ordinary fits.

    Each net brings down the cost of ShallowNNClassifier on its rows, weighted
    mean cross-entropy plus ``alpha/2 * sum_l ||W[l]||^2`` over their sum of
    weights.

    Parameters
    ----------
    hidden_units : int, default=32
        Units of the hidden layer of each net. There are as many nets as folds,
        so the net that is kept has ``cv`` times as many. More units gain little
        on small tables. For more than ten thousand rows take 64 or more.
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
        The folds. An int deals the rows out at random to so many folds, class
        by class; a class may be rarer than that. A splitter of scikit-learn is
        given all rows and the ``groups`` of ``fit``. An iterable yields pairs
        of index arrays, of rows to train on and to judge by. None is
        scikit-learn's 5-fold splitter.
    activation : {"sigmoid", "logistic", "tanh", "relu", "leaky_relu", \
            "identity", "elu", "selu", "softplus", "silu", "gelu"} or Activation, \
            default="relu"
        g of the hidden layer.
    standardize : bool, default=True
        Centre and scale each column inside the network, as in
        ShallowNNClassifier, by the mean and deviation over all rows.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, times the sample weights. A dict goes from label
        to weight, with 1 for labels that are not in it. ``"balanced"`` gives
        each class the same sum of weights.
    max_iter : int, default=100
        Iterations of L-BFGS at most for the last training, on all rows. A
        training on the path may have 60 % of them, or 25 % where it is started
        warm. Each ends sooner if the cost falls slowly. Above 10,000 rows it is
        also the most epochs of Adam without the folds; a quarter as many follow
        on all rows.
    keep_oof : bool, default=True
        Whether to keep ``oof_predict_proba_``, which tells of each training
        row. False leaves it out: a model that is shipped then carries nothing
        that has a row for each row of its training set.
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
        ``oof_losses_`` over the folds. Refit a ShallowNNClassifier with it if
        you like.
    alphas_ : ndarray of shape (n_alphas,)
        The penalties that were visited, in ascending order.
    oof_losses_ : ndarray of shape (n_alphas, n_folds)
        Weighted mean cross-entropy of each net on the rows of its fold, at each
        penalty.
    oof_predict_proba_ : ndarray of shape (m, n_classes)
        Probabilities of each training row by the net that has not seen it, at
        ``alpha_``; by several, their mean. For calibration, thresholds and
        stacking. NaN for rows that no fold judges, and for rows of weight zero.
        Only with ``keep_oof=True``.
    temperature_ : float
        What the logits were divided by, so that those out of fold would have
        done best.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
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
        The same in scikit-learn's layout, acting on X as it is.
    n_iter_ : int
        Iterations of L-BFGS over the whole path, and epochs of Adam.

    See Also
    --------
    ShallowNNClassifier : One net, whose penalty is given.
    sklearn.linear_model.LogisticRegressionCV : The same for a linear model.

    Notes
    -----
    Up to 10,000 rows everything is done by L-BFGS. Of more, a stratified sample
    of 2,000 chooses the penalty, which is then divided by the root of what the
    rows are more: a net has more to learn from them. All rows are trained on
    by Adam, without the folds and then a little with them. ``alphas_`` and
    ``alpha_`` are in terms of all rows.

    Up to 500 rows products are in the precision of X, beyond in float32, on
    columns that were standardised in float64. That halves the time. What is
    kept, and predicts, is in the precision of X.

    The weighted mean and scale of the columns are those of all rows, held out
    or not; labels have no part in them.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.model_selection import train_test_split
    >>> from sknn2 import ShallowNNClassifierCV
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    >>> model = ShallowNNClassifierCV(random_state=0).fit(X_train, y_train)
    >>> bool(model.score(X_test, y_test) > 0.95)
    True
    >>> model.alphas_
    array([ 1.,  3., 10.])
    >>> model.oof_losses_.shape, model.oof_predict_proba_.shape
    ((3, 4), (426, 2))
    """

    oof_predict_proba_: np.ndarray = field(init=False)
    temperature_: float = field(init=False)

    _: KW_ONLY
    class_weight: Mapping[Any, float] | Balanced | None = None

    def _learn_targets(self, y: np.ndarray) -> ClassTargets:
        if y.ndim == 2:
            raise ValueError(
                f"y has {y.shape[1]} columns: {type(self).__name__} tells the classes "
                "of one. Take ShallowNNClassifier for several labels."
            )
        return ClassTargets.of(y)
