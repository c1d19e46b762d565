"""A loss of one's own, from a function of Z and Y."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from sknn2.network.losses import RegressionLoss


@dataclass(frozen=True)
class CustomLoss(RegressionLoss):
    """A loss of regression that a function computes; ``A = Z``.

    Parameters
    ----------
    function : callable
        ``function(Z, Y) -> loss, dZ``: the loss of each entry, and its
        derivative with respect to ``Z``. All four are arrays of the same
        shape; ``Y`` is not to be changed. Take a function that a module
        defines, and no lambda, so that a fitted model can be pickled.

    Raises
    ------
    TypeError
        If ``function`` cannot be called.

    Notes
    -----
    An estimator with ``standardize=True`` hands over targets that are centred
    and scaled, so the loss is in deviations. With several outputs the losses
    add up. `check_gradient` finds out whether ``dZ`` is the derivative.

    A subclass of `RegressionLoss` can do more: another output activation by
    ``output(Z)``, and no allocation in a training step.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn2 import CustomLoss, ShallowNNRegressor, check_gradient
    >>> def log_cosh(Z, Y):
    ...     return np.logaddexp(Z - Y, Y - Z) - np.log(2), np.tanh(Z - Y)
    >>> X = np.random.default_rng(0).standard_normal((50, 3))
    >>> model = ShallowNNRegressor(4, loss=CustomLoss(log_cosh), activation="tanh")
    >>> check_gradient(model, X, X[:, 0] ** 2).ok
    True
    """

    name: ClassVar[str] = "custom"
    function: Callable[[np.ndarray, np.ndarray], tuple[Any, Any]]

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise TypeError(
                f"function is of type {type(self.function).__name__}, expected a "
                "callable function(Z, Y) that returns the loss of each entry and dZ."
            )

    def loss_and_dZ(
        self,
        Z: np.ndarray,
        Y: np.ndarray,
        out: np.ndarray | None = None,
        scratch: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return what the function does, in the precision of Z.

        Raises
        ------
        TypeError, ValueError
            If it does not return two arrays of the shape of Z.
        """
        result = self.function(Z, np.broadcast_to(Y, Z.shape))
        if not isinstance(result, tuple) or len(result) != 2:
            raise TypeError(
                f"{self} returned {type(result).__name__}, expected two arrays: the "
                "loss of each entry, and dZ."
            )
        shapes = [np.shape(array) for array in result]
        if shapes != [Z.shape, Z.shape]:
            raise ValueError(
                f"{self} returned a loss of shape {shapes[0]} and dZ of shape "
                f"{shapes[1]} for Z of shape {Z.shape}: both have one value for each "
                "entry of Z. Sums over the examples are taken later."
            )
        # Weights are multiplied in, so what the function keeps must not be handed on.
        loss, dZ = np.array(result[0], Z.dtype), np.asarray(result[1], Z.dtype)
        if out is not None:
            out[:] = dZ
            return loss, out
        return loss, dZ.copy()
