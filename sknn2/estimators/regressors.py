"""Regressors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin

from sknn2.data.argument_checks import Arguments
from sknn2.data.regression_targets import RegressionTargets
from sknn2.estimators.base import FittedNetwork, NeuralNetwork, if_first_order
from sknn2.estimators.docstrings import complete_docstring
from sknn2.fitting.callbacks import with_callbacks
from sknn2.inputs.standardization import Standardization
from sknn2.names import (
    RegressionLossName,
)
from sknn2.network.losses import REGRESSION_LOSSES, Poisson, RegressionLoss


class FittedRegressor(RegressorMixin, FittedNetwork):
    """Predictions of the regressors; not an estimator itself."""

    loss: RegressionLossName | RegressionLoss
    n_outputs_: int
    target_standardization_: Standardization | None
    _targets: RegressionTargets

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's tags: several outputs, for Poisson no negative ones."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        counts = isinstance(self.loss, Poisson) or self.loss == Poisson.name
        tags.target_tags.positive_only = counts
        return tags

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the prediction for each row.

        Parameters
        ----------
        X : array-like or sparse of shape (m, n_features)

        Returns
        -------
        ndarray of shape (m,) or (m, n_outputs)
            As ``y`` was, in its units and precision: float32 if ``y`` was,
            else float64, whatever the precision of X.
        """
        Z = self._logits(X)
        return self._targets.predictions(Z)

    def _regression_loss(self) -> RegressionLoss:
        """Return the loss after checking the argument behind it."""
        Arguments(self).choice("loss", REGRESSION_LOSSES, (RegressionLoss,))
        loss = self.loss
        return REGRESSION_LOSSES[loss] if isinstance(loss, str) else loss


