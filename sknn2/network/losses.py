"""Losses, each with the output activation that belongs to it.

Every loss is computed from ``Z[L]``, not from a probability that may have been
rounded to 0 or 1, so it is finite without an epsilon. Together with its output
activation each cross-entropy, the squared error and the Poisson deviance have
the same derivative, ``dZ[L] = A[L] - Y``. That of the absolute, Huber and
pinball losses is bounded; where they have a corner, it is a subgradient.

Shapes: ``Z``, ``A``, ``Y`` are ``(n[L], m)``, the weights ``w`` are ``(m,)``.
Costs are sums over the examples, ``sum_i w_i loss_i``, not means. ``out`` and
``scratch`` have the shape of ``Z``; ``dZ`` is written to ``out``.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sknn2.checks import IN_BETWEEN, POSITIVE, check_fields, check_real
from sknn2.network.activations import sigmoid_forward


def weighted_sum(loss: np.ndarray, w: np.ndarray | None) -> float:
    """Return ``sum_i w_i loss_i`` as a float; ``w=None`` means ones.

    Parameters
    ----------
    loss : ndarray of shape (m,) or (n[L], m)
        The values of each example; overwritten.
    w : ndarray of shape (m,) or None
        Their weights.
    """
    if w is not None:
        loss *= w
    # One-dimensional: NumPy 1 copies a (1, m) to add it up.
    return float(loss.ravel().sum())


@dataclass(frozen=True)
class BinaryCrossEntropy:
    """``-(Y log A + (1 - Y) log(1 - A))`` with ``A = sigmoid(Z)``.

    In terms of ``Z`` it is ``log(1 + exp(Z)) - Y Z``. One output serves two
    classes. Each of several outputs says whether one label belongs to the
    example, and their losses are added.
    """

    name: ClassVar[str] = "binary_cross_entropy"

    def output(self, Z: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """Return ``A = sigmoid(Z)``, the probability of class 1."""
        return sigmoid_forward(Z, out=out)

    def cost(self, Z: np.ndarray, Y: np.ndarray, w: np.ndarray | None = None) -> float:
        """Return the sum of ``w (log(1 + exp(Z)) - Y Z)``."""
        return self.cost_and_dZ(Z.copy(), Y, w)[0]

    def cost_and_dZ(
        self,
        Z: np.ndarray,
        Y: np.ndarray,
        w: np.ndarray | None = None,
        out: np.ndarray | None = None,
        scratch: np.ndarray | None = None,
    ) -> tuple[float, np.ndarray]:
        """Return the cost and ``dZ = (A - Y) w``. ``Z`` is overwritten.

        One tanh and one logarithm, of a number from 1/2 to 1, serve both. Let
        ``R`` be 1 where ``Z > 0``, else 0. Then ``log(1 + exp(Z)) - Y Z`` is
        ``(R - Y) Z - log(max(A, 1 - A))``: the first part is 0 where R equals
        Y, and ``max(A, 1 - A) = 1/2 + |A - 1/2|``.
        """
        centred = np.multiply(Z, 0.5, out=out)
        np.tanh(centred, out=centred)
        centred *= 0.5  # A - 1/2
        wrong = np.ceil(centred, out=scratch)  # R
        wrong -= Y
        multiply_weights(wrong, w)
        cost = float(np.vdot(wrong, Z))
        larger = np.abs(centred, out=Z)
        larger += 0.5
        cost -= weighted_sum(np.log(larger, out=larger), w)
        centred += 0.5  # A
        centred -= Y
        return cost, multiply_weights(centred, w)

    def dA(self, A: np.ndarray, Y: np.ndarray) -> np.ndarray:
        """Return ``dA[L] = -(Y/A - (1-Y)/(1-A))``, the derivative with respect to A.

        Multiplied by ``sigmoid'(Z) = A (1 - A)`` it is ``A - Y``. Training
        uses that directly, because this form divides by zero where ``A`` has
        been rounded to 0 or 1.
        """
        dA: np.ndarray = -(Y / A - (1 - Y) / (1 - A))
        return dA

    def log_proba(self, Z: np.ndarray) -> np.ndarray:
        """Return ``(log(1 - A), log A)`` of shape ``(2 n[L], m)``, never -inf."""
        log_A: np.ndarray = -np.logaddexp(0, np.concatenate([Z, -Z]))
        return log_A

    def proba(self, Z: np.ndarray) -> np.ndarray:
        """Return ``(1 - A, A)`` of shape ``(2 n[L], m)``, without cancellation."""
        return sigmoid_forward(np.concatenate([-Z, Z]))


@dataclass(frozen=True)
class CategoricalCrossEntropy:
    """``-sum_k Y_k log A_k`` with ``A = softmax(Z)`` over the ``n[L]`` classes.

    In terms of ``Z`` it is ``log(sum_k exp(Z_k)) - sum_k Y_k Z_k``, for one-hot
    columns ``Y``.
    """

    name: ClassVar[str] = "categorical_cross_entropy"

    def output(self, Z: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """Return ``A = exp(Z) / sum_k exp(Z_k)``, the probability of each class."""
        A = exp_difference(Z, Z.max(axis=0), out=out)
        A /= A.sum(axis=0)
        return A

    def cost(self, Z: np.ndarray, Y: np.ndarray, w: np.ndarray | None = None) -> float:
        """Return the sum of ``w (log sum_k exp(Z_k) - sum_k Y_k Z_k)``."""
        return self.cost_and_dZ(Z.copy(), Y, w)[0]

    def cost_and_dZ(
        self,
        Z: np.ndarray,
        Y: np.ndarray,
        w: np.ndarray | None = None,
        out: np.ndarray | None = None,
        scratch: np.ndarray | None = None,
    ) -> tuple[float, np.ndarray]:
        """Return the cost and ``dZ = (A - Y) w``. ``Z`` is overwritten."""
        row, other = (None, None) if scratch is None else scratch[:2]
        Z -= Z.max(axis=0, out=row)
        A = np.exp(Z, out=out)
        total = A.sum(axis=0, out=row)
        A /= total
        Z *= Y
        loss = np.log(total, out=total)
        # First the sum over the classes: then the weights multiply m numbers only.
        loss -= Z.sum(axis=0, out=other)
        return weighted_sum(loss, w), multiply_weights(np.subtract(A, Y, out=A), w)

    def log_proba(self, Z: np.ndarray) -> np.ndarray:
        """Return ``log A`` of shape ``(n[L], m)``, never -inf."""
        largest = Z.max(axis=0)
        rest = exp_difference(Z, largest)
        # The largest is 1, and left out: beside it a small rest would lose digits.
        np.put_along_axis(rest, Z.argmax(axis=0)[np.newaxis], 0, axis=0)
        log_A: np.ndarray = Z - largest
        log_A -= np.log1p(rest.sum(axis=0))
        return log_A

    def proba(self, Z: np.ndarray) -> np.ndarray:
        """Return ``A`` of shape ``(n[L], m)``."""
        return self.output(Z)


def exp_difference(
    a: np.ndarray, b: np.ndarray, out: np.ndarray | None = None
) -> np.ndarray:
    """Return ``exp(a - b)``, accurate to a few ulp.

    The rounding error of ``a - b`` would be a relative error of the result. It
    is known exactly (Knuth's TwoSum), so the result is corrected by it.

    Parameters
    ----------
    a, b : ndarray
    out : ndarray, default=None
        Where to write; may be ``a``.
    """
    difference = a - b
    back = difference - a
    lost = (a - (difference - back)) - (b + back)
    result: np.ndarray = np.exp(difference, out=out)
    lost += 1
    result *= lost
    return result


def multiply_weights(dZ: np.ndarray, w: np.ndarray | None) -> np.ndarray:
    """Multiply each column of ``dZ`` by its weight, in place; ``w=None`` is ones."""
    if w is not None:
        dZ *= w
    return dZ


@dataclass(frozen=True)
class RegressionLoss:
    """The base class of regression losses; ``A = Z`` unless a subclass differs.

    The losses of several outputs are added.
    """

    name: ClassVar[str]
    lowest: ClassVar[float] = -math.inf
    """The smallest target that the loss takes."""
    takes_any_scale: ClassVar[bool] = True
    """Whether the target may be centred and scaled."""

    def output(self, Z: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """Return ``A``, the prediction."""
        A: np.ndarray = np.positive(Z, out=out)
        return A

    def start(self, mean: np.ndarray) -> np.ndarray:
        """Return initial biases ``b[L]`` of shape (n[L],) for targets of this mean."""
        return np.zeros_like(mean)

    def loss_and_dZ(
        self,
        Z: np.ndarray,
        Y: np.ndarray,
        out: np.ndarray | None = None,
        scratch: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the loss of each entry and ``dZ``. ``Z`` is overwritten."""
        raise NotImplementedError

    def cost(self, Z: np.ndarray, Y: np.ndarray, w: np.ndarray | None = None) -> float:
        """Return the sum of the losses times ``w``."""
        return self.cost_and_dZ(Z.copy(), Y, w)[0]

    def cost_and_dZ(
        self,
        Z: np.ndarray,
        Y: np.ndarray,
        w: np.ndarray | None = None,
        out: np.ndarray | None = None,
        scratch: np.ndarray | None = None,
    ) -> tuple[float, np.ndarray]:
        """Return the cost and ``dZ``, both weighted. ``Z`` is overwritten."""
        loss, dZ = self.loss_and_dZ(Z, Y, out, scratch)
        return weighted_sum(loss, w), multiply_weights(dZ, w)


@dataclass(frozen=True)
class SquaredError(RegressionLoss):
    """``(A - Y)^2 / 2``, whose minimum is the mean.

    Half, so that ``dZ = A - Y`` and the penalty is Ridge's. Outputs add up, so
    for several J is ``n[L] / 2`` times the mean squared error, plus penalty.
    """

    name: ClassVar[str] = "squared_error"

    def loss_and_dZ(
        self,
        Z: np.ndarray,
        Y: np.ndarray,
        out: np.ndarray | None = None,
        scratch: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return ``(A - Y)^2 / 2`` and ``dZ = A - Y``. ``Z`` is overwritten."""
        dZ = np.subtract(Z, Y, out=out)
        loss = np.multiply(dZ, dZ, out=Z)
        loss *= 0.5
        return loss, dZ


@dataclass(frozen=True)
class AbsoluteError(RegressionLoss):
    """``|A - Y|``, whose minimum is the median."""

    name: ClassVar[str] = "absolute_error"

    def loss_and_dZ(
        self,
        Z: np.ndarray,
        Y: np.ndarray,
        out: np.ndarray | None = None,
        scratch: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return ``|A - Y|`` and ``dZ``, its sign. ``Z`` is overwritten."""
        error = np.subtract(Z, Y, out=Z)
        dZ = np.sign(error, out=out)
        return np.abs(error, out=error), dZ


@dataclass(frozen=True)
class Huber(RegressionLoss):
    """``(A - Y)^2 / 2`` up to ``delta``, from there on a straight line.

    Beyond ``delta`` it is ``delta (|A - Y| - delta / 2)``, so an outlier has no
    larger gradient than a row at ``delta``.

    Parameters
    ----------
    delta : float, default=1.35
        Where the line begins, in units of the target as the network sees it:
        its deviations with ``standardize=True``. HuberRegressor has
        ``delta = epsilon * scale_``.
    """

    name: ClassVar[str] = "huber"
    delta: float = 1.35

    def __post_init__(self) -> None:
        check_fields(self, check_real, "delta", **POSITIVE)

    def loss_and_dZ(
        self,
        Z: np.ndarray,
        Y: np.ndarray,
        out: np.ndarray | None = None,
        scratch: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the loss and ``dZ = A - Y`` cut at ``delta``. ``Z`` is overwritten.

        With that dZ the loss is ``dZ (A - Y - dZ / 2)`` on both sides.
        """
        error = np.subtract(Z, Y, out=Z)
        dZ = np.clip(error, -self.delta, self.delta, out=out)
        half = np.multiply(dZ, 0.5, out=scratch)
        error -= half
        error *= dZ
        return error, dZ


@dataclass(frozen=True)
class Pinball(RegressionLoss):
    """``quantile (Y - A)`` from below, ``(1 - quantile) (A - Y)`` from above.

    Its minimum is the quantile of Y. 0.5 is half the absolute error.

    Parameters
    ----------
    quantile : float, default=0.5
        Between 0 and 1, both excluded.
    """

    name: ClassVar[str] = "pinball"
    quantile: float = 0.5

    def __post_init__(self) -> None:
        check_fields(self, check_real, "quantile", **IN_BETWEEN)

    def loss_and_dZ(
        self,
        Z: np.ndarray,
        Y: np.ndarray,
        out: np.ndarray | None = None,
        scratch: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return ``dZ (A - Y)`` and ``dZ``. ``Z`` is overwritten.

        ``dZ`` is ``-quantile`` below Y, ``1 - quantile`` above it, 0 at it.
        """
        error = np.subtract(Z, Y, out=Z)
        dZ = np.sign(error, out=out)
        tilt = np.abs(dZ, out=scratch)
        tilt *= 0.5 - self.quantile
        dZ *= 0.5
        dZ += tilt
        error *= dZ
        return error, dZ


@dataclass(frozen=True)
class Poisson(RegressionLoss):
    """Half the Poisson deviance, ``Y log(Y / A) - Y + A`` with ``A = exp(Z)``.

    For counts and rates: ``Y >= 0``. The logarithm links the network with the
    mean, so that effects multiply, and a target is not centred or scaled. Twice
    the loss is scikit-learn's ``mean_poisson_deviance``.
    """

    name: ClassVar[str] = "poisson"
    lowest: ClassVar[float] = 0.0
    takes_any_scale: ClassVar[bool] = False

    def output(self, Z: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """Return ``A = exp(Z)``, the predicted mean, positive and finite."""
        with np.errstate(over="ignore"):
            A: np.ndarray = np.exp(Z, out=out)
        limits = np.finfo(A.dtype)
        np.clip(A, limits.tiny, limits.max, out=A)
        return A

    def start(self, mean: np.ndarray) -> np.ndarray:
        """Return ``log(mean)``, as training would take long to reach a mean of 1e6.

        It is 0 where the mean is 0.
        """
        return np.log(np.where(mean > 0, mean, 1))

    def loss_and_dZ(
        self,
        Z: np.ndarray,
        Y: np.ndarray,
        out: np.ndarray | None = None,
        scratch: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return ``(A - Y) - Y (Z - log Y)`` and ``dZ = A - Y``. ``Z`` is overwritten.

        The last term is 0 where Y is 0, whatever its logarithm is replaced by.
        """
        dZ = np.exp(Z, out=out)
        dZ -= Y
        log_Y = np.maximum(Y, np.finfo(Z.dtype).tiny, out=scratch)
        np.log(log_Y, out=log_Y)
        Z -= log_Y
        Z *= Y
        return np.subtract(dZ, Z, out=Z), dZ


Loss = BinaryCrossEntropy | CategoricalCrossEntropy | RegressionLoss


REGRESSION_LOSSES: dict[str, RegressionLoss] = {
    loss.name: loss
    for loss in (SquaredError(), AbsoluteError(), Huber(), Pinball(), Poisson())
}
REGRESSION_LOSSES["quantile"] = REGRESSION_LOSSES["pinball"]  # scikit-learn's name


LOSSES: dict[str, Loss] = {
    "binary_cross_entropy": BinaryCrossEntropy(),
    "categorical_cross_entropy": CategoricalCrossEntropy(),
    **REGRESSION_LOSSES,
}


def find_loss(loss: str | Loss) -> Loss:
    """Return the loss of a name; a loss object is returned as it is.

    Parameters
    ----------
    loss : str or loss object

    Raises
    ------
    ValueError
        If no loss has that name.
    """
    if isinstance(loss, Loss):
        return loss
    if not isinstance(loss, str) or loss not in LOSSES:
        raise ValueError(f"loss is {loss!r}, expected one of {list(LOSSES)}.")
    return LOSSES[loss]
