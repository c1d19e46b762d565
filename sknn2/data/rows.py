"""Rows of a table: X, y and weights together, checked and split."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
from scipy.sparse import issparse
from sklearn.base import BaseEstimator

from sknn2.data.input_checks import (
    check_rows,
    check_weights,
    largest_in_columns,
    scaled_up,
)
from sknn2.data.labels import read_targets
from sknn2.data.targets import Targets
from sknn2.inputs.selected_rows import select
from sknn2.inputs.standardization import Standardization

SMALL = 1e-30
"""Weights up to this are brought up: in float32 they would be few digits, or 0."""


@dataclass(frozen=True)
class Rows:
    """The rows whose weight is not zero.

    Parameters
    ----------
    X : ndarray or CSR array or matrix of shape (m, n_features)
    y : ndarray of shape (m,) or (m, n_columns)
        The user's targets.
    targets : ndarray of shape (m,) or (m, n[L])
        Targets as the estimator encodes them, e.g. class indices.
    sample_weight : ndarray of shape (m,) or None
        The user's weights.
    w : ndarray of shape (m,) or None
        Sample weight times class weight, divided by the largest; None means
        ones. So 1e300 is as good as 1.
    weight_scale : float
        What ``w`` was divided by.
    """

    X: Any
    y: np.ndarray
    targets: np.ndarray
    sample_weight: np.ndarray | None = None
    w: np.ndarray | None = None
    weight_scale: float = 1.0

    @property
    def m(self) -> int:
        """How many there are."""
        m: int = self.X.shape[0]
        return m

    @property
    def n_features(self) -> int:
        """Columns of X."""
        n: int = self.X.shape[1]
        return n

    @property
    def dtype(self) -> np.dtype[Any]:
        """The precision of X."""
        dtype: np.dtype[Any] = self.X.dtype
        return dtype

    def standardization(self) -> Standardization:
        """Return the statistics of the columns."""
        return Standardization.of(self.X, self.w, self.weight_scale)

    def measured(self, targets: Targets, *, merge: bool) -> Targets:
        """Return targets with the statistics of these rows; see `Targets`."""
        return targets.with_statistics(
            self.targets, self.w, self.weight_scale, merge=merge
        )

    def largest_in_columns(self) -> np.ndarray:
        """Return the largest absolute value of each column, of shape (n_features,)."""
        return largest_in_columns(self.X)

    @property
    def weight_unit(self) -> float:
        """The mean of the weights, S / m, but at most 1.

        A penalty that is meant for rows of weight 1 is multiplied by it, so
        that it does not depend on the unit of small weights. Weights above 1
        count as so many rows.
        """
        mean = 1.0 if self.w is None else float(self.w.mean()) * self.weight_scale
        return unit_of(mean)

    @property
    def sum_w(self) -> float:
        """S, the sum of the weights."""
        return self.weight_scale * float(
            self.X.shape[0] if self.w is None else self.w.sum()
        )

    def seen_after(self, earlier: tuple[float, int] | None) -> tuple[float, int]:
        """Return the sum of weights of all rows of a stream, and a mark of these.

        Parameters
        ----------
        earlier : tuple or None
            What this returned for the rows of the call before. The same rows, by
            their number and the first of them, are another pass and count once.
        """
        first = self.X[:1]
        if issparse(first):
            row = first.indices.tobytes() + first.data.tobytes()
        else:
            row = first.tobytes()
        mark = crc32(row + b"%d" % self.X.shape[0])
        before, last = (0.0, None) if earlier is None else earlier
        total = max(before, self.sum_w) if mark == last else before + self.sum_w
        return min(total, float(np.finfo(np.float64).max)), mark

    def take(self, index: np.ndarray) -> "Rows":
        """Return some of the rows."""
        parts: dict[str, Any] = {
            name: None if (array := getattr(self, name)) is None else array[index]
            for name in ("y", "targets", "sample_weight", "w")
        }
        return replace(self, X=select(self.X, index), **parts)

    def normalized(self) -> "Rows":
        """Return the rows with weights that do not vanish in float32."""
        largest = 1.0 if self.w is None else float(self.w.max())
        if self.w is None or largest > SMALL:
            return self
        scale = max(self.weight_scale * largest, np.finfo(float).smallest_subnormal)
        return replace(self, w=self.w / largest, weight_scale=float(scale))

    def weighted_by_class(self, class_weight: np.ndarray | None) -> "Rows":
        """Return the rows with ``w`` set to sample weight times class weight.

        Parameters
        ----------
        class_weight : ndarray of shape (n_classes,) or None
            A factor for each value of ``targets``; rows of factor 0 go.
        """
        w, scale = self.relative_weights(class_weight)
        if w is None:
            return self
        rows = replace(self, w=w, weight_scale=scale)
        return rows if w.min() > 0 else rows.take(w > 0)

    def relative_weights(self, class_weight: np.ndarray | None) -> tuple[Any, float]:
        """Return sample weight times class weight, divided by the largest.

        Parameters
        ----------
        class_weight : ndarray of shape (n_classes,) or None

        Returns
        -------
        w : ndarray of shape (m,) or None
            0 also where the quotient underflows.
        scale : float
            The divisor.
        """
        w, exponent = self.sample_weight, 0
        if class_weight is not None:
            # The powers of two are added up by themselves: no product overflows.
            w, power = np.frexp(class_weight[self.targets])
            if self.sample_weight is not None:
                fraction, power_of_sample = np.frexp(self.sample_weight)
                w, power = w * fraction, power + power_of_sample
            exponent = int(power[w > 0].max(initial=-4000))
            w = np.ldexp(w, power - exponent)
        if w is None:
            return None, 1.0
        largest = float(w.max())
        if largest == 0:
            raise ValueError(
                "All rows have weight zero, by sample_weight times class_weight: at "
                "least one needs a positive weight."
            )
        return w / largest, scaled_up(largest, exponent)


def unit_of(mean: float) -> float:
    """Return the unit of weights with a mean: see `Rows.weight_unit`."""
    # Weights that are balanced add up to the number of rows but for rounding.
    return mean if mean < 1 - 1e-9 else 1.0


def draw_held(
    m: int,
    strata: np.ndarray | None,
    fraction: float,
    seed: int,
    name: Callable[[np.ndarray], str],
) -> np.ndarray:
    """Return which rows are held out, bool of shape (m,); see `hold_out`.

    Parameters
    ----------
    m : int
    strata : ndarray of shape (m,) or None
    fraction : float
    seed : int
    name : callable
        ``name(members)`` is what to call the class of some rows.
    """
    # This stream differs from those of the epochs, default_rng([seed, epoch]).
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1,)))
    held = np.zeros(m, bool)
    codes = np.zeros(held.size, np.intp) if strata is None else strata
    order = np.argsort(codes, kind="stable")
    ends = np.flatnonzero(np.diff(codes[order])) + 1
    for members in np.split(order, ends):
        if members.size < 2:
            of_whom, of_each = "The training set", ""
            if strata is not None:
                of_whom = f"Class {name(members)}"
                of_each = " of each class"
            raise ValueError(
                f"{of_whom} has 1 row, and holding out validation_fraction={fraction:g}"
                f"{of_each} needs one to train on and one to validate on: give X_val "
                "and y_val, or set early_stopping=False."
            )
        n_held = min(max(round(fraction * members.size), 1), members.size - 1)
        held[rng.permutation(members)[:n_held]] = True
    return held


def hold_out(
    rows: Rows, strata: np.ndarray | None, fraction: float, seed: int
) -> tuple[Rows, Rows]:
    """Split rows into those to train on and those to validate on, class by class.

    Parameters
    ----------
    rows : Rows
    strata : ndarray of shape (m,) or None
        Class indices; None does not stratify.
    fraction : float
        Share of each class to hold out, rounded, but at least one row.
    seed : int

    Returns
    -------
    train : Rows
    held : Rows
        Both in the order of the data.

    Raises
    ------
    ValueError
        If a class, or the whole, has one row only, which cannot be on both
        sides; the message names it.
    """

    def name(members: np.ndarray) -> str:
        return repr(rows.y[members].tolist()[0])

    held = draw_held(rows.m, strata, fraction, seed, name)
    return rows.take(~held).normalized(), rows.take(held).normalized()


def read_rows(
    estimator: BaseEstimator,
    X: Any,
    y: Any,
    sample_weight: npt.ArrayLike | None,
    *,
    reset: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Check X, y and sample weights, and drop the rows of weight zero.

    Parameters
    ----------
    estimator : estimator
    X, y, sample_weight
        As the user gave them.
    reset : bool
        Whether the columns are taken from X, or checked against those of the
        fit.

    Returns
    -------
    X : ndarray or CSR array or matrix of shape (m, n_features)
    y : ndarray of shape (m,)
    sample_weight : ndarray of shape (m,) or None
        float64, all positive.
    """
    X, y = check_rows(estimator, X, y, reset=reset)
    w = check_weights(sample_weight, X.shape[0])
    if w is not None and w.min() == 0:
        X, y, w = select(X, w > 0), y[w > 0], w[w > 0]
    return X, y, w


