"""One call of ``fit`` of the estimators that choose their penalty."""

import math
import warnings
from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn import get_config
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.metadata_routing import process_routing

from sknn2.activations import ACTIVATIONS, Activation
from sknn2.checks import LARGEST_LAYER, POSITIVE, Arguments, check_real
from sknn2.collapse import explain_constant
from sknn2.data import Rows, check_rows, check_weights
from sknn2.folds import deal, split, stratified
from sknn2.members import MemberParameters, Members
from sknn2.network import Network, find_activation
from sknn2.objective import Objective
from sknn2.parameters import Parameters
from sknn2.path import (
    FoldedRows,
    Point,
    best_of,
    follow_path,
    train_adam,
    train_lbfgs,
)
from sknn2.standardization import Standardization
from sknn2.targets import ClassTargets
from sknn2.threads import one_blas_thread, quietly

ALPHAS = 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0
"""The path of ``alphas="auto"``."""

FEW = 500
"""Up to so many rows the products are in the precision of X, beyond in float32."""

LARGE = 10_000
"""Of more rows the penalty is chosen on a sample, and Adam trains on all of them."""

SAMPLE = 2000
"""Rows of that sample."""

BATCH_SIZE, LEARNING_RATE = 256, 0.02
"""Of Adam."""

EPOCHS, STEPS = 40, 3000
"""Of Adam: so many epochs, or more to make so many steps."""


def check_arguments(estimator: Any) -> None:
    """Raise an error for an argument that cannot be used; it names it."""
    check = Arguments(estimator)
    check.integer("hidden_units", low=1, high=LARGEST_LAYER)
    if isinstance(estimator.alphas, str):
        check.name_or_number("alphas", ("auto",), "real", interval="positive numbers")
    else:
        alphas = np.ravel(np.asarray(estimator.alphas, object))
        if alphas.size == 0:
            raise ValueError(
                f"The 'alphas' parameter of {type(estimator).__name__} is empty: give "
                "at least one positive number, or 'auto'."
            )
        for alpha in alphas.tolist():
            check_real(
                f"Each of the 'alphas' of {type(estimator).__name__}", alpha, **POSITIVE
            )
    if isinstance(estimator.cv, Integral):
        check.integer("cv", low=2)
    check.choice("activation", ACTIVATIONS, (Activation,))
    check.boolean("standardize")
    check.integer("max_iter", low=1)
    check.flag_or_count("verbose")
    check.seed("random_state")


