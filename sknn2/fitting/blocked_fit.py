"""One call of ``fit`` on rows that lie elsewhere, in blocks."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import is_classifier

from sknn2.data.class_targets import ClassTargets
from sknn2.data.rows import Rows, draw_held
from sknn2.data.targets import Targets
from sknn2.fitting.blocked_objective import (
    BlockedObjective,
    BlockedValidationSet,
    Context,
)
from sknn2.fitting.blocked_rows import (
    BlockedRows,
    BlocksLost,
    Names,
    Survey,
    class_sums,
    encode_block,
    raise_problems,
    survey,
)
from sknn2.fitting.fit import AUTO_BATCH_SIZE, CALLER, Fit
from sknn2.fitting.validation_set import ValidationSet

Steps = list[tuple[Targets, np.ndarray | None]]


AUTO_STEPS_OF_EPOCH = 50
"""Updates at most that ``batch_size="auto"`` makes of an epoch: each one waits for all
blocks."""


VALIDATION = Names("X_val", "y_val", "sample_weight_val")


class BlockedFit(Fit):
    """A fit that asks blocks for sums, in place of reading rows.

    Parameters
    ----------
    *args : tuple
        As for `Fit`.
    split : callable
        ``split(X, y, sample_weight, stub, names)`` returns `Blocks` of what
        `read_block` returns for each partition.
    is_partitioned : callable
        ``is_partitioned(X)`` is whether that can split X.
    **kwargs : dict
        As for `Fit`.
    """

    caller = CALLER + 1
    interruptions = (KeyboardInterrupt, BlocksLost)

    def __init__(
        self,
        *args: Any,
        split: Callable[..., Any],
        is_partitioned: Callable[[Any], bool],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.split, self.is_partitioned = split, is_partitioned

    def read(self, X: Any, y: Any, sample_weight: Any, classes: Any) -> None:
        """Check and encode the training rows, where they are."""
        parts = X, y, sample_weight
        blocks, found = self._survey(parts, Names(), new=not self.resume)
        sample = np.concatenate([part.y for part in found])
        steps = self._learn(blocks, sample)
        self.targets, self.class_weight = steps[-1]
        dtype = np.result_type(*[part.dtype for part in found])
        encoded = blocks.make(encode_block, steps, dtype, "y")
        self.rows = BlockedRows(encoded, found[0].n_features, dtype)
        self.seen = self.rows.sum_w, 0
        self.seed = self._seed()

    def _survey(self, parts: Any, names: Names, *, new: bool) -> tuple[Any, list[Any]]:
        """Return the checked blocks that have rows, and a `Survey` of each.

        Parameters
        ----------
        parts : tuple of (X, y, sample_weight)
        names : Names
        new : bool
            Whether the columns are taken from X, or checked against those of the fit.
        """
        stub = type(self.estimator)()  # without what need not be sent
        if not new:
            fitted = vars(self.estimator)
            for name in ("n_features_in_", "feature_names_in_"):
                if name in fitted:
                    setattr(stub, name, fitted[name])
        blocks = self.split(*parts, stub, names)
        answers = blocks.ask(survey, is_classifier(self.estimator))
        what = f"{names.X} and {names.y}"
        raise_problems(answers, what)
        places = [k for k, answer in enumerate(answers) if answer is not None]
        found: list[Survey] = [answers[k] for k in places]
        if not found:
            raise ValueError(
                f"{what} have no row of positive weight: all partitions are empty."
            )
        self._check_alike(found, places, what)
        if new:
            self._take_columns(found[0])
        said = dict.fromkeys(entry for part in found for entry in part.warnings)
        for category, message in said:
            warnings.warn(message, category, stacklevel=self.caller)
        return blocks.keep(places), found

    def _check_alike(self, found: list[Survey], places: list[int], what: str) -> None:
        """Raise an error if two partitions have not the same columns."""
        first = found[0]
        for k, part in zip(places, found, strict=True):
            same = part.n_features == first.n_features
            names: Any = part.feature_names, first.feature_names
            same = same and np.array_equal(*names)
            if not same:
                raise ValueError(
                    f"Partition {k} of {what} has other columns than partition "
                    f"{places[0]}: {part.n_features} against {first.n_features}, or of "
                    "other names. All partitions need the same columns, in one order."
                )

    def _take_columns(self, first: Survey) -> None:
        """Set the number and names of the columns, as scikit-learn does."""
        self.estimator.n_features_in_ = first.n_features
        vars(self.estimator).pop("feature_names_in_", None)
        if first.feature_names is not None:
            self.estimator.feature_names_in_ = first.feature_names

    def _learn(self, blocks: Any, sample: np.ndarray) -> Steps:
        """Return the targets with their class weights: the last are those of the fit.

        Parameters
        ----------
        blocks : Blocks
        sample : ndarray
            The distinct labels, or a row of y of each block.
        """
        targets = self.learn_targets(sample, None, self.resume)
        steps = [(targets, self._class_weights(targets, blocks))]
        weights = steps[0][1]
        if weights is not None and not np.all(weights) and not self.resume:
            # A class of weight zero does not exist.
            kept = targets.attributes["classes_"][weights > 0]
            targets = self.learn_targets(kept, None, False)
            steps.append((targets, self._class_weights(targets, blocks)))
        return steps

    def _class_weights(self, targets: Targets, blocks: Any) -> np.ndarray | None:
        """Return a factor for each class, or None."""
        class_weight = getattr(self.estimator, "class_weight", None)
        balanced = isinstance(class_weight, str) and class_weight == "balanced"
        if not balanced or not isinstance(targets, ClassTargets):
            return targets.weights(class_weight, np.zeros(0, int), None)
        answers = blocks.ask(class_sums, targets)
        raise_problems(answers, "X and y")
        # As from one row of each class, which has the weight of all of them.
        sums = np.minimum(sum(answers), np.finfo(float).max)
        (present,) = np.nonzero(sums)
        return targets.weights(class_weight, present, sums[present])

    def read_validation(self, X_val: Any, y_val: Any, sample_weight_val: Any) -> None:
        """Check and encode the validation rows, or hold some out."""
        parts = X_val, y_val, sample_weight_val
        estimator = self.estimator
        if any(self.is_partitioned(part) for part in parts):
            self.held = self._read_held(parts)
        elif any(part is not None for part in parts):
            super().read_validation(*parts)
        elif not isinstance(estimator.early_stopping, str) and estimator.early_stopping:
            self._hold_out()

    def _read_held(self, parts: Any) -> BlockedRows:
        """Return the rows of a validation set that is in blocks."""
        if parts[0] is None or parts[1] is None:
            missing = "X_val" if parts[0] is None else "y_val"
            raise ValueError(f"{missing} is missing: give X_val and y_val together.")
        blocks, found = self._survey(parts, VALIDATION, new=False)
        dtype = np.result_type(*[part.dtype for part in found])
        steps = [(self.targets, self.class_weight)]
        encoded = blocks.make(encode_block, steps, dtype, "y_val")
        return BlockedRows(encoded, found[0].n_features, dtype, "X_val and y_val")

    def _hold_out(self) -> None:
        """Hold out the same rows as on one machine."""
        rows = self.rows
        strata = rows.strata(self.targets)
        held = draw_held(
            rows.m,
            strata,
            self.estimator.validation_fraction,
            self.seed,
            lambda members: repr(rows.take(members).y.tolist()[0]),
        )
        self.rows, self.held = rows.select(~held), rows.select(held)

    def _objective(self, dtype: np.dtype[Any]) -> BlockedObjective:
        parts = self.network, self.targets, self.standardization
        return BlockedObjective(self.rows, Context(*parts, dtype), self.alpha)

    def plan(self) -> None:
        """Set the number of rows in an update and the number of epochs."""
        self.auto_batch_size = max(
            AUTO_BATCH_SIZE, -(-self.objective.m // AUTO_STEPS_OF_EPOCH)
        )
        super().plan()

    def validation_set(
        self, held: Any, model: Any, estimator: Any, scorer: Any, dtype: Any
    ) -> Any:
        """Return the validation set; a scorer needs its rows here."""
        if isinstance(held, Rows):
            return ValidationSet(held, model, estimator, scorer, dtype)
        if scorer is None:
            return BlockedValidationSet(held, model, dtype)
        rows = held.take(np.arange(held.m))
        return ValidationSet(rows, model, estimator, scorer, dtype)
