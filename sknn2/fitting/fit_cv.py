"""One call of ``fit`` of the estimators that choose their penalty."""

import math
import warnings
from collections.abc import Callable
from contextlib import suppress
from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn import get_config
from sklearn.base import BaseEstimator, is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.metadata_routing import process_routing

from sknn2.data.class_targets import ClassTargets
from sknn2.data.folds import (
    check_folds,
    check_n_folds,
    ranks_in_blocks,
    split,
    stratified_folds,
    stratified_order,
)
from sknn2.data.input_checks import check_rows, check_weights
from sknn2.data.regression_targets import RegressionTargets
from sknn2.data.rows import Rows
from sknn2.data.targets import Targets
from sknn2.fitting.callbacks import WRAPPER_FRAMES, EpochTasks, TrainingTasks
from sknn2.fitting.collapse import explain_constant
from sknn2.fitting.folded_rows import FoldedRows, Point, sharpened
from sknn2.fitting.model import Model
from sknn2.fitting.penalty_path import (
    SLOW,
    SLOW_ON_PATH,
    best_of,
    follow_path,
    penalise,
    train_adam,
    train_lbfgs,
)
from sknn2.fitting.settings import check_cv_arguments
from sknn2.inputs.blas_threads import one_blas_thread, quietly
from sknn2.inputs.standardization import Standardization
from sknn2.network.activations import find_activation
from sknn2.network.ensemble import Ensemble, EnsembleParameters
from sknn2.network.losses import Poisson
from sknn2.network.network import Network
from sknn2.network.parameters import Parameters
from sknn2.training.objective import Objective

ALPHAS = 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0
"""The path of ``alphas="auto"``."""


FEW = 500
"""Up to so many rows the products are in the precision of X, beyond in float32."""


LARGE = 10_000
"""Of more rows the penalty is chosen on a sample, and Adam trains on all of them."""


SAMPLE = 2000
"""Rows of that sample."""


BATCH_SIZE, LEARNING_RATE = 256, 0.02
"""Batch size and peak learning rate of Adam."""


EPOCHS, STEPS = 40, 3000
"""Epochs of Adam, or more to make so many updates."""


