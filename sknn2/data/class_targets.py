"""Class labels as targets of a network."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.utils.multiclass import check_classification_targets

from sknn2.checks import NOT_NEGATIVE, check_real, got
from sknn2.data.labels import (
    encode_labels,
    find_classes,
    is_missing_value,
    label_key,
    readable,
)
from sknn2.data.targets import Targets
from sknn2.network.losses import BinaryCrossEntropy, CategoricalCrossEntropy


@dataclass(frozen=True)
class ClassTargets(Targets):
    """One label of a fixed set for each row.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        The labels, sorted.
    """

    classes: np.ndarray

    def __post_init__(self) -> None:
        if np.ndim(self.classes) != 1:
            raise TypeError(
                f"classes is {self.classes!r}, expected an array of labels."
            )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.classes,)

    @classmethod
    def of(cls, y: np.ndarray, name: str = "y") -> Self:
        """Take the classes from labels, or from ``classes=``.

        Raises
        ------
        ValueError
            If ``y`` is not made of class labels, or holds fewer than two.
        """
        classes = find_classes(y, name)
        check_classification_targets(y)
        if classes.size < 2:
            only = readable(classes[0])
            raise ValueError(
                f"{name} holds one class only, {only!r} (rows of weight zero "
                "do not count): a classifier needs at least two."
            )
        return cls(classes)

    @property
    def n_outputs(self) -> int:
        """``n[L]``: one sigmoid unit for two classes, a softmax unit each for more."""
        return 1 if self.classes.size == 2 else self.classes.size

    @property
    def loss(self) -> BinaryCrossEntropy | CategoricalCrossEntropy:
        """Binary cross-entropy for two classes, categorical cross-entropy for more."""
        return (
            BinaryCrossEntropy() if self.n_outputs == 1 else CategoricalCrossEntropy()
        )

    @property
    def attributes(self) -> dict[str, Any]:
        """Fitted attributes, as a dict."""
        return {"classes_": self.classes}

    def auto_alpha(self, n_features: int) -> float:
        """Return the columns over twice the classes, within limits."""
        return class_alpha(n_features, self.classes.size)

    def encode(self, y: np.ndarray, name: str = "y") -> np.ndarray:
        """Return the index of each label among the classes.

        Parameters
        ----------
        y : ndarray of shape (m,)
        name : str, default="y"
            What to call it in a message.

        Returns
        -------
        ndarray of shape (m,)
            int.

        Raises
        ------
        ValueError
            If a label is not one of the classes.
        """
        if y.ndim == 2:
            raise ValueError(
                f"{name} has shape {y.shape}, but the fit had one label for each row."
            )
        return encode_labels(y, self.classes, name)

    def to_Y(self, encoded: np.ndarray, dtype: npt.DTypeLike) -> np.ndarray:
        """Return the targets of the equations.

        Parameters
        ----------
        encoded : ndarray of shape (m,)
            From `encode`.
        dtype : dtype

        Returns
        -------
        ndarray of shape (n[L], m)
            A row of 0 and 1 for two classes, one-hot columns for more.
        """
        if self.n_outputs == 1:
            return encoded[np.newaxis].astype(dtype)
        Y = np.zeros((self.n_outputs, encoded.size), dtype)
        Y[encoded, np.arange(encoded.size)] = 1
        return Y

    def strata(self, encoded: np.ndarray) -> np.ndarray:
        """Return the class indices."""
        return encoded

    def labels(self, Z: np.ndarray) -> np.ndarray:
        """Return the most probable label of each example, of shape (m,)."""
        codes = (Z[0] > 0).astype(np.intp) if Z.shape[0] == 1 else Z.argmax(axis=0)
        labels: np.ndarray = self.classes[codes]
        return labels

    def proba(self, Z: np.ndarray) -> np.ndarray:
        """Return the probabilities of the classes, of shape (m, n_classes)."""
        return np.ascontiguousarray(self.loss.proba(Z).T)

    readable = proba

    def log_proba(self, Z: np.ndarray) -> np.ndarray:
        """Return their logarithms, of shape (m, n_classes)."""
        return np.ascontiguousarray(self.loss.log_proba(Z).T)

    def decision(self, Z: np.ndarray) -> np.ndarray:
        """Return the logits, of shape (m,) for two classes, else (m, n_classes)."""
        return Z[0] if Z.shape[0] == 1 else np.ascontiguousarray(Z.T)

    def weights(
        self,
        class_weight: dict[Any, float] | str | None,
        encoded: np.ndarray,
        w: np.ndarray | None,
    ) -> np.ndarray | None:
        """Return a factor for each class.

        Parameters
        ----------
        class_weight : dict, "balanced" or None
        encoded : ndarray of shape (m,)
            From `encode`.
        w : ndarray of shape (m,) or None
            Sample weights. ``"balanced"`` counts rows by them:
            ``S / (n_classes * weight of the class)``.

        Returns
        -------
        ndarray of shape (n_classes,) or None

        Raises
        ------
        TypeError, ValueError
            If it is something else, or holds a factor that is not a finite
            number of at least 0.
        """
        if class_weight is None:
            return None
        if isinstance(class_weight, str) and class_weight == "balanced":
            return balanced_weights(encoded, w, self.classes.size)
        if not isinstance(class_weight, dict):
            raise (ValueError if isinstance(class_weight, str) else TypeError)(
                "The 'class_weight' parameter must be None, 'balanced' or a dict from "
                f"label to weight. {got(class_weight)}"
            )
        for label, value in class_weight.items():
            check_real(f"The class_weight of {label!r}", value, **NOT_NEGATIVE)
            if is_missing_value(label):
                raise ValueError(
                    f"The 'class_weight' parameter has the label {label!r}, a missing "
                    "value: give weights of labels that y holds."
                )
        factors = {label_key(label): value for label, value in class_weight.items()}
        keys = [label_key(label) for label in self.classes]
        known = set(keys)
        # A fold may lack a class, so labels may be left over where all are named.
        unknown = [
            readable(label)
            for label, value in class_weight.items()
            if value > 0 and label_key(label) not in known
        ]
        if unknown and not all(key in factors for key in keys):
            raise ValueError(
                f"The 'class_weight' parameter has labels that y lacks: {unknown}. "
                f"The classes are {[readable(label) for label in self.classes]}."
            )
        return np.array([factors.get(key, 1.0) for key in keys], float)


def balanced_weights(
    codes: np.ndarray, w: np.ndarray | None, n_classes: int
) -> np.ndarray:
    """Return ``S / (n_classes * weight of the class)`` for each class.

    A class without rows, as in a warm start on part of the data, is ignored.

    Parameters
    ----------
    codes : ndarray of shape (m,)
        Class of each row.
    w : ndarray of shape (m,) or None
        Positive.
    n_classes : int

    Returns
    -------
    ndarray of shape (n_classes,)
        Finite, and positive for each class that has rows: where the classes
        are so unlike that the largest factor would overflow, all are less by
        the same power of two.
    """
    present = np.bincount(codes, minlength=n_classes) > 0
    power = np.zeros(n_classes, int)
    if w is not None:
        # Each class is divided by its own largest weight: a class of tiny weights is
        # not empty.
        largest = np.zeros(n_classes)
        np.maximum.at(largest, codes, w)
        power = np.frexp(largest)[1]
        w = np.ldexp(w, -power[codes])
    sums = np.where(present, np.bincount(codes, w, minlength=n_classes), 1)
    top = power[present].max()
    total = np.ldexp(sums, power - top)[present].sum()
    exponent = top - power[present]
    exponent -= max(exponent.max() - 980, 0)
    balanced = np.zeros(n_classes)
    balanced[present] = np.ldexp(total / (n_classes * sums[present]), exponent)
    return np.where(present, np.maximum(balanced, np.finfo(np.float64).tiny), 0)


ALPHA = 3.0, 30.0
"""Limits of ``alpha="auto"`` for classes."""


def class_alpha(n_features: int, n_classes: int) -> float:
    """Return the columns over twice the classes, within limits."""
    return min(max(n_features / (2 * n_classes), ALPHA[0]), ALPHA[1])
