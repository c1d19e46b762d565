"""Numbers as targets: scaled on the way in, restored on the way out."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from sknn2.data.class_targets import class_alpha
from sknn2.data.targets import Targets
from sknn2.inputs.standardization import Standardization
from sknn2.network.losses import Poisson, RegressionLoss

COUNT, COUNT_SINGLE = 1e100, 1e12
"""Counts up to which gradients, whose squares Adam adds up, can be computed in float64
and in float32."""


SINGLE = 1e37
"""Targets that are not scaled, up to which they are numbers of float32."""


@dataclass(frozen=True)
class RegressionTargets(Targets):
    """Numbers, one or more for each row.

    Parameters
    ----------
    regression_loss : RegressionLoss
    n_columns : int or None
        Columns of y; None for a y of shape (m,).
    dtype : dtype
        Of the predictions: float32 for float32 targets, else float64.
    scaled : bool
        Whether the network sees ``(y - mean) / deviation``.
    statistics : Standardization, default=None
        Weighted mean and deviation of each column; None before they are
        measured.
    """

    regression_loss: RegressionLoss
    n_columns: int | None
    dtype: np.dtype[Any]
    scaled: bool
    statistics: Standardization | None = None

    is_binary = False

    def __reduce__(self) -> tuple[Any, ...]:
        # The dtype by its name, which is plain text in a file.
        loss, n, scaled = self.regression_loss, self.n_columns, self.scaled
        return type(self), (loss, n, self.dtype.name, scaled, self.statistics)

    def __post_init__(self) -> None:
        object.__setattr__(self, "dtype", np.dtype(self.dtype))
        if not isinstance(self.regression_loss, RegressionLoss):
            raise TypeError(f"{self.regression_loss!r} is no loss of a regression.")

    @classmethod
    def of(cls, y: np.ndarray, loss: RegressionLoss, scaled: bool) -> Self:
        """Take shape and precision from targets."""
        n_columns = y.shape[1] if y.ndim == 2 else None
        single = y.dtype == np.float32
        dtype = np.dtype(np.float32 if single else np.float64)
        return cls(loss, n_columns, dtype, scaled and loss.takes_any_scale)

    @property
    def loss(self) -> RegressionLoss:
        """The loss that training minimises."""
        return self.regression_loss

    @property
    def n_outputs(self) -> int:
        """``n[L]``: a unit for each column."""
        return self.n_columns or 1

    @property
    def attributes(self) -> dict[str, Any]:
        """Fitted attributes, as a dict."""
        return {
            "n_outputs_": self.n_outputs,
            "target_standardization_": self.standardization,
        }

    @property
    def standardization(self) -> Standardization | None:
        """The statistics, if the network sees a scaled target."""
        return self.statistics if self.scaled else None

    @property
    def start(self) -> np.ndarray:
        """Initial biases for the loss, of shape (n[L],)."""
        assert self.statistics is not None  # measured first
        return self.loss.start(np.where(self._varies, self.statistics.mean, 1))

    @property
    def is_count(self) -> bool:
        """Whether the network predicts the logarithm of the target."""
        return isinstance(self.regression_loss, Poisson)

    def auto_alpha(self, n_features: int) -> float:
        """Return the value of two classes; other rules were no better."""
        return class_alpha(n_features, 2)

    def encode(self, y: np.ndarray, name: str = "y") -> np.ndarray:
        """Return the numbers, of shape (m, n[L]).

        Returns
        -------
        ndarray of shape (m, n[L])
            float32 or float64.

        Raises
        ------
        ValueError
            If they are no finite numbers, have other columns than at fit, or
            the loss does not take them.
        """
        columns = y.shape[1] if y.ndim == 2 else None
        if columns != self.n_columns:
            raise ValueError(
                f"{name} has shape {y.shape}, but the fit had "
                f"{'one number' if self.n_columns is None else self.n_columns} for "
                "each row."
            )
        try:
            if y.dtype.kind not in "biufO":
                raise TypeError(f"it is of type {y.dtype}")
            values = y if y.dtype == np.float32 else np.asarray(y, np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"{name} is not made of numbers ({error}): a regressor predicts "
                "numbers; take a classifier for labels."
            ) from error
        if not np.isfinite(values).all():
            raise ValueError(f"{name} holds NaN or infinity: leave those rows out.")
        if values.min() < self.loss.lowest:
            raise ValueError(
                f"{name} reaches down to {values.min():g}, and loss={self.loss.name!r} "
                f"takes targets of at least {self.loss.lowest:g}: take another loss."
            )
        largest = COUNT if self.is_count else np.inf
        if values.max() > largest:
            raise ValueError(
                f"{name} reaches {values.max():g}, and loss={self.loss.name!r} takes "
                f"targets of at most {largest:g}, because their squares have to be "
                f"numbers: divide {name} by a constant, and multiply predictions by it."
            )
        # C-ordered, so that sums do not depend on the layout of y.
        return np.ascontiguousarray(values.reshape(y.shape[0], -1))

    def to_Y(self, encoded: np.ndarray, dtype: npt.DTypeLike) -> np.ndarray:
        """Return the numbers as the network sees them, of shape (n[L], m).

        A constant count is replaced by 1: it is predicted exactly, and a large
        one must not dominate the other outputs.
        """
        if self.is_count:
            return np.where(self._varies, encoded, 1).T.astype(dtype)
        if self.standardization is None:
            return encoded.T.astype(dtype)
        Y = np.empty(encoded.shape, dtype)
        self.standardization.transform(encoded, Y)
        return Y.T

    def with_statistics(
        self,
        encoded: np.ndarray,
        w: np.ndarray | None,
        weight_scale: float,
        *,
        merge: bool,
    ) -> "RegressionTargets":
        """Return targets with the mean and deviation of these rows."""
        statistics = Standardization.of(encoded, w, weight_scale)
        # The deviation is used even for two values: the other rule is for columns with
        # a rare value, which must not become large.
        none = np.zeros(self.n_outputs, bool)
        statistics = replace(statistics, two_valued=none)
        new = replace(self, statistics=statistics)
        return self.merge(new) if merge else new

    def merge(self, other: "RegressionTargets") -> "RegressionTargets":
        """Return targets with the statistics of the rows behind both."""
        if self.statistics is None or other.statistics is None:
            return other
        return replace(other, statistics=self.statistics.merge(other.statistics))

    def level(self, encoded: np.ndarray) -> np.ndarray:
        """Return the mean of each row's outputs in deviations, of shape (m,).

        Rows are assigned to folds by it.
        """
        assert self.statistics is not None  # measured first
        scaled = np.empty(encoded.shape)
        self.statistics.transform(encoded, scaled)
        level: np.ndarray = scaled.mean(axis=1)
        return level

    def predictions(self, Z: np.ndarray) -> np.ndarray:
        """Return predictions in units of y, of its shape and precision.

        Parameters
        ----------
        Z : ndarray of shape (n[L], m)
        """
        # In float64: 1e9 + 1e6 z would lose the digits of z.
        A = self.loss.output(Z.astype(np.float64)).T
        if self.standardization is not None:
            with np.errstate(over="ignore"):
                A *= self._deviation
                A += self.standardization.mean
        limits = np.finfo(self.dtype)
        if self.is_count:
            assert self.statistics is not None  # measured in the fit
            A = np.where(self._varies, A, self.statistics.mean)
            np.maximum(A, limits.tiny, out=A)
        np.clip(A, limits.min, limits.max, out=A)
        y = np.ascontiguousarray(A, self.dtype)
        return y.ravel() if self.n_columns is None else y

    readable = predictions

    def slope(self, Z: np.ndarray) -> np.ndarray:
        """Return the derivative of each prediction by its Z, of shape (m, n[L]).

        Parameters
        ----------
        Z : ndarray of shape (n[L], m)
        """
        if self.is_count:
            rate = self.loss.output(Z.astype(np.float64)).T
            return np.where(self._varies, rate, 0)
        scale = np.ones(self.n_outputs) if not self.scaled else self._deviation
        return np.broadcast_to(scale, Z.T.shape)

    @property
    def _deviation(self) -> np.ndarray:
        """The deviations, of shape (n[L],), and 0 for what counts as constant."""
        assert self.statistics is not None
        return np.where(self._varies, self.statistics.deviation, 0)

    @property
    def _varies(self) -> np.ndarray:
        """Whether each output is anything but constant, bool of shape (n[L],)."""
        assert self.statistics is not None
        return np.asarray(self.statistics.factor > 0)

    def carry(
        self, W: np.ndarray, b: np.ndarray, new: Targets
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return W[L] and b[L] for further training; see `Targets.carry`."""
        if not self.is_count or not isinstance(new, RegressionTargets):
            return W, b
        # For an output that was constant so far only its mean was learnt.
        assert self.statistics is not None
        begins = (new._varies & ~self._varies)[:, np.newaxis]
        mean = self.loss.start(self.statistics.mean)[:, np.newaxis]
        return np.where(begins, 0, W), np.where(begins, mean, b)

    def uncounted(self) -> "RegressionTargets":
        """Return targets whose statistics the next rows replace."""
        if self.statistics is None:
            return self
        return replace(self, statistics=replace(self.statistics, weight=0.0))

    def fold_into(self, W: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return W[L] and b[L] whose Z[L] is on the scale of the original target."""
        if self.is_count:
            assert self.statistics is not None  # measured in the fit
            varies = self._varies[:, np.newaxis]
            mean = np.maximum(self.statistics.mean, np.finfo(self.dtype).tiny)
            return W * varies, np.where(varies, b, np.log(mean)[:, np.newaxis])
        if self.standardization is None:
            return W, b
        deviation = self._deviation[:, np.newaxis]
        mean = self.standardization.mean[:, np.newaxis]
        return W * deviation, b * deviation + mean

    def needs_double(self, encoded: np.ndarray) -> bool:
        """Return whether targets are too large for a training in float32."""
        limit = COUNT_SINGLE if self.is_count else SINGLE
        return not self.scaled and bool(np.abs(encoded).max() > limit)

    def largest_unscaled(self, encoded: np.ndarray) -> float:
        """Return the largest absolute value of targets that are not scaled."""
        return 0.0 if self.scaled else float(np.abs(encoded).max())