class FitCV:
    """The steps of one call; they are called in the order in which they stand.

    Nothing of the estimator but the names and number of its columns changes
    before `commit`.

    Parameters
    ----------
    estimator : ShallowNNClassifierCV

    Attributes
    ----------
    m : int
        Rows of X as they were given, those of weight zero too.
    index : ndarray of int
        Which of them count.
    rows : Rows
        Those that count.
    targets : ClassTargets
    folds : FoldedRows
        The same rows, and how they are split.
    points : list of Point
        The path.
    judged, trained : MemberParameters
        Of the best penalty: what the members learnt without their folds, and
        then from all rows.
    """

    estimator: Any

    def __init__(self, estimator: BaseEstimator) -> None:
        check_arguments(estimator)
        self.estimator = estimator
        self.n_iter = 0

    def read(
        self, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None
    ) -> None:
        """Check and encode the rows."""
        self.X, self.y = check_rows(self.estimator, X, y, reset=True)
        if self.y.ndim == 2:
            raise ValueError(
                f"y has {self.y.shape[1]} columns: {type(self.estimator).__name__} "
                "tells the classes of one. Take ShallowNNClassifier for several labels."
            )
        self.m = self.X.shape[0]
        w = check_weights(sample_weight, self.m)
        self.index = np.arange(self.m) if w is None else np.flatnonzero(w)
        self._encode(w, self.estimator.class_weight)
        rng = check_random_state(self.estimator.random_state)
        self.seed = int(rng.randint(np.iinfo(np.int32).max))

    def _encode(self, w: np.ndarray | None, class_weight: Any) -> None:
        """Find out what the targets mean, and the weight of each row."""
        X, y = self.X[self.index], self.y[self.index]
        w_index = None if w is None else w[self.index]
        self.targets = ClassTargets.of(y)
        codes = self.targets.encode(y)
        weights = self.targets.weights(class_weight, codes, w_index)
        rows = Rows(X, y, codes, w_index)
        keep = np.ones(y.size, bool)
        if weights is not None:
            keep = weights[codes] > 0  # A class of weight zero is a class not there.
        if keep.all() and (relative := rows.relative_weights(weights)[0]) is not None:
            keep = relative > 0  # What underflows beside the others is not there.
        if keep.all():
            self.rows = rows.weighted_by_class(weights)
        else:
            self.index = self.index[keep]
            if isinstance(class_weight, dict):
                left = set(self.targets.classes[codes[keep]].tolist())
                class_weight = {
                    label: value * (label in left)
                    for label, value in class_weight.items()
                }
            self._encode(w, class_weight)

    def stream(self, key: int) -> np.random.Generator:
        """Return a stream of random numbers of its own for each key."""
        return np.random.default_rng(
            np.random.SeedSequence(self.seed, spawn_key=(key,))
        )

    def split(self, params: dict[str, Any]) -> None:
        """Find the folds, and the nets that go with them.

        Parameters
        ----------
        params : dict
            What ``fit`` was given for the splitter.
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
            check_dealt(int(cv), rows.targets.size, params)
            train, test = deal(rows.targets, int(cv), self.stream(1))
        else:
            train, test = split(cv, self.X, self.y, params)
            train, test = train[:, self.index], test[:, self.index]
        check_folds(train, test)
        standardization = None
        if self.estimator.standardize:
            standardization = Standardization.of(rows.X, rows.w, rows.weight_scale)
        units = (
            rows.X.shape[1],
            int(self.estimator.hidden_units),
            self.targets.n_outputs,
        )
        network = Network(units, find_activation(self.estimator.activation))
        self.folds = FoldedRows(
            Members(network, train.shape[0]),
            self.targets,
            rows,
            standardization,
            train,
            test,
            rows.X.dtype if rows.targets.size <= FEW else np.dtype(np.float32),
        )

    def run(self) -> None:
        """Choose the penalty, and train all members on all rows with it.

        Raises
        ------
        ValueError
            If the cost is not finite at the weights that training starts from.
        """
        few = self.rows.targets.size <= LARGE
        with one_blas_thread():
            try:
                quietly(self._train_rows if few else self._train_many_rows)
            except FloatingPointError as error:
                raise ValueError(
                    "The cost is not finite at the weights that training starts from: "
                    "set standardize=True, or scale X before."
                ) from error

    def _train_rows(self) -> None:
        """Follow the path on all rows, and train on from its best point."""
        best = self._follow(self.folds)
        self.alpha, self.judged = best.alpha, best.parameters
        self.trained = self.judged.copy()
        objective = self._objective(of_all_rows=True)
        self.n_iter += train_lbfgs(
            objective, self.trained, int(self.estimator.max_iter)
        )

    def _train_many_rows(self) -> None:
        """Follow the path on a sample, and train by Adam on all rows.

        A net learns more from more rows: the penalty of the sample goes with
        the root of their number, counted as a share of the cost.
        """
        m = self.rows.targets.size
        order = stratified(self.rows.targets, self.stream(2))
        sample = self.folds.take(np.sort(order[np.arange(SAMPLE) * m // SAMPLE]))
        self.alpha = self._follow(sample, (SAMPLE / m) ** 0.5).alpha
        epochs = max(EPOCHS, math.ceil(STEPS * BATCH_SIZE / m))
        epochs = min(epochs, int(self.estimator.max_iter))
        self.judged = self._start()
        self._descend(self._objective(), self.judged, epochs, LEARNING_RATE)
        self.trained = self.judged.copy()
        objective = self._objective(of_all_rows=True)
        self._descend(objective, self.trained, max(1, epochs // 4), LEARNING_RATE / 6)

    def _start(self) -> MemberParameters:
        """Return the weights to start from."""
        return self.folds.members.initialize("xavier", self.stream(0), self.folds.dtype)

    def _objective(self, *, of_all_rows: bool = False) -> Objective:
        """Return the cost with the penalty that was chosen."""
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

        def visit(alpha: float, start: MemberParameters) -> Point:
            share = 0.6 if start is fresh else 0.25
            parameters = start.copy()
            penalise(objective, alpha / factor)
            if start is fresh and objective.decay > 1:
                # From weights as small as this penalty leaves them: the line search
                # would else be over before the biases have moved.
                parameters.theta /= objective.decay**2
            max_iter = math.ceil(share * int(estimator.max_iter))
            self.n_iter += train_lbfgs(objective, parameters, max_iter)
            point = folds.judge(alpha, parameters)
            if estimator.verbose:
                print(f"alpha {alpha:<8.3g} out-of-fold loss {point.loss:.5f}")
            return point

        if isinstance(estimator.alphas, str):
            alphas = factor * self.rows.weight_unit * np.array(ALPHAS)
            self.points = follow_path(alphas.tolist(), visit, fresh)
        else:
            # In any grid the loss may have several minima, so each has its own start.
            alphas = np.unique(np.asarray(estimator.alphas, float))
            self.points = [visit(alpha, fresh) for alpha in alphas.tolist()]
        return best_of(self.points)

    def _descend(
        self,
        objective: Objective,
        parameters: MemberParameters,
        epochs: int,
        learning_rate: float,
    ) -> None:
        """Bring the cost down by Adam under half a cosine."""
        self.n_iter += train_adam(
            objective,
            parameters,
            epochs=epochs,
            batch_size=BATCH_SIZE,
            learning_rate=learning_rate,
            seed=self.seed,
        )

    def held_out_proba(self) -> np.ndarray:
        """Return the out-of-fold probabilities, of shape ``(m, n_classes)``."""
        total = np.zeros((self.m, self.targets.classes.size))
        times = np.zeros((self.m, 1))
        for test, Z in zip(
            self.folds.test, self.folds.held_out_Z(self.judged), strict=True
        ):
            total[self.index[test]] += self.targets.proba(Z.astype(np.float64))
            times[self.index[test]] += 1
        return np.divide(total, times, out=np.full_like(total, np.nan), where=times > 0)

    def commit(self) -> None:
        """Set the fitted attributes."""
        points = sorted(self.points, key=lambda point: point.alpha)
        wide = self.trained.averaged()
        theta = wide.theta.astype(self.X.dtype)
        sharpness = self.folds.sharpness(self.judged)
        vars(self.estimator).update(
            network_=Network(wide.units, self.folds.members.network.activation),
            parameters_=sharpened(Parameters(wide.units, theta), sharpness),
            temperature_=1 / sharpness,
            standardization_=self.folds.standardization,
            _targets=self.targets,
            **self.targets.attributes,
            alpha_=float(self.alpha),
            alphas_=np.array([point.alpha for point in points]),
            oof_losses_=np.array([point.losses for point in points]),
            oof_predict_proba_=self.held_out_proba(),
            n_iter_=self.n_iter,
        )

    def warn(self) -> None:
        """Say why the net is a constant, where it should not be."""
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


STRONGEST = 1e12
"""A larger ``alpha / S`` leaves the same constant, and overflows in float32."""


def penalise(objective: Objective, alpha: float) -> None:
    """Set the strength of the penalty."""
    objective.alpha = alpha
    if not objective.decay < STRONGEST:
        objective.alpha = STRONGEST * objective.weight_scale * objective.sum_w


CALLER = 3
"""Stack level at which a warning points at the line that called ``fit``."""


def sharpened(parameters: Parameters, factor: float) -> Parameters:
    """Return the net whose logits are those of the given one times a factor."""
    parameters = parameters.copy()
    parameters.Wb[-1][:] *= factor
    return parameters


def check_dealt(n_folds: int, m: int, params: dict[str, Any]) -> None:
    """Raise an error where rows cannot be dealt out to so many folds.

    Parameters
    ----------
    n_folds : int
    m : int
        Rows of positive weight.
    params : dict
        What a splitter would take; there is none.
    """
    if params:
        raise TypeError(
            f"fit was given {sorted(params)}, which cv={n_folds} does not use: set cv "
            "to a splitter that does, e.g. GroupKFold()."
        )
    if n_folds > m:
        raise ValueError(
            f"cv={n_folds} folds need as many rows of positive weight. Got {m} rows: "
            "take fewer folds."
        )


def check_folds(train: np.ndarray, test: np.ndarray) -> None:
    """Raise a ValueError for folds that nothing can be learnt from or judged by.

    Parameters
    ----------
    train, test : ndarray of shape (K, m)
        bool.
    """
    if train.shape[0] == 0:
        raise ValueError(
            "cv gave no splits. An iterator gives its splits once: hand over a list."
        )
    for use, rows in (("train on", train), ("be judged by", test)):
        empty = ~rows.any(axis=1)
        if empty.any():
            raise ValueError(
                f"Fold {int(empty.argmax())} of cv has no rows of positive weight to "
                f"{use}: take fewer folds, or others."
            )
