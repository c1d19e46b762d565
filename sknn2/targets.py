"""What the targets of an estimator mean to the network."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.preprocessing import LabelEncoder
from sklearn.utils.multiclass import check_classification_targets

from sknn2.checks import NOT_NEGATIVE, check_real


@dataclass(frozen=True)
class ClassTargets:
    """One label of a fixed set for each row.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        The labels, sorted.
    """

    classes: np.ndarray

    @classmethod
    def of(cls, y: np.ndarray) -> Self:
        """Take the classes from labels.

        Raises
        ------
        ValueError
            If ``y`` is not made of class labels, or holds fewer than two.
        """
        check_classification_targets(y)
        classes = LabelEncoder().fit(y).classes_
        if classes.size < 2:
            raise ValueError(
                f"y holds one class only, {classes.tolist()[0]!r} (rows of weight zero "
                "do not count): a classifier needs at least two."
            )
        return cls(classes)

    @property
    def n_outputs(self) -> int:
        """``n[L]``: one sigmoid unit for two classes, a softmax unit each for more."""
        return 1 if self.classes.size == 2 else self.classes.size

    @property
    def attributes(self) -> dict[str, Any]:
        """Fitted attributes, as a dict."""
        return {"classes_": self.classes}

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
        check_classification_targets(y)
        encoder = LabelEncoder()
        encoder.classes_ = self.classes
        try:
            codes: np.ndarray = encoder.transform(y)
            return codes
        except (ValueError, TypeError) as error:
            unknown = sorted(set(y.tolist()) - set(self.classes.tolist()), key=repr)
            raise ValueError(
                f"{name} holds labels that are not among the classes: {unknown}. The "
                f"classes are {self.classes.tolist()}; all of them have to be in the "
                "first fit, or in classes= of the first partial_fit."
            ) from error

    def Y(self, codes: np.ndarray, dtype: npt.DTypeLike) -> np.ndarray:
        """Return the targets of the equations.

        Parameters
        ----------
        codes : ndarray of shape (m,)
            From `encode`.
        dtype : dtype

        Returns
        -------
        ndarray of shape (n[L], m)
            A row of 0 and 1 for two classes, one-hot columns for more.
        """
        if self.n_outputs == 1:
            return codes[np.newaxis].astype(dtype)
        one_hot = codes == np.arange(self.n_outputs)[:, np.newaxis]
        Y: np.ndarray = one_hot.astype(dtype)
        return Y

    def weights(
        self,
        class_weight: dict[Any, float] | str | None,
        codes: np.ndarray,
        w: np.ndarray | None,
    ) -> np.ndarray | None:
        """Return a factor for each class.

        Parameters
        ----------
        class_weight : dict, "balanced" or None
        codes : ndarray of shape (m,)
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
            if w is not None:
                w = w / w.max()
            counts = np.bincount(codes, w, minlength=self.classes.size)
            # A class without rows, as in a warm start on part of the data, has no say.
            present = counts > 0
            balanced = counts.sum() / (self.classes.size * np.where(present, counts, 1))
            return np.where(present, balanced, 0)
        if not isinstance(class_weight, dict):
            raise (ValueError if isinstance(class_weight, str) else TypeError)(
                "The 'class_weight' parameter must be None, 'balanced' or a dict from "
                f"label to weight. Got {class_weight!r} instead."
            )
        for label, value in class_weight.items():
            check_real(f"The class_weight of {label!r}", value, **NOT_NEGATIVE)
        labels = self.classes.tolist()
        # A fold may lack a class, so labels may be left over where all are named.
        unknown = [
            label
            for label, value in class_weight.items()
            if value > 0 and label not in labels
        ]
        if unknown and not all(label in class_weight for label in labels):
            raise ValueError(
                f"The 'class_weight' parameter has labels that y lacks: {unknown}. "
                f"The classes are {labels}."
            )
        return np.array([class_weight.get(label, 1.0) for label in labels], float)