def read_validation(
    estimator: BaseEstimator,
    X_val: npt.ArrayLike | None,
    y_val: npt.ArrayLike | None,
    sample_weight_val: npt.ArrayLike | None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None] | None:
    """Check a validation set, and drop its rows of weight zero.

    Parameters
    ----------
    estimator : estimator
        Its number and names of columns are known.
    X_val, y_val, sample_weight_val
        As the user gave them.

    Returns
    -------
    X, y, sample_weight
        As from `read_rows`; None if no set was given.

    Raises
    ------
    ValueError
        As for the training rows, or if one of ``X_val`` and ``y_val`` is
        missing.
    """
    if X_val is None and y_val is None and sample_weight_val is None:
        return None
    if X_val is None or y_val is None:
        missing = "X_val" if X_val is None else "y_val"
        raise ValueError(f"{missing} is missing: give X_val and y_val together.")
    X = check_rows(estimator, X_val, reset=False, name="X_val")
    y = read_targets(y_val, "y_val")
    if y.shape[0] != X.shape[0]:
        raise ValueError(
            f"y_val has {y.shape[0]} values for the {X.shape[0]} rows of X_val."
        )
    w = check_weights(sample_weight_val, X.shape[0], "sample_weight_val")
    if w is not None and w.min() == 0:
        X, y, w = select(X, w > 0), y[w > 0], w[w > 0]
    return X, y, w
