"""Losses. Each owns the output activation that belongs to it.

Every loss is computed from ``Z[L]``, never from a probability that could have
been rounded to 0 or 1: there is no epsilon and no infinity. With its own
output activation each loss has the same first step back, ``dZ[L] = A[L] - Y``.

Shapes: ``Z``, ``A``, ``Y`` are ``(n[L], m)``, the weights ``w`` are ``(m,)``.
Costs are sums over the examples, ``sum_i w_i loss_i``, not means. Where ``out``
and ``scratch`` are taken they have the shape of ``Z``; ``dZ`` goes to ``out``.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sknn2.activations import sigmoid_forward


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
    """``-(Y log A + (1 - Y) log(1 - A))`` with ``A = sigmoid(Z)``, ``n[L] = 1``.

    In terms of ``Z`` it is ``log(1 + exp(Z)) - Y Z``.
    """

    name: ClassVar[str] = "binary_cross_entropy"

    def output(self, Z: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """Return ``A = sigmoid(Z)``, the probability of class 1."""
        return sigmoid_forward(Z, out=out)

    def cost(self, Z: np.ndarray, Y: np.ndarray, w: np.ndarray | None = None) -> float:
        """Return the sum over examples of ``w (log(1 + exp(Z)) - Y Z)``."""
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

        One transcendental and one logarithm of a number from 1/2 to 1 serve
        both. With ``R``, 1 where ``Z > 0``, else 0, ``log(1 + exp(Z)) - Y Z``
        is ``(R - Y) Z - log(max(A, 1 - A))``: the first part is 0 where R is
        right, and ``max(A, 1 - A) = 1/2 + |A - 1/2|``.
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
        """Return ``dA[L] = -(Y/A - (1-Y)/(1-A))``, where the course starts.

        Multiplied by ``sigmoid'(Z) = A (1 - A)`` it is ``A - Y``. Training
        takes that directly: this form divides by zero where ``A`` has been
        rounded to 0 or 1.
        """
        dA: np.ndarray = -(Y / A - (1 - Y) / (1 - A))
        return dA

    def log_proba(self, Z: np.ndarray) -> np.ndarray:
        """Return ``(log(1 - A), log A)`` of shape ``(2, m)``, never -inf."""
        log_A: np.ndarray = -np.logaddexp(0, np.concatenate([Z, -Z]))
        return log_A

    def proba(self, Z: np.ndarray) -> np.ndarray:
        """Return ``(1 - A, A)`` of shape ``(2, m)``, both without cancellation."""
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
        A: np.ndarray = np.subtract(Z, Z.max(axis=0), out=out)
        np.exp(A, out=A)
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
        row = None if scratch is None else scratch[0]
        Z -= Z.max(axis=0, out=row)
        A = np.exp(Z, out=out)
        total = A.sum(axis=0, out=row)
        A /= total
        Z *= Y
        cost = weighted_sum(np.log(total, out=total), w) - weighted_sum(Z, w)
        return cost, multiply_weights(np.subtract(A, Y, out=A), w)

    def log_proba(self, Z: np.ndarray) -> np.ndarray:
        """Return ``log A`` of shape ``(n[L], m)``, never -inf."""
        log_A: np.ndarray = Z - Z.max(axis=0)
        log_A -= np.log(np.exp(log_A).sum(axis=0))
        return log_A

    def proba(self, Z: np.ndarray) -> np.ndarray:
        """Return ``A`` of shape ``(n[L], m)``."""
        return self.output(Z)


def multiply_weights(dZ: np.ndarray, w: np.ndarray | None) -> np.ndarray:
    """Multiply each column of ``dZ`` by its weight, in place; ``w=None`` is ones."""
    if w is not None:
        dZ *= w
    return dZ


Loss = BinaryCrossEntropy | CategoricalCrossEntropy

LOSSES: dict[str, Loss] = {
    loss.name: loss for loss in (BinaryCrossEntropy(), CategoricalCrossEntropy())
}
