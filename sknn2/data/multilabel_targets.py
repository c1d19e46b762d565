"""Several labels of each row as targets of a network."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from sknn2.checks import check_integer, shorten
from sknn2.data.class_targets import class_alpha
from sknn2.data.targets import Targets
from sknn2.network.losses import BinaryCrossEntropy


@dataclass(frozen=True)
class MultilabelTargets(Targets):
    """Several labels for each row.

    Parameters
    ----------
    n_labels : int
    """

    n_labels: int

    def __post_init__(self) -> None:
        check_integer("n_labels", self.n_labels, low=1)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.n_labels,)

    @classmethod
    def of(cls, y: np.ndarray) -> Self:
        """Take the labels from the columns of ``y``."""
        targets = cls(y.shape[1])
        targets.encode(y)
        return targets

    @property
    def n_outputs(self) -> int:
        """``n[L]``: a sigmoid unit for each label."""
        return self.n_labels

    @property
    def loss(self) -> BinaryCrossEntropy:
        """Binary cross-entropy, summed over the labels."""
        return BinaryCrossEntropy()

    @property
    def classes(self) -> np.ndarray:
        """The indices of the columns, as in MLPClassifier."""
        return np.arange(self.n_labels)

    @property
    def attributes(self) -> dict[str, Any]:
        """Fitted attributes, as a dict."""
        return {"classes_": self.classes}

    def auto_alpha(self, n_features: int) -> float:
        """Return the value of two classes, because each label is 0 or 1."""
        return class_alpha(n_features, 2)

    def encode(self, y: np.ndarray, name: str = "y") -> np.ndarray:
        """Return the matrix of 0 and 1 as bool, of shape (m, n_labels).

        Raises
        ------
        ValueError
            If it holds something else, or has other columns.
        """
        if y.ndim != 2 or y.shape[1] != self.n_labels:
            raise ValueError(
                f"{name} has shape {y.shape}, but the fit had a column for each of "
                f"{self.n_labels} labels."
            )
        is_one = y == 1
        if not np.all(is_one | (y == 0)):
            other = y[~(is_one | (y == 0))].tolist()[0]
            raise ValueError(
                f"{name} has {self.n_labels} columns and holds {other!r}: several "
                "labels of a row are given as a matrix of 0 and 1, one column for each "
                "label. For columns of more classes each, take a MultiOutputClassifier."
            )
        encoded: np.ndarray = np.asarray(is_one, bool)
        return encoded

    def to_Y(self, encoded: np.ndarray, dtype: npt.DTypeLike) -> np.ndarray:
        """Return 0 and 1 of shape (n[L], m), a row for each label."""
        return encoded.T.astype(dtype)

    def weights(
        self, class_weight: Any, encoded: np.ndarray, w: np.ndarray | None
    ) -> None:
        """Raise an error for class weights."""
        if class_weight is not None:
            raise ValueError(
                f"class_weight={shorten(class_weight)} is not supported for several "
                "labels, where one row has a weight and many classes: give "
                "sample_weight, or fit one classifier for each label by a "
                "MultiOutputClassifier."
            )

    def labels(self, Z: np.ndarray) -> np.ndarray:
        """Return 0 and 1 of shape (m, n_labels)."""
        return np.ascontiguousarray((Z > 0).T).astype(np.intp)

    def proba(self, Z: np.ndarray) -> np.ndarray:
        """Return the probability of each label, of shape (m, n_labels)."""
        return np.ascontiguousarray(self.loss.output(Z).T)

    readable = proba

    def log_proba(self, Z: np.ndarray) -> np.ndarray:
        """Return their logarithms, of shape (m, n_labels)."""
        # The other half is for the absence of the labels.
        return np.ascontiguousarray(self.loss.log_proba(Z)[self.n_labels :].T)

    def decision(self, Z: np.ndarray) -> np.ndarray:
        """Return the logits, of shape (m, n_labels)."""
        return np.ascontiguousarray(Z.T)
