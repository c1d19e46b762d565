"""Base classes of the estimators: fitting, fitted attributes and prediction.

Here rows are examples, as in scikit-learn; ``X.T`` is the ``X`` of the
equations.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from sknn2.data.input_checks import check_rows, name_column
from sknn2.data.stored_state import CheckedStateMixin, damaged
from sknn2.data.targets import Targets
from sknn2.estimators.embedding import EmbeddingMixin
from sknn2.estimators.html import HTMLMixin
from sknn2.fitting.callbacks import CallbackSupportMixin, Method, with_callbacks
from sknn2.fitting.fit import Fit
from sknn2.inputs.blas_threads import one_blas_thread
from sknn2.inputs.blocks import block_size, forward_rows
from sknn2.inputs.selected_rows import COPY_LIMIT
from sknn2.inputs.standardization import LARGEST, Standardization
from sknn2.names import (
    ActivationName,
    Auto,
    BatchSize,
    InitName,
    ScheduleName,
    ScoringName,
    SolverName,
)
from sknn2.network.activations import Activation
from sknn2.network.network import Network
from sknn2.network.parameters import Parameters
from sknn2.training.lbfgs import LBFGS
from sknn2.training.optimizers import Optimizer
from sknn2.training.schedules import Schedule
from sknn2.versioning import VersionedPickleMixin

if TYPE_CHECKING:  # scikit-learn has no types

    def available_if(check: Callable[[Any], bool]) -> Callable[[Method], Method]: ...

else:
    from sklearn.utils.metaestimators import available_if


def _has_partial_fit(estimator: Any) -> bool:
    """Raise an AttributeError if the solver has no ``partial_fit``."""
    if estimator.solver == "lbfgs" or isinstance(estimator.solver, LBFGS):
        raise AttributeError(
            "partial_fit is only for first-order solvers: L-BFGS needs all rows at "
            f"every step. Got solver={estimator.solver!r}."
        )
    return True


if_first_order = available_if(_has_partial_fit)
"""Decorates ``partial_fit``."""


class FittedNetwork(
    HTMLMixin,
    EmbeddingMixin,
    VersionedPickleMixin,
    CheckedStateMixin,
    BaseEstimator,
):
    """Base class of all estimators: a fitted network, and its parameters.

    Not an estimator: subclasses define ``fit``.
    """

    learnt = "network_", "parameters_", "_targets"

    network_: Network
    _targets: Targets
    parameters_: Parameters
    standardization_: Standardization | None
    n_features_in_: int
    feature_names_in_: np.ndarray
    n_iter_: int
    alpha_: float

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's tags: sparse X is accepted."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        """Return whether there are parameters to predict with."""
        return hasattr(self, "parameters_")

    def _check_parts(self) -> None:
        """Raise a ValueError unless what was loaded belongs together."""
        if not self.__sklearn_is_fitted__():
            return
        kinds = Network, Parameters, Targets
        for name, kind in zip(self.learnt, kinds, strict=True):
            if not isinstance(getattr(self, name), kind):
                raise damaged(self, f"its {name} is no {kind.__name__}")
        units, standardization = self.network_.units, self.standardization_
        if self.parameters_.units != units or self._targets.n_outputs != units[-1]:
            raise damaged(self, f"its parameters or targets do not fit {self.network_}")
        if self._targets.loss != self.network_.loss:
            raise damaged(self, f"its targets do not have the loss of {self.network_}")
        if standardization is not None and standardization.mean.shape != (units[0],):
            raise damaged(self, f"its statistics of X do not fit {self.network_}")

    @property
    def coefs_(self) -> list[np.ndarray]:
        """Weights in scikit-learn's layout, acting on the original columns.

        ``coefs_[l]`` is of shape ``(n[l], n[l+1])``. The standardisation of X
        is folded into the first, that of a regression's target into the last,
        in float64, where a large mean loses no digits.
        """
        check_is_fitted(self)
        return [W.T for W, _ in self._layers_on_raw()]

    @property
    def intercepts_(self) -> list[np.ndarray]:
        """Biases in scikit-learn's layout: ``intercepts_[l]`` is ``(n[l+1],)``."""
        check_is_fitted(self)
        return [b.ravel() for _, b in self._layers_on_raw()]

    def _layers_on_raw(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return ``[(W[1], b[1]), ...]`` that map raw columns to the raw target."""
        layers = list(zip(self.parameters_.W[1:], self.parameters_.b[1:], strict=True))
        with np.errstate(over="ignore"):
            if self.standardization_ is not None:
                layers[0] = self.standardization_.fold_into(*layers[0])
            layers[-1] = self._targets.fold_into(*layers[-1])
        # A scale near the end of float64 must not become an infinite weight.
        return [(within(W), within(b)) for W, b in layers]

    def _logits(self, X: Any) -> np.ndarray:
        """Return ``Z[L]`` of shape ``(n[L], m)`` for rows ``X``."""
        check_is_fitted(self)
        return self._checked_logits(check_rows(self, X, reset=False))

    def _logits_in_parts(self, X: Any) -> Iterator[np.ndarray]:
        """Yield ``Z[L]`` for parts of the rows, in order, each of some megabytes."""
        check_is_fitted(self)
        X = check_rows(self, X, reset=False)
        dtype = self.parameters_.theta.dtype
        units = self.network_.units
        block = block_size(units, dtype, issparse(X))
        # Whole blocks, so that each row is in the same block as without parts.
        size = block * max(1, COPY_LIMIT // (units[-1] * dtype.itemsize * block))
        for start in range(0, X.shape[0], size):
            part = X if X.shape[0] <= size else X[start : start + size]
            yield self._checked_logits(part, start)

    def _checked_logits(self, X: Any, first: int = 0) -> np.ndarray:
        """Return ``Z[L]`` for checked rows, of which the first has that number."""
        Z = forward_rows(self.network_, self.parameters_, self.standardization_, X)
        if not np.isfinite(Z).all() and np.isfinite(self.parameters_.theta).all():
            i = int(np.argmin(np.isfinite(Z).all(axis=0)))
            row = X[[i]].toarray() if issparse(X) else X[[i]]
            j = int(np.abs(row).argmax())
            raise ValueError(
                f"The network has no finite output for row {first + i} of X. "
                f"{name_column(self, j)} holds {row[0, j]:g} there: replace or clip it."
            )
        return Z


def within(array: np.ndarray) -> np.ndarray:
    """Return an array with infinity replaced by the largest number of float64."""
    if not np.isinf(array).any():
        return array
    limited: np.ndarray = np.clip(array, -LARGEST, LARGEST)
    return limited


@dataclass(eq=False, repr=False)
class NeuralNetwork(CallbackSupportMixin, FittedNetwork):
    """Base class of the estimators with one net; not an estimator itself.

    Subclasses define the hidden layers and the meaning of the targets. The
    shared parameters are described here; `complete_docstring` copies them to
    each estimator.

    Parameters
    ----------
    activation : {"sigmoid", "logistic", "tanh", "relu", "leaky_relu", \
            "identity", "elu", "selu", "softplus", "silu", "gelu"} or Activation, \
            default="relu"
        Activation g of the hidden layers.
    solver : {"sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", \
            "lbfgs"} or Optimizer or LBFGS, default="adam"
        The optimiser. ``"sgd"`` is plain gradient descent. Objects have
        hyper-parameters: ``Adam(beta1=0.95)``.
    learning_rate : float or "auto", default="auto"
        The peak rate. ``"auto"`` is 0.5 for sgd, momentum and nesterov, 0.02
        for adam and adamw, 0.01 for rmsprop; with several hidden layers it is
        divided by their number. ``"lbfgs"`` has none.
    schedule : {"auto", "constant", "inverse_time", "exponential", "step", \
            "cosine", "warm_up", "divide_on_stall"} or Schedule, default="auto"
        Factor on ``learning_rate``, epoch by epoch. ``"auto"`` is ``"cosine"``
        in ``fit``, where the number of epochs is known, and ``"constant"`` in
        ``partial_fit``.
    batch_size : int, "auto" or "full", default="auto"
        Rows for each update; the last batch of an epoch may be smaller.
        ``"auto"`` is 200, ``"full"`` all rows.
    alpha : float or "auto", default="auto"
        Strength of the penalty, often written lambda, whatever the batch size.
        ``"auto"`` is the number of columns over twice the number of classes,
        but at least 3 and at most 30. Where the rows have a mean weight below
        1 it is multiplied by that, so that the unit of small weights does not
        matter. It is at most 0.3 times the sum of the weights, and 0.1 times
        with several hidden layers, so that a few rows can still be learnt.
        It is LogisticRegression's 1/C, Ridge's alpha and the alpha of
        MLPClassifier with full batches. A number counts in full in each call
        of ``partial_fit``: with c calls to a pass over the data, use alpha / c.
        ``"auto"`` does so itself: of the penalty of all rows seen so far it is
        the part of the rows at hand.
    standardize : bool, default=True
        Centre and scale each column by its weighted mean and deviation, inside
        the network; a column of only two values, such as a one-hot column, by
        half their distance in place of the deviation. Columns of different
        scale are the most common cause of bad nets. The statistics are in
        ``standardization_``, and ``coefs_`` and ``intercepts_`` act on the
        original columns. A constant column has no effect.
    init : {"auto", "small_normal", "xavier", "he", "zeros"} or Parameters, \
            default="auto"
        Initial weights; biases start from 0. ``"auto"`` is ``"he"`` for relu,
        leaky_relu, elu, silu and gelu, ``"xavier"`` otherwise. `Parameters` are used
        unchanged.
    max_iter : int or "auto", default="auto"
        Epochs at most, or iterations for lbfgs. A warm start adds as many.
        ``"auto"`` is 40, or more to make 300 updates.
    tol : float or None, default=1e-4
        Stop when ``n_iter_no_change`` epochs in a row have not improved the
        cost, or the validation score under early stopping, by at least ``tol``
        over its best before. None runs ``max_iter`` epochs and never warns of
        convergence (lbfgs also stops where it cannot lower the cost).
    n_iter_no_change : int, default=10
        Epochs in a row without improvement after which training stops.
    early_stopping : bool or "auto", default="auto"
        ``"auto"`` stops on the validation set if ``fit`` is given one. True
        also holds out ``validation_fraction`` of the rows if it is given none.
        False only records the loss and score on a given set. After early
        stopping the weights with the best validation score are kept.
    validation_fraction : float, default=0.1
        Share of the rows that ``early_stopping=True`` holds out, stratified.
    scoring : str or callable, default="loss"
        Score on the validation set: minus its loss, or any scorer of
        scikit-learn.
    warm_start : bool, default=False
        Whether ``fit`` continues from the fitted parameters.
    shuffle : bool, default=True
        Whether each epoch takes the rows in another order.
    n_jobs : int or None, default=None
        Threads for batches larger than a block, which has 256 to 2,048 rows,
        depending on the width of the network. A second one pays with a full
        batch from about 10,000 rows and 64 hidden units on (docs/speed.rst has
        the table); smaller batches and networks use one thread.
        -1 means one for each core. None means one, unless a
        ``joblib.parallel_config`` context says otherwise. The result is the
        same to the last bit for any number. BLAS is limited to one thread
        during training, because more make small products slower.
    verbose : bool or int, default=False
        True prints a line for each epoch, an integer n for every n-th.
    random_state : int, RandomState instance or None, default=None
        Determines the initial weights, the order of the rows and the held-out
        rows. An int makes a fit repeatable.

    Attributes
    ----------
    n_features_in_ : int
        Columns of X, ``n[0]``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if all are strings.
    parameters_ : Parameters
        ``W[l]`` and ``b[l]`` in the layout of the equations. They act on
        standardised columns.
    standardization_ : Standardization or None
        ``mean`` and ``scale`` of each column.
    network_ : Network
        The network of the parameters.
    coefs_, intercepts_ : list of ndarray
        The same in scikit-learn's layout, acting on the original columns.
    n_iter_ : int
        Epochs run, over all warm starts and calls of ``partial_fit``.
    loss_curve_ : ndarray of shape (n_iter_,)
        Entry k is the cost J before the update of epoch k, penalty included;
        for mini-batches the mean over the batches, each before its update.
    loss_ : float or None
        Its last entry; None after Ctrl-C in the first epoch.
    alpha_ : float
        The strength of the penalty in the last call.
    validation_loss_curve_ : ndarray or None
        Weighted mean loss on the validation set after each epoch, without
        penalty. None without a validation set.
    validation_scores_ : ndarray or None
        The score after each epoch, the higher the better.
    best_iteration_ : int or None
        Index in ``loss_curve_`` of the epoch with the best validation score.
    """

    loss_curve_: np.ndarray = field(init=False)
    loss_: float | None = field(init=False)
    validation_loss_curve_: np.ndarray | None = field(init=False)
    validation_scores_: np.ndarray | None = field(init=False)
    best_iteration_: int | None = field(init=False)
    _: KW_ONLY
    activation: ActivationName | Activation = "relu"
    solver: SolverName | Optimizer | LBFGS = "adam"
    learning_rate: float | Auto = "auto"
    schedule: ScheduleName | Auto | Schedule = "auto"
    batch_size: int | BatchSize = "auto"
    alpha: float | Auto = "auto"
    standardize: bool = True
    init: InitName | Auto | Parameters = "auto"
    max_iter: int | Auto = "auto"
    tol: float | None = 0.0001
    n_iter_no_change: int = 10
    early_stopping: bool | Auto = "auto"
    validation_fraction: float = 0.1
    scoring: ScoringName | Callable[..., float] = "loss"
    warm_start: bool = False
    shuffle: bool = True
    n_jobs: int | None = None
    verbose: bool | int = False
    random_state: int | np.random.RandomState | None = None

    @abstractmethod
    def _hidden_layers(self) -> tuple[int, ...]:
        """Return ``(n[1], ..., n[L-1])`` after checking the argument behind it."""

    @abstractmethod
    def _learn_targets(self, y: np.ndarray, classes: Any, resume: bool) -> Targets:
        """Return the targets, e.g. `ClassTargets`, learnt from y or fitted before."""

    def _new_fit(self, *, one_pass: bool, kind: Callable[..., Fit] = Fit) -> Fit:
        """Return one call of ``fit`` or ``partial_fit`` that has not begun yet."""
        return kind(self, self._hidden_layers(), self._learn_targets, one_pass=one_pass)

    @with_callbacks
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: ArrayLike | None = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
    ) -> Self:
        """Train on a table.

        Parameters
        ----------
        X : array-like or sparse of shape (m, n_features)
            One row per example: numbers, finite. float32 stays float32,
            everything else is taken as float64.
        y : array-like of shape (m,) or (m, n_columns)
            The target. A classifier takes labels of any type, of at least two
            classes, or a matrix of 0 and 1, also a sparse one, with a column
            for each of several labels. A regressor takes numbers, with a column
            for each of several outputs.
        sample_weight : array-like of shape (m,), default=None
            At least 0. A row of weight 0 is the same as no row, a row of weight
            k the same as k rows.
        X_val, y_val, sample_weight_val : array-like, default=None
            A validation set; see ``early_stopping``. In a pipeline use
            ``Pipeline(transform_input=["X_val"])`` to transform ``X_val`` as
            ``X``. A search (``GridSearchCV``) splits every argument that has as
            many rows as ``X``, so a validation set must have another number of
            rows than ``X``.

        Returns
        -------
        self : estimator

        Raises
        ------
        ValueError, TypeError
            If an argument, X, y or a weight cannot be used; the message says
            which and why.

        Warns
        -----
        DivergenceWarning
            If training was stopped because the cost exploded.
        sklearn.exceptions.ConvergenceWarning
            If ``max_iter`` epochs were not enough for ``tol`` (not with a
            cosine schedule, which always uses all of them), if the cost ended
            above its start, or if the network has become a constant although a
            column of X clearly predicts ``y``; the message says whether the
            penalty or dead units are the cause.
        UserWarning
            If hidden units started with equal weights and are equal at the
            end, as with ``init="zeros"``.
        """
        validation = X_val, y_val, sample_weight_val
        return self._train(X, y, sample_weight, validation, one_pass=False)

    def _refuse_holding_out(self) -> None:
        """Raise a ValueError for ``early_stopping=True`` in ``partial_fit``."""
        if isinstance(self.early_stopping, (bool, np.bool_)) and self.early_stopping:
            raise ValueError(
                "early_stopping=True is not supported for partial_fit, which runs one "
                "epoch: stop calling it instead."
            )

    def _train(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None,
        validation: Any = None,
        *,
        one_pass: bool,
        classes: ArrayLike | None = None,
        kind: Callable[..., Fit] = Fit,
    ) -> Self:
        """Run one ``fit`` or ``partial_fit``, from arguments to attributes.

        The estimator changes only after training, so a resumed call that raises
        an error leaves the model unchanged. Ctrl-C keeps the last complete
        epoch of ``fit``, and undoes a ``partial_fit``.

        Parameters
        ----------
        X, y, sample_weight
            As the user gave them.
        validation : tuple of (X_val, y_val, sample_weight_val), default=None
        one_pass : bool
            True for ``partial_fit``: one epoch from the present parameters.
        classes : array-like, default=None
            Of ``partial_fit``.
        kind : callable, default=Fit
            What makes the fit, another one for rows that are not here.

        Returns
        -------
        self
        """
        # All of it: a fork stops the threads of a BLAS, which would then be waited for.
        with one_blas_thread():
            fit = self._new_fit(one_pass=one_pass, kind=kind)
            fit.read(X, y, sample_weight, classes)
            if not one_pass:
                fit.read_validation(*validation)
            fit.start()
            fit.plan()
            fit.watch(X, y, sample_weight)
            try:
                outcome = fit.run()
            except fit.interruptions:
                fit.interrupt()
                raise
            if one_pass:
                fit.warn(outcome)  # where warnings are errors, nothing has changed
                fit.commit(outcome)
            else:
                fit.commit(outcome)
                fit.warn(outcome)
        return self
