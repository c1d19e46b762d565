"""Classifiers that choose their penalty."""

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

    One net is trained for each fold, without the fold, all of them together,
    along a path of penalties, and the penalty with the lowest out-of-fold loss
    is chosen. From there training continues with all rows. The model is the
    mean of the nets, which is one shallow net. All that takes the time of a few
    ordinary fits.

    Each net minimises the cost of ShallowNNClassifier on its rows, weighted
    mean cross-entropy plus ``alpha/2 * sum_l ||W[l]||^2`` divided by their sum
    of weights.

    Parameters
    ----------
    hidden_units : int, default=32
        Units of the hidden layer of each net. There are as many nets as folds,
        so the fitted net has ``cv`` times as many. More units gain little on
        small tables. For more than ten thousand rows use 64 or more.
    alphas : array-like of float or "auto", default="auto"
        Penalties to choose from, positive, in any order. All of them are tried,
        each from the same initial weights, so the loss of each does not depend
        on the others. ``"auto"`` is 0.03, 0.1, 0.3, ... 300, times the mean
        weight of the rows where that is below 1. It tries some of them: the
        path begins in the middle, goes up while each penalty lowers the
        out-of-fold loss by a thousandth, and goes down in the same way if no
        larger penalty was better. Each starts from the weights of the one
        before, unless one of its nets had become a constant.
    cv : int, cross-validation splitter or iterable, default=4
        The folds. An int makes so many random, stratified folds; a class may
        have fewer rows than that. A splitter of scikit-learn is given all rows
        and the ``groups`` of ``fit``. An iterable yields pairs of index arrays,
        of training and test rows. None is scikit-learn's 5-fold splitter.
    activation : {"sigmoid", "logistic", "tanh", "relu", "leaky_relu", \
            "identity", "elu", "selu", "softplus", "silu", "gelu"} or Activation, \
            default="relu"
        Activation g of the hidden layer.
    standardize : bool, default=True
        Centre and scale each column inside the network, as in
        ShallowNNClassifier, by the mean and deviation over all rows.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, times the sample weights. A dict maps labels to
        weights; labels that are not in it have weight 1. ``"balanced"`` gives
        each class the same sum of weights.
    max_iter : int, default=100
        Iterations of L-BFGS at most for the last training, on all rows. A
        training on the path has at most 60 % of them, or 25 % after a warm
        start. Each ends earlier if the cost falls slowly. Above 10,000 rows it
        is also the most epochs of Adam without the folds; a quarter as many
        follow on all rows.
    keep_oof : bool, default=True
        Whether to keep ``oof_predict_proba_``, which reveals something about
        each training row. With False no attribute has a row for each training
        row.
    verbose : bool or int, default=False
        Print a line for each penalty on the path, then one for each iteration
        of the last training, or for an integer n every n-th.
    random_state : int, RandomState instance or None, default=None
        Determines the initial weights and the folds. An int makes a fit
        repeatable.

    Attributes
    ----------
    alpha_ : float
        The chosen penalty: the one with the lowest mean of ``oof_losses_`` over
        the folds. It can be passed to ShallowNNClassifier.
    alphas_ : ndarray of shape (n_alphas,)
        The penalties that were tried, in ascending order.
    oof_losses_ : ndarray of shape (n_alphas, n_folds)
        Weighted mean cross-entropy of each net on the rows of its fold, at each
        penalty.
    oof_predict_proba_ : ndarray of shape (m, n_classes)
        Out-of-fold probabilities of each training row, at ``alpha_``; the mean
        if the row is in several folds. For calibration, thresholds and
        stacking. NaN for rows in no fold, and for rows of weight zero. Only
        with ``keep_oof=True``.
    temperature_ : float
        The divisor of the logits, with the lowest out-of-fold loss.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_features_in_ : int
        Columns of X, ``n[0]``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if all are strings.
    parameters_ : Parameters
        ``W[l]`` and ``b[l]`` of the mean of the nets, in the layout of the
        equations. They act on standardised columns.
    standardization_ : Standardization or None
        ``mean`` and ``scale`` of each column.
    network_ : Network
        The network of the parameters; ``n[1]`` is ``hidden_units`` times the
        number of folds.
    coefs_, intercepts_ : list of ndarray
        The same in scikit-learn's layout, acting on the original columns.
    n_iter_ : int
        Iterations of L-BFGS over the whole path, and epochs of Adam.

    See Also
    --------
    ShallowNNClassifier : One net, whose penalty is given.
    sklearn.linear_model.LogisticRegressionCV : The same for a linear model.

    Notes
    -----
    Up to 10,000 rows L-BFGS does all training. With more, a stratified sample
    of 2,000 chooses the penalty, which is then divided by the square root of
    the ratio of the numbers of rows: a net learns more from more rows. Adam
    trains on all rows, first without the folds and then for a shorter time with
    them. ``alphas_`` and ``alpha_`` are those for all rows.

    Up to 500 rows products are in the precision of X, otherwise in float32, on
    columns that were standardised in float64. That halves the time. The fitted
    parameters are in the precision of X.

    The weighted mean and scale of the columns are those of all rows, held out
    or not; they do not depend on labels.

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
                f"y has {y.shape[1]} columns: {type(self).__name__} takes one label "
                "for each row. Use ShallowNNClassifier for several labels."
            )
        return ClassTargets.of(y)
