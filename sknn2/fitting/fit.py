"""One call of ``fit`` or ``partial_fit``, from arguments to fitted attributes."""

import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from joblib import effective_n_jobs
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from sknn2.data.input_checks import name_column
from sknn2.data.rows import Rows, hold_out, read_rows, read_validation
from sknn2.data.targets import Targets
from sknn2.exceptions import DivergenceWarning
from sknn2.fitting.advice import (
    convergence_message,
    divergence_message,
    risen_message,
    unscaled_message,
)
from sknn2.fitting.callbacks import WRAPPER_FRAMES, EpochTasks
from sknn2.fitting.collapse import explain_constant
from sknn2.fitting.model import Model
from sknn2.fitting.monitor import Monitor
from sknn2.fitting.objective_of_rows import objective_of_rows
from sknn2.fitting.settings import Rates, resolve
from sknn2.fitting.start import (
    check_precision,
    check_same_architecture,
    initial_parameters,
    resumed_parameters,
)
from sknn2.fitting.validation_set import ValidationSet
from sknn2.inputs.blas_threads import one_blas_thread, quietly
from sknn2.inputs.selected_rows import select
from sknn2.network.initializers import alike, alike_message
from sknn2.network.network import Network
from sknn2.network.parameters import Parameters
from sknn2.training.lbfgs import LBFGS
from sknn2.training.objective import THREADS_PAY, Objective
from sknn2.training.solvers import new_memory, solve
from sknn2.training.state import State
from sknn2.training.stopping import Patience

CALLER = 4 + WRAPPER_FRAMES
"""Stack level at which a warning points at the line that called ``fit``."""

AUTO_BATCH_SIZE = 200
"""Rows in a batch of ``batch_size="auto"``. More than 100: a table that is small
enough to be repeated row by row must not change its batches by that."""

AUTO_EPOCHS, AUTO_STEPS = 40, 300
"""``max_iter="auto"``: so many epochs, or more to make so many steps."""

SHARE, DEEP_SHARE = 0.3, 0.1
"""Limits of ``alpha="auto"`` as shares of the rows, for one and several hidden layers.
With few rows a larger one moves all weights to zero, where gradients are zero."""