class FitCV:
    """The steps of one call, in the order in which they are called.

    Before `commit` only the names and the number of columns of the estimator
    change.

    Parameters
    ----------
    estimator : estimator
        Its ``_learn_targets(y)`` returns the targets.

    Attributes
    ----------
    m : int
        Rows of X as they were given, those of weight zero too.
    index : ndarray of int
        Which of them count.
    rows : Rows
        Those that count.
    targets : Targets
    folds : FoldedRows
        The same rows with their folds.
    points : list of Point
        The path.
    judged, trained : EnsembleParameters or None
        Of the best penalty: what the members learnt without their folds, and
        then from all rows. None as long as there is nothing.
    tasks : TrainingTasks or None
        scikit-learn's callbacks, where any are set.
    """

    estimator: Any
    judged: Any = None
    trained: Any = None
    tasks: TrainingTasks | None = None

    def __init__(self, estimator: BaseEstimator) -> None:
        check_cv_arguments(estimator)
        self.estimator = estimator
        self.n_iter = 0
        self.points: list[Point] = []

    def read(
        self, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None
    ) -> None:
        """Check and encode the rows."""
        self.X, self.y = check_rows(self.estimator, X, y, reset=True)
        self.m = self.X.shape[0]
        w = check_weights(sample_weight, self.m)
        self.index = np.arange(self.m) if w is None else np.flatnonzero(w)
        self._encode(w, getattr(self.estimator, "class_weight", None))
        rng = check_random_state(self.estimator.random_state)
        self.seed = int(rng.randint(np.iinfo(np.int32).max))

    def _encode(self, w: np.ndarray | None, class_weight: Any) -> None:
        """Set the targets, and the weight of each row."""
        X, y = self.X[self.index], self.y[self.index]
        w_index = None if w is None else w[self.index]
        targets = self.estimator._learn_targets(y)
        codes = targets.encode(y)
        weights = targets.weights(class_weight, codes, w_index)
        rows = Rows(X, y, codes, w_index)
        keep = np.ones(y.size, bool)
        if weights is not None:
            keep = weights[codes] > 0  # A class of weight zero does not exist.
        if keep.all() and (relative := rows.relative_weights(weights)[0]) is not None:
            keep = relative > 0  # A row whose weight underflows does not exist.
        if keep.all():
            self.rows = rows.weighted_by_class(weights)
            self.targets: Targets = targets.with_statistics(
                codes, self.rows.w, self.rows.weight_scale, merge=False
            )
        else:
            self.index = self.index[keep]
            if isinstance(class_weight, dict):
                left = set(targets.classes[codes[keep]].tolist())
                class_weight = {
                    label: value * (label in left)
                    for label, value in class_weight.items()
                }
            self._encode(w, class_weight)

    def stream(self, key: int) -> np.random.Generator:
        """Return a separate stream of random numbers for each key."""
        return np.random.default_rng(
            np.random.SeedSequence(self.seed, spawn_key=(key,))
        )

    def split(self, params: dict[str, Any]) -> None:
        """Set the folds, and the nets for them.

        Parameters
        ----------
        params : dict
            Arguments of ``fit`` for the splitter.
        """
        cv, rows = self.estimator.cv, self.rows
        if get_config()["enable_metadata_routing"]:
            params = process_routing(self.estimator, "fit", **params).splitter.split
        elif params.keys() - {"groups"}:
            raise TypeError(
                f"fit was given {sorted(params)}: without metadata routing it passes "
                "groups alone to the splitter of cv."
            )
        if isinstance(cv, Integral):
            check_n_folds(int(cv), rows.X.shape[0], params)
            codes = self._levels()
            if not isinstance(self.targets, ClassTargets):
                codes = ranks_in_blocks(codes, int(cv), self.stream(3))
            train, test = stratified_folds(codes, int(cv), self.stream(1))
        else:
            classes = is_classifier(self.estimator)
            train, test = split(cv, self.X, self.y, params, classifier=classes)
            train, test = train[:, self.index], test[:, self.index]
        check_folds(train, test)
        self.standardization = None
        if self.estimator.standardize:
            self.standardization = Standardization.of(rows.X, rows.w, rows.weight_scale)
        units = (
            rows.X.shape[1],
            int(self.estimator.hidden_units),
            self.targets.n_outputs,
        )
        activation = find_activation(self.estimator.activation)
        network = Network(units, activation, self.targets.loss)
        # With large counts float32 is not precise enough for the deviance.
        few = rows.X.shape[0] <= FEW or isinstance(network.loss, Poisson)
        dtype = rows.X.dtype if few else np.dtype(np.float32)
        if self.targets.needs_double(rows.targets):
            dtype = np.dtype(np.float64)
        self.folds = FoldedRows(
            Ensemble(network, train.shape[0]),
            self.targets,
            rows,
            self.standardization,
            train,
            test,
            dtype,
        )

    def _levels(self) -> np.ndarray:
        """Return the strata of folds and samples, of shape (m,)."""
        if isinstance(self.targets, RegressionTargets):
            return self.targets.level(self.rows.targets)
        return self.rows.targets

    def watch(
        self, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None
    ) -> None:
        """Prepare scikit-learn's callbacks, where any are set.

        Parameters
        ----------
        X, y, sample_weight
            As the user gave them.
        """
        if getattr(self.estimator, "_skl_callbacks", None):
            metadata = {"sample_weight": sample_weight}
            self.tasks = TrainingTasks(self.estimator, X, y, metadata)

    def run(self) -> None:
        """Choose the penalty, and train all members on all rows with it.

        Raises
        ------
        ValueError
            If the cost is not finite at the weights that training starts from.
        """
        few = self.rows.X.shape[0] <= LARGE
        with one_blas_thread():
            try:
                quietly(self._train_rows if few else self._train_many_rows)
            except FloatingPointError as error:
                raise ValueError(
                    "The cost is not finite at the weights that training starts from: "
                    "set standardize=True, or scale X before."
                ) from error

    def _train_rows(self) -> None:
        """Follow the path on all rows, and continue training from its best point."""
        self.folds = self.folds.in_row_space()
        best = self._follow(self.folds)
        self.alpha, self.judged = best.alpha, best.parameters
        self.trained = self.judged.copy()
        objective = self._objective(of_all_rows=True)
        max_iter = int(self.estimator.max_iter)
        tasks = self._announce("all rows", max_iter, self._attributes_now)
        self.n_iter += train_lbfgs(
            objective,
            self.trained,
            max_iter,
            slow=SLOW,
            verbose=self.verbose,
            tasks=tasks,
        )
        self._report(tasks)

    def _train_many_rows(self) -> None:
        """Follow the path on a sample, and train by Adam on all rows.

        A net learns more from more rows: the penalty of the sample is divided
        by the square root of the ratio of the numbers of rows.
        """
        m = self.rows.X.shape[0]
        order = stratified_order(self._levels(), self.stream(2))
        sample = self.folds.take(np.sort(order[np.arange(SAMPLE) * m // SAMPLE]))
        self.alpha = self._follow(sample, (SAMPLE / m) ** 0.5).alpha
        epochs = max(EPOCHS, math.ceil(STEPS * BATCH_SIZE / m))
        epochs = min(epochs, int(self.estimator.max_iter))
        judged = self._start()
        self._descend("folds", self._objective(), judged, epochs, LEARNING_RATE)
        self.judged, self.trained = judged, judged.copy()
        objective = self._objective(of_all_rows=True)
        epochs, rate = max(1, epochs // 4), LEARNING_RATE / 6
        self._descend("all rows", objective, self.trained, epochs, rate)

    def _start(self) -> EnsembleParameters:
        """Return the initial weights."""
        parameters = self.folds.initialize(self.stream(0))
        parameters.b[2][:] += np.reshape(self.targets.start, (-1, 1))
        return parameters

    def _objective(self, *, of_all_rows: bool = False) -> Objective:
        """Return the cost with the chosen penalty."""
        objective = self.folds.objective(of_all_rows=of_all_rows)
        penalise(objective, self.alpha)
        return objective

    def _follow(self, folds: FoldedRows, factor: float = 1.0) -> Point:
        """Follow the path on some rows; return its best point.

        Parameters
        ----------
        folds : FoldedRows
        factor : float, default=1
            Penalty for all rows over penalty for these.
        """
        estimator, objective = self.estimator, folds.objective()
        fresh = self._start()

        def visit(alpha: float, start: EnsembleParameters) -> Point:
            share = 0.6 if start is fresh else 0.25
            parameters = start.copy()
            penalise(objective, alpha / factor)
            if start is fresh and objective.decay > 1:
                # The weights start as small as this penalty leaves them: otherwise the
                # line search would end before the biases have changed.
                for W in parameters.W[1:]:
                    W /= objective.decay**2
            max_iter = math.ceil(share * int(estimator.max_iter))
            tasks = self._announce(
                f"alpha {alpha:.3g}", max_iter, lambda: self._attributes(parameters)
            )
            self.n_iter += train_lbfgs(
                objective, parameters, max_iter, slow=SLOW_ON_PATH, tasks=tasks
            )
            point = folds.judge(alpha, parameters)
            self.points.append(point)
            if estimator.verbose:
                print(f"alpha {alpha:<8.3g} out-of-fold loss {point.loss:.5f}")
            if self._report(tasks):
                raise WalkEnded
            return point

        with suppress(WalkEnded):  # self.points has what was visited
            if isinstance(estimator.alphas, str):
                alphas = factor * self.rows.weight_unit * np.array(ALPHAS)
                self.points = follow_path(alphas.tolist(), visit, fresh)
            else:
                # In a given grid the loss may have several minima: each penalty starts
                # anew.
                alphas = np.unique(np.asarray(estimator.alphas, float))
                self.points = [visit(alpha, fresh) for alpha in alphas.tolist()]
        return best_of(self.points)

    def _descend(
        self,
        name: str,
        objective: Objective,
        parameters: EnsembleParameters,
        epochs: int,
        learning_rate: float,
    ) -> None:
        """Minimise the cost by Adam with a cosine schedule."""
        tasks = self._announce(name, epochs, lambda: self._attributes(parameters))
        self.n_iter += train_adam(
            objective,
            parameters,
            epochs=epochs,
            batch_size=BATCH_SIZE,
            learning_rate=learning_rate,
            seed=self.seed,
            verbose=self.verbose,
            tasks=tasks,
        )
        self._report(tasks)

    @property
    def verbose(self) -> int:
        """Epochs between printed lines of the last training; 0 prints none."""
        return int(self.estimator.verbose)

    def _announce(
        self, name: str, n_epochs: int, attributes: Callable[[], dict[str, Any]]
    ) -> EpochTasks | None:
        """Call the callbacks for a training; return the tasks of its epochs."""
        if self.tasks is None:
            return None
        return self.tasks.begin_training(name, n_epochs, attributes)

    def _report(self, tasks: EpochTasks | None) -> bool:
        """Call the callbacks after a training; return whether one asks to stop."""
        return tasks is not None and tasks.end_fit()

    def held_out_predictions(self) -> np.ndarray:
        """Return the out-of-fold predictions, a row for each row of X.

        Returns
        -------
        ndarray of shape (m, n_classes), (m,) or (m, n_outputs)
            Probabilities of classes, numbers in the units of y.
        """
        Z = self.folds.held_out_Z(self.judged)
        readable = [self.targets.readable(z.astype(np.float64)) for z in Z]
        total = np.zeros((self.m, *readable[0].shape[1:]))
        times = np.zeros((self.m, *(1,) * (total.ndim - 1)))
        for test, values in zip(self.folds.test, readable, strict=True):
            total[self.index[test]] += values
            times[self.index[test]] += 1
        return np.divide(total, times, out=np.full_like(total, np.nan), where=times > 0)

    def _attributes(
        self, members: EnsembleParameters, sharpness: float = 1.0
    ) -> dict[str, Any]:
        """Return the fitted attributes for predictions by the mean of some members."""
        wide = self.folds.averaged(members)
        network = self.folds.members.network
        dtype = self.X.dtype
        if self.targets.needs_double(self.rows.targets):
            dtype = self.folds.dtype
        theta = wide.theta.astype(dtype)
        network = Network(wide.units, network.activation, network.loss)
        model = Model(network, self.standardization, self.targets)
        return model.attributes(sharpened(Parameters(wide.units, theta), sharpness))

    def _attributes_now(self) -> dict[str, Any]:
        """Return the fitted attributes for predictions if training stopped here."""
        if not isinstance(self.targets, ClassTargets):
            return self._attributes(self.trained)
        sharpness = self.folds.sharpness(self.judged)
        attributes = self._attributes(self.trained, sharpness)
        return {**attributes, "temperature_": 1 / sharpness}

    def settle(self) -> bool:
        """Set the best parameters so far after an interruption.

        Returns
        -------
        bool
            Whether there are parameters to predict with.
        """
        if self.trained is None and self.points:
            best = best_of(self.points)
            self.alpha, self.judged, self.trained = (
                best.alpha,
                best.parameters,
                best.parameters,
            )
        return self.trained is not None

    def commit(self) -> None:
        """Set the fitted attributes."""
        points = sorted(self.points, key=lambda point: point.alpha)
        attributes = self._attributes_now()
        attributes["alpha_"] = float(self.alpha)
        attributes["alphas_"] = np.array([point.alpha for point in points])
        attributes["oof_losses_"] = np.array([point.losses for point in points])
        attributes["n_iter_"] = self.n_iter
        name = "oof_predict_proba_" if is_classifier(self.estimator) else "oof_predict_"
        if self.estimator.keep_oof:
            attributes[name] = self.held_out_predictions()
        else:
            vars(self.estimator).pop(name, None)  # of an earlier fit
        vars(self.estimator).update(attributes)
        if self.tasks is not None:
            self.tasks.end_fit(self._attributes_now)

    def warn(self) -> None:
        """Warn if the net is a constant although it should not be, and say why."""
        model = self.estimator
        if self.alpha > min(point.alpha for point in self.points):
            return  # a weaker penalty was seen to be worse
        constant = explain_constant(
            model.network_,
            model.parameters_,
            model.standardization_,
            self.targets,
            self.rows,
            self.alpha,
            name="alphas",
        )
        if constant is not None:
            warnings.warn(constant, ConvergenceWarning, stacklevel=CALLER)


class WalkEnded(Exception):
    """Raised when a callback asks to end the path."""


CALLER = 3 + WRAPPER_FRAMES
"""Stack level at which a warning points at the line that called ``fit``."""