@dataclass(eq=False, repr=False)
class Regressor(FittedRegressor, NeuralNetwork):
    """Base class of the regressors with one net; not an estimator itself.

    Parameters
    ----------
    loss : {"squared_error", "absolute_error", "huber", "pinball", "quantile", \
            "poisson"} or loss object, default="squared_error"
        The loss that training minimises: `SquaredError` estimates the mean,
        `AbsoluteError` the median, `Huber` a mean that is robust to outliers,
        `Pinball` a quantile, `Poisson` the mean of counts, by its logarithm.
        Objects have hyper-parameters: ``Pinball(quantile=0.9)``,
        ``Huber(delta=1.0)``. ``"quantile"`` is another name of ``"pinball"``.
    standardize : bool, default=True
        Centre and scale each column by its weighted mean and deviation, inside
        the network, and each output of the target too, so that its unit does
        not matter; predictions are in the units of ``y``. The target of
        ``"poisson"`` is not scaled. The statistics are in ``standardization_``
        and ``target_standardization_``, and ``coefs_`` and ``intercepts_`` act
        on the original columns. A constant column has no effect, and a constant
        target is predicted exactly.
    learning_rate : float or "auto", default="auto"
        The peak rate. ``"auto"`` is 0.05 for sgd, momentum and nesterov, 0.02
        for adam and adamw, 0.01 for rmsprop; with several hidden layers it is
        divided by their number. ``"lbfgs"`` has none.
    alpha : float or "auto", default="auto"
        Strength of the penalty, often written lambda, whatever the batch size.
        ``"auto"`` is a quarter of the number of columns, but at least 3 and at
        most 30: that of two classes. Where the rows have a mean weight below 1
        it is multiplied by that, so that the unit of small weights does not
        matter. It is at most 0.3 times the sum of the weights, and 0.1 times
        with several hidden layers, so that a few rows can still be learnt. It
        is Ridge's alpha for the scaled target, and the alpha of MLPRegressor
        with full batches. With c calls of ``partial_fit`` for each pass over
        the data, use alpha / c.
    validation_fraction : float, default=0.1
        Share of the rows that ``early_stopping=True`` holds out, drawn at
        random.

    Attributes
    ----------
    n_outputs_ : int
        Columns of ``y``, ``n[L]``.
    target_standardization_ : Standardization or None
        ``mean`` and ``deviation`` of each output.
    loss_curve_ : ndarray of shape (n_iter_,)
        Entry k is the cost J before the update of epoch k, penalty included;
        for mini-batches the mean over the batches, each before its update. It
        is computed on the scaled target: in squared deviations for
        ``"squared_error"`` with ``standardize=True``.
    """

    _: KW_ONLY
    loss: RegressionLossName | RegressionLoss = "squared_error"

    @if_first_order
    @with_callbacks
    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Train for one epoch on some rows, from the present parameters.

        The statistics of ``standardize``, of the columns and of the target, are
        updated with the rows, and the weights stay as they are, as after
        ``StandardScaler.partial_fit``.

        Parameters
        ----------
        X : array-like or sparse of shape (m, n_features)
        y : array-like of shape (m,) or (m, n_outputs)
        sample_weight : array-like of shape (m,), default=None

        Returns
        -------
        self : estimator

        Raises
        ------
        ValueError, TypeError
            As in ``fit``, and for ``early_stopping=True`` and a cosine
            schedule, which need all rows or a number of epochs. The model is
            then unchanged. With ``solver="lbfgs"`` there is no ``partial_fit``.
        """
        self._refuse_holding_out()
        return self._train(X, y, sample_weight, one_pass=True)

    def _learn_targets(
        self, y: np.ndarray, classes: Any, resume: bool
    ) -> RegressionTargets:
        loss = self._regression_loss()
        if resume:
            return replace(self._targets, regression_loss=loss)
        return RegressionTargets.of(y, loss, self.standardize)


@complete_docstring
@dataclass(eq=False, repr=False)
class ShallowNNRegressor(Regressor):
    """Regressor with one hidden layer, trained by hand-written backpropagation.

    The output is a unit without activation for each column of ``y``. Training
    minimises the weighted mean of a loss plus a penalty,

    ``J = (sum_i w_i loss_i + alpha/2 * sum_l ||W[l]||^2) / S``,

    with ``w_i`` the weight of row i and ``S`` their sum over the rows of this
    ``fit`` (or ``partial_fit``). The losses of several outputs are summed.

    Parameters
    ----------
    hidden_units : int, default=100
        Units of the hidden layer, ``n[1]``. 0 leaves it out: linear
        regression.

    See Also
    --------
    sknn2.DeepNNRegressor : More hidden layers.
    sknn2.ShallowNNClassifier : The same for labels.
    sknn2.Network : The equations, without an estimator.
    sknn2.check_gradient : See that the gradient is right.

    Examples
    --------
    >>> from sklearn.datasets import make_friedman1
    >>> from sklearn.model_selection import train_test_split
    >>> from sknn2 import Pinball, ShallowNNRegressor
    >>> X, y = make_friedman1(1000, noise=1.0, random_state=0)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    >>> model = ShallowNNRegressor(random_state=0).fit(X_train, y_train)
    >>> bool(model.score(X_test, y_test) > 0.8)
    True

    Nine of ten rows should lie below this:

    >>> high = ShallowNNRegressor(loss=Pinball(quantile=0.9), random_state=0)
    >>> bool((y_test <= high.fit(X_train, y_train).predict(X_test)).mean() > 0.75)
    True
    """

    hidden_units: int = 100

    def _hidden_layers(self) -> tuple[int, ...]:
        return Arguments(self).units("hidden_units")


@complete_docstring
@dataclass(eq=False, repr=False)
class DeepNNRegressor(Regressor):
    """Regressor with any number of hidden layers.

    The same as `ShallowNNRegressor` except for the layers: the same losses, the
    same cost

    ``J = (sum_i w_i loss_i + alpha/2 * sum_l ||W[l]||^2) / S``

    and, with one hidden layer, the same numbers from the same seed.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(50, 50)
        Units of each hidden layer, ``(n[1], ..., n[L-1])``, from the inputs to
        the output. An int is one layer; ``()`` or 0 leaves them out: linear
        regression.

    See Also
    --------
    sknn2.ShallowNNRegressor : One hidden layer; try it first.
    sknn2.DeepNNClassifier : The same for labels.
    sknn2.Network : The equations, without an estimator.

    Examples
    --------
    >>> from sklearn.datasets import make_friedman1
    >>> from sknn2 import DeepNNRegressor
    >>> X, y = make_friedman1(400, random_state=0)
    >>> model = DeepNNRegressor((30, 30), random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.9)
    True
    """

    hidden_layer_sizes: int | Sequence[int] = (50, 50)

    def _hidden_layers(self) -> tuple[int, ...]:
        return Arguments(self).sizes("hidden_layer_sizes")