class Fit:
    """The steps of one call, in the order in which they are called.

    Everything is kept here until `commit` sets the estimator's attributes.

    Parameters
    ----------
    estimator : estimator
    hidden_layers : tuple of int
        ``(n[1], ..., n[L-1])``.
    learn_targets : callable
        ``learn_targets(y, classes, resume)`` returns what the targets mean.
    one_pass : bool
        Whether this is ``partial_fit``: one epoch from the present parameters.

    Attributes
    ----------
    settings : Settings
        From the constructor's arguments.
    resume : bool
        Whether to continue from the fitted parameters.
    targets : Targets
        What the targets mean.
    class_weight : ndarray of shape (n_classes,) or None
    seen : tuple
        Sum of the weights of all rows of a stream; see `Rows.seen_after`.
    rows, held : Rows
        To train on; to validate on, or None. Or objects like them.
    standardization : Standardization or None
    network, state, objective, monitor
        Of the classes of these names.
    batch_size, n_epochs : int
    """

    estimator: Any
    targets: Targets
    rows: Any
    held: Any
    objective: Any
    validation_set: Any = ValidationSet
    auto_batch_size, caller = AUTO_BATCH_SIZE, CALLER
    # What may end a training whose last complete epoch is kept:
    interruptions: tuple[type[BaseException], ...] = (KeyboardInterrupt,)

    def __init__(
        self,
        estimator: BaseEstimator,
        hidden_layers: tuple[int, ...],
        learn_targets: Callable[[np.ndarray, Any, bool], Targets],
        *,
        one_pass: bool,
    ) -> None:
        self.estimator, self.one_pass = estimator, one_pass
        self.hidden_layers, self.learn_targets = hidden_layers, learn_targets
        self.settings = resolve(estimator, hidden_layers, has_horizon=not one_pass)
        fitted = self.estimator.__sklearn_is_fitted__()
        self.resume = fitted and (one_pass or self.estimator.warm_start)
        self.held = None

    def read(
        self,
        X: npt.ArrayLike,
        y: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None,
        classes: npt.ArrayLike | None,
    ) -> None:
        """Check and encode the training rows."""
        estimator = self.estimator
        X, y, w = read_rows(estimator, X, y, sample_weight, reset=not self.resume)
        self._encode(X, y, w, classes)
        stream = self.resume and self.one_pass
        self.seen = self.rows.seen_after(
            getattr(estimator, "_seen", None) if stream else None
        )
        self.seed = self._seed()

    def _seed(self) -> int:
        """Return the seed of the first fit, or draw one."""
        if self.resume:
            return int(self.estimator._seed)
        rng = check_random_state(self.estimator.random_state)
        return int(rng.randint(np.iinfo(np.int32).max))

    @property
    def alpha(self) -> float:
        """Strength of the penalty."""
        if not isinstance(self.estimator.alpha, str):
            return float(self.estimator.alpha)
        rows = self.rows
        alpha = self.targets.auto_alpha(rows.n_features)
        share = DEEP_SHARE if len(self.hidden_layers) > 1 else SHARE
        # Rows of a stream bear their part of the penalty of all rows seen so far.
        part = min(1.0, rows.sum_w / self.seen[0]) if self.one_pass else 1.0
        # A share of the sum of weights: one row of weight k is k rows.
        return float(min(alpha * rows.weight_unit * part, share * rows.sum_w))

    def _encode(
        self,
        X: np.ndarray,
        y: np.ndarray,
        w: np.ndarray | None,
        classes: npt.ArrayLike | None,
    ) -> None:
        """Set the targets, and the weight of each row."""
        estimator = self.estimator
        self.targets = self.learn_targets(y, classes, self.resume)
        codes = self.targets.encode(y)
        self.class_weight = self.targets.weights(
            getattr(estimator, "class_weight", None), codes, w
        )
        self.rows = Rows(X, y, codes, w).weighted_by_class(self.class_weight)
        weights = () if self.class_weight is None else self.class_weight
        if not np.all(weights) and classes is None and not self.resume:
            # A class of weight zero does not exist.
            keep = weights[codes] > 0
            w = None if w is None else w[keep]
            self._encode(select(X, keep), y[keep], w, classes)

    def read_validation(
        self,
        X_val: npt.ArrayLike | None,
        y_val: npt.ArrayLike | None,
        sample_weight_val: npt.ArrayLike | None,
    ) -> None:
        """Check and encode the validation rows, or hold some out."""
        estimator = self.estimator
        given = read_validation(estimator, X_val, y_val, sample_weight_val)
        if given is not None:
            X, y, w = given
            held = Rows(X, y, self.targets.encode(y, "y_val"), w)
            self.held = held.weighted_by_class(self.class_weight)
        elif not isinstance(estimator.early_stopping, str) and estimator.early_stopping:
            self.rows, self.held = hold_out(
                self.rows,
                self.targets.strata(self.rows.targets),
                estimator.validation_fraction,
                self.seed,
            )

    def start(self) -> None:
        """Set the initial parameters, and the cost to minimise."""
        estimator, rows = self.estimator, self.rows
        units = (rows.n_features, *self.hidden_layers, self.targets.n_outputs)
        self.network = Network(units, self.settings.activation, self.targets.loss)
        if self.resume:
            check_same_architecture(estimator, self.network)
        self.standardization = None
        if estimator.standardize:
            measured = rows.standardization()
            if self.resume and self.one_pass:
                measured = estimator.standardization_.merge(measured)
            self.standardization = measured
        known = self.targets
        self.targets = rows.measured(known, merge=self.one_pass)
        if self.resume:
            check_precision(estimator.parameters_.theta, self.targets, rows.targets)
            parameters = resumed_parameters(
                estimator.parameters_,
                (estimator.standardization_, self.standardization),
                (known, self.targets),
            )
        else:
            parameters = self._initial_parameters()
        self.state = self._state(parameters)
        # Of a stream it is said once.
        self.alike = {} if self.resume and self.one_pass else alike(parameters)
        if self.one_pass and not self.resume:
            self.initial = parameters.copy()
        self.objective = self._objective(parameters.theta.dtype)

    def _objective(self, dtype: np.dtype[Any]) -> Objective:
        """Return the cost over the training rows."""
        parts = self.network, self.targets, self.rows, self.standardization
        return objective_of_rows(*parts, self.alpha, dtype)

    def _initial_parameters(self) -> Parameters:
        """Return the parameters that a fresh training starts from."""
        dtype = self.rows.dtype
        if self.targets.needs_double(self.rows.targets):
            dtype = np.dtype(np.float64)
        return initial_parameters(
            type(self.estimator).__name__,
            self.network,
            self.settings.init,
            self.targets,
            dtype,
            self.seed,
        )

    def _state(self, parameters: Parameters) -> State:
        """Return the state of training, with the optimiser's memory of earlier fits."""
        estimator, solver = self.estimator, self.settings.solver
        losses = estimator.loss_curve_.tolist() if self.resume else []
        kept = getattr(estimator, "_optimizer", None) if self.resume else None
        memory, updates = new_memory(solver, parameters.theta), 0
        if kept is not None and kept["solver"] == solver.name:
            memory, updates = np.array(kept["memory"]), kept["updates"]
        return State(parameters, memory, self.seed, updates, losses)

    def plan(self) -> None:
        """Set the number of rows in an update and the number of epochs."""
        estimator, m = self.estimator, self.objective.m
        batch_size = estimator.batch_size
        if isinstance(batch_size, str):
            batch_size = m if batch_size == "full" else self.auto_batch_size
        # Plain ints: NumPy's small ones would overflow when epochs are counted.
        if isinstance(self.settings.solver, LBFGS):
            batch_size = m
        self.batch_size = min(int(batch_size), m)
        if self.one_pass:
            self.n_epochs = 1
        elif not isinstance(estimator.max_iter, str):
            self.n_epochs = int(estimator.max_iter)
        else:
            steps = -(-m // self.batch_size)
            self.n_epochs = max(AUTO_EPOCHS, -(-AUTO_STEPS // steps))

    def watch(
        self, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None
    ) -> None:
        """Prepare the monitor, which is called after each epoch.

        Parameters
        ----------
        X, y, sample_weight
            As the user gave them, for scikit-learn's callbacks.
        """
        # Nothing that the monitor calls holds this object, which holds the monitor: a
        # cycle would keep the data alive until the cyclic collector runs.
        estimator, state, model = self.estimator, self.state, self.model
        tasks = None
        if getattr(estimator, "_skl_callbacks", None):
            tasks = EpochTasks(
                estimator,
                X,
                y,
                {"sample_weight": sample_weight},
                self.n_epochs,
                lambda: model.attributes(state.parameters),
            )
        validate = None
        if self.held is not None:
            scorer, dtype = self.settings.scorer, state.parameters.theta.dtype
            validate = self.validation_set(self.held, model, estimator, scorer, dtype)
        self.rate = Rates(self.settings, state, self.n_epochs, self.one_pass)
        tol = None if self.one_pass else estimator.tol
        self.patience = Patience(tol, estimator.n_iter_no_change)
        self.monitor = Monitor(
            self.state,
            self.patience,
            self.n_epochs,
            validate=validate,
            keep_best=self.held is not None and bool(estimator.early_stopping),
            rate=self.rate if self.settings.learning_rate else None,
            verbose=int(estimator.verbose),
            tasks=tasks,
        )

    def run(self) -> str:
        """Train, and return why training ended: see `descend`.

        Raises
        ------
        ValueError
            If the cost is not finite at the start.
        """
        objective, n_jobs = self.objective, 1
        least = THREADS_PAY // self.state.parameters.theta.size
        if self.batch_size > objective.block >= least:
            blocks = -(-self.batch_size // objective.block)
            n_jobs = min(effective_n_jobs(self.estimator.n_jobs), blocks)
        with one_blas_thread():
            try:
                if n_jobs == 1:
                    return quietly(self._solve)
                with ThreadPoolExecutor(n_jobs) as pool:
                    objective.use_threads(pool, n_jobs)
                    return quietly(self._solve)
            except FloatingPointError as error:
                raise ValueError(
                    "The cost is not finite at the weights that training starts from. "
                    + (
                        self._unscaled_column()
                        or "Take smaller initial weights, or a smaller alpha for this "
                        "sum of sample weights."
                    )
                ) from error

    def _solve(self) -> str:
        """Run the solver."""
        return solve(
            self.objective,
            self.state,
            self.settings.solver,
            rate=self.rate,
            batch_size=self.batch_size,
            shuffle=self.estimator.shuffle,
            max_iter=self.n_epochs,
            report=self.monitor,
        )

    @property
    def model(self) -> Model:
        """Everything that predictions need except the parameters."""
        return Model(self.network, self.standardization, self.targets)

    def interrupt(self) -> None:
        """Leave the estimator in a state that predicts, after Ctrl-C.

        A ``partial_fit`` changes nothing, so that it can be repeated. The first
        one leaves the initial weights, and statistics that count no rows: those
        of the next call replace them.
        """
        if self.one_pass and self.resume:
            return
        if self.one_pass:
            self.state = self._state(self.initial)
            self.monitor.state = self.state
            if self.standardization is not None:
                self.standardization = replace(self.standardization, weight=0.0)
            self.targets = self.targets.uncounted()
        self.commit()
        if self.one_pass:
            self.estimator._seen = (0.0, 0)

    def commit(self, outcome: str | None = None) -> None:
        """Set the fitted attributes.

        Parameters
        ----------
        outcome : str, default=None
            Why training ended; None for Ctrl-C.
        """
        estimator, state, monitor = self.estimator, self.state, self.monitor
        n_new = len(state.losses) - monitor.first
        # Of an epoch that diverged the loss is kept, but not the weights.
        monitor.finish(len(state.losses) - (outcome == "diverged"))
        attributes = self.model.attributes(state.parameters)
        attributes["alpha_"] = self.alpha
        attributes["_seen"] = self.seen
        attributes["_seed"] = self.seed
        attributes["_outcome"] = outcome
        attributes["n_iter_"] = len(state.losses)
        attributes["loss_curve_"] = np.array(state.losses)
        attributes["loss_"] = state.losses[-1] if state.losses else None
        for name, values in (
            ("validation_loss_curve_", monitor.losses),
            ("validation_scores_", monitor.scores),
        ):
            earlier = getattr(estimator, name, None) if self.resume else None
            if self.held is not None:
                new = np.array(values[:n_new])
                earlier = new if earlier is None else np.append(earlier, new)
            attributes[name] = earlier
        best = monitor.best_epoch
        if best is None and self.resume:
            best = getattr(estimator, "best_iteration_", None)
        if n_new and self.held is not None and not monitor.keep_best:
            scores = attributes["validation_scores_"]
            best = int(np.argmax(scores)) + len(state.losses) - len(scores)
        attributes["best_iteration_"] = best
        attributes["_optimizer"] = None
        if self.one_pass or estimator.warm_start:
            attributes["_optimizer"] = {
                "solver": self.settings.solver.name,
                "memory": state.memory.copy(),
                "updates": state.updates,
            }
        vars(estimator).update(attributes)
        if monitor.tasks is not None:
            monitor.tasks.end_fit()

    def warn(self, outcome: str) -> None:
        """Warn if training did not end well, and say what to do."""
        say = partial(warnings.warn, stacklevel=self.caller)
        rate = self.settings.learning_rate
        same_units = alike_message(self.state.parameters, self.alike)
        if same_units is not None:
            say(same_units, UserWarning)
        if outcome == "diverged":
            say(divergence_message(rate, self._unscaled_column()), DivergenceWarning)
        planned = self.settings.schedule.horizon and rate
        risen = outcome == "stopped" and rate is not None and self._has_risen()
        if rate is not None and risen:
            say(risen_message(rate), ConvergenceWarning)
        elif outcome == "max_iter" and self.patience.tol is not None and not planned:
            watched, what = self.state.losses[self.monitor.first :], "the cost"
            if self.monitor.keep_best and self.settings.scorer is None:
                watched, what = self.monitor.losses, "the validation loss"
            elif self.monitor.keep_best:
                watched = [-score for score in self.monitor.scores]
                what = "minus the validation score"
            message = convergence_message(
                watched, self.n_epochs, self.patience, what, has_rate=rate is not None
            )
            say(message, ConvergenceWarning)

        if self.one_pass or outcome == "diverged" or same_units is not None:
            return
        constant = explain_constant(
            self.network,
            self.state.parameters,
            self.standardization,
            self.targets,
            self.rows,
            self.alpha,
            learning_rate=self.settings.learning_rate,
        )
        if constant is not None:
            say(constant, ConvergenceWarning)

    def _has_risen(self) -> bool:
        """Return whether a training from fresh weights ended above its start."""
        if self.resume or isinstance(self.settings.init, Parameters):
            return False
        if self.patience.tol is None or self.monitor.keep_best:
            return False
        objective = self.objective
        rows = slice(0, min(objective.m, objective.block))
        with np.errstate(over="ignore", invalid="ignore"):
            first = objective.block_cost(rows, self._initial_parameters())
            last = objective.block_cost(rows, self.state.parameters)
        return bool(last > 1.1 * first + self.patience.tol)

    def _unscaled_column(self) -> str | None:
        """Return a sentence on the largest column that is not scaled, or None."""
        if self.standardization is not None:
            return None
        return unscaled_message(
            self.targets.largest_unscaled(self.rows.targets),
            self.rows.largest_in_columns(),
            lambda j: name_column(self.estimator, j),
        )
