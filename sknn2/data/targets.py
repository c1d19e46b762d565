"""The interface between the targets of an estimator and the network."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import numpy.typing as npt

from sknn2.inputs.standardization import Standardization
from sknn2.network.losses import Loss


class Targets(ABC):
    """Convert targets to ``Y``, and outputs of the network to predictions.

    Attributes
    ----------
    n_outputs : int
        ``n[L]``.
    loss : Loss
        The loss that training minimises.
    is_binary : bool
        Whether ``Y`` holds only 0 and 1.
    attributes : dict
        Fitted attributes of the estimator.
    start : float or ndarray of shape (n[L],)
        Initial biases ``b[L]``.
    standardization : Standardization or None
        Of the target itself, a column for each output.
    """

    is_binary = True

    @property
    def start(self) -> Any:
        """Biases b[L] to start from: a number or ndarray of shape (n[L],)."""
        return 0.0

    @property
    def standardization(self) -> Standardization | None:
        """Statistics of the target, where the network sees it scaled."""
        return None

    @property
    @abstractmethod
    def n_outputs(self) -> int: ...

    @property
    @abstractmethod
    def loss(self) -> Loss: ...

    @property
    @abstractmethod
    def attributes(self) -> dict[str, Any]: ...

    @abstractmethod
    def auto_alpha(self, n_features: int) -> float:
        """Return the value of ``alpha="auto"``."""

    @abstractmethod
    def encode(self, y: np.ndarray, name: str = "y") -> np.ndarray:
        """Check targets and return them as numbers, a row for each row of X.

        Parameters
        ----------
        y : ndarray of shape (m,) or (m, n_columns)
        name : str, default="y"
            What to call it in a message.

        Returns
        -------
        ndarray of shape (m,) or (m, n_outputs)

        Raises
        ------
        ValueError
            If they are not of the kind that was fitted.
        """

    @abstractmethod
    def readable(self, Z: np.ndarray) -> np.ndarray:
        """Return probabilities or numbers in the units of y, a row for each row of X.

        Parameters
        ----------
        Z : ndarray of shape (n[L], m)
        """

    @abstractmethod
    def to_Y(self, encoded: np.ndarray, dtype: npt.DTypeLike) -> np.ndarray:
        """Return the targets of the equations.

        Parameters
        ----------
        encoded : ndarray
            From `encode`.
        dtype : dtype

        Returns
        -------
        ndarray of shape (n[L], m)
        """

    def weights(
        self, class_weight: Any, encoded: np.ndarray, w: np.ndarray | None
    ) -> np.ndarray | None:
        """Return a factor for each class, or None where there is none."""
        return None

    def strata(self, encoded: np.ndarray) -> np.ndarray | None:
        """Return the stratum of each row, int of shape (m,), for held-out rows.

        None where the held-out part is not stratified.
        """
        return None

    def with_statistics(
        self,
        encoded: np.ndarray,
        w: np.ndarray | None,
        weight_scale: float,
        *,
        merge: bool,
    ) -> "Targets":
        """Return targets with the statistics of these rows.

        Parameters
        ----------
        encoded : ndarray
            From `encode`.
        w : ndarray of shape (m,) or None
        weight_scale : float
            What the weights were divided by.
        merge : bool
            Whether to combine them with the statistics so far.
        """
        return self

    def merge(self, other: Any) -> "Targets":
        """Return targets with the statistics of the rows behind both."""
        return self

    def uncounted(self) -> "Targets":
        """Return targets whose statistics the next rows replace."""
        return self

    def carry(
        self, W: np.ndarray, b: np.ndarray, new: "Targets"
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return W[L] and b[L] for further training with the statistics of ``new``.

        They stay unchanged, except for counts that were constant so far.
        """
        return W, b

    def fold_into(self, W: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return W[L] and b[L] whose Z[L] is on the scale of the original target."""
        return W, b

    def needs_double(self, encoded: np.ndarray) -> bool:
        """Return whether the targets are too large for a training in float32."""
        return False

    def largest_unscaled(self, encoded: np.ndarray) -> float:
        """Return the largest absolute value of targets that are not scaled."""
        return 0.0
