"""Classifiers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin

from sknn2.data.argument_checks import Arguments
from sknn2.data.class_targets import ClassTargets
from sknn2.data.labels import label_key, read_targets, readable
from sknn2.data.multilabel_targets import MultilabelTargets
from sknn2.estimators.base import FittedNetwork, NeuralNetwork, if_first_order
from sknn2.estimators.docstrings import complete_docstring
from sknn2.fitting.callbacks import with_callbacks
from sknn2.names import (
    Balanced,
)


class FittedClassifier(ClassifierMixin, FittedNetwork):
    """Predictions of the classifiers; not an estimator itself."""

    classes_: np.ndarray
    _targets: ClassTargets | MultilabelTargets

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the most probable label of each row, or several labels.

        Parameters
        ----------
        X : array-like or sparse of shape (m, n_features)

        Returns
        -------
        ndarray of shape (m,) or (m, n_labels)
            Labels as in ``y``. With several labels 1 where the probability is
            more than 1/2.
        """
        parts = [self._targets.labels(Z) for Z in self._logits_in_parts(X)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Return the probability of each class for each row.

        Parameters
        ----------
        X : array-like or sparse of shape (m, n_features)

        Returns
        -------
        ndarray of shape (m, n_classes) or (m, n_labels)
            Columns in the order of ``classes_``; rows sum to 1. With several
            labels the marginal probability of each.
        """
        Z = self._logits(X)
        return self._targets.proba(Z)

    def predict_log_proba(self, X: ArrayLike) -> np.ndarray:
        """Return the logarithms of the probabilities, computed from the logits.

        Parameters
        ----------
        X : array-like or sparse of shape (m, n_features)

        Returns
        -------
        ndarray of shape (m, n_classes) or (m, n_labels)
            Never -inf, where ``log(predict_proba(X))`` would be.
        """
        Z = self._logits(X)
        return self._targets.log_proba(Z)

    def decision_function(self, X: ArrayLike) -> np.ndarray:
        """Return the logits ``Z[L]``.

        Parameters
        ----------
        X : array-like or sparse of shape (m, n_features)

        Returns
        -------
        ndarray of shape (m,), (m, n_classes) or (m, n_labels)
            For two classes the log odds of ``classes_[1]``; for more one
            column for each class, equal to the log probability up to a
            constant in each row. With several labels the log odds of each.
        """
        Z = self._logits(X)
        return self._targets.decision(Z)


@dataclass(eq=False, repr=False)
class Classifier(FittedClassifier, NeuralNetwork):
    """Base class of the classifiers with one net; not an estimator itself.

    Parameters
    ----------
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, times the sample weights. A dict maps labels to
        weights; labels that are not in it have weight 1. ``"balanced"`` gives
        each class the same sum of weights; it is an error in ``partial_fit``,
        which does not see all rows. With several labels every class_weight is
        an error, because a row has one weight and several classes.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,) or (n_labels,)
        The labels, sorted. With several labels the indices of their columns.
    """

    _: KW_ONLY
    class_weight: Mapping[Any, float] | Balanced | None = None

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's tags: several labels are accepted."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    @if_first_order
    @with_callbacks
    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Train for one epoch on some rows, from the present parameters.

        The statistics of ``standardize`` are updated with the rows, and the
        weights stay as they are, as after ``StandardScaler.partial_fit``.

        Parameters
        ----------
        X : array-like or sparse of shape (m, n_features)
        y : array-like of shape (m,) or (m, n_labels)
            Not every class has to be in it.
        classes : array-like of shape (n_classes,) or (n_labels,), default=None
            The labels of all parts; required in the first call. With several
            labels the indices of their columns, ``np.arange(n_labels)``.
        sample_weight : array-like of shape (m,), default=None

        Returns
        -------
        self : estimator

        Raises
        ------
        ValueError, TypeError
            As in ``fit``, and for ``class_weight="balanced"``,
            ``early_stopping=True`` and a cosine schedule, which need all rows.
            The model is then unchanged. With ``solver="lbfgs"`` there is no
            ``partial_fit``.
        """
        self._check_partial_fit(classes)
        return self._train(X, y, sample_weight, one_pass=True, classes=classes)

    def _learn_targets(
        self, y: np.ndarray, classes: Any, resume: bool
    ) -> ClassTargets | MultilabelTargets:
        if classes is not None:
            labels = read_targets(classes, "classes")
            classes = ClassTargets.of(labels, "classes").classes
        targets: ClassTargets | MultilabelTargets
        if resume:
            targets = self._targets
        elif y.ndim == 2:
            targets = MultilabelTargets.of(y)
        else:
            targets = ClassTargets.of(y if classes is None else classes)
        if classes is None:
            return targets
        given, learnt = map(list, (classes, targets.classes))
        if set(map(label_key, given)) == set(map(label_key, learnt)):
            return targets
        known = [readable(label) for label in learnt]
        named = [readable(label) for label in given]
        if resume:
            raise ValueError(
                f"classes={named} differ from those of the fit, {known}: "
                "leave classes out, or start afresh."
            )
        raise ValueError(
            f"classes={named} are not the columns of y, which has "
            f"{targets.n_outputs}: give classes=np.arange({targets.n_outputs})."
        )

    def _check_partial_fit(self, classes: ArrayLike | None) -> None:
        """Raise a ValueError for what one chunk of rows cannot serve."""
        if classes is None and not self.__sklearn_is_fitted__():
            raise ValueError(
                "classes must be passed on the first call to partial_fit: later calls "
                "may bring labels that this one does not have."
            )
        if isinstance(self.class_weight, str):
            raise ValueError(
                f"class_weight={self.class_weight!r} is not supported for partial_fit, "
                "which sees one chunk of the rows: give the weights as a dict, e.g. "
                "from sklearn.utils.class_weight.compute_class_weight on all labels."
            )
        self._refuse_holding_out()


@complete_docstring
@dataclass(eq=False, repr=False)
class ShallowNNClassifier(Classifier):
    """Classifier with one hidden layer, trained by hand-written backpropagation.

    The output is one sigmoid unit for two classes, a softmax unit for each of
    more classes, or a sigmoid unit for each of several labels, given as a
    matrix of 0 and 1. Training minimises the weighted mean cross-entropy plus a
    penalty,

    ``J = (sum_i w_i loss_i + alpha/2 * sum_l ||W[l]||^2) / S``,

    with ``w_i`` the sample weight times the class weight of row i and ``S``
    their sum over the rows of this ``fit`` (or ``partial_fit``). The losses of
    several labels are summed.

    Parameters
    ----------
    hidden_units : int, default=100
        Units of the hidden layer, ``n[1]``. 0 leaves it out: logistic
        regression.

    See Also
    --------
    sknn2.DeepNNClassifier : More hidden layers.
    sknn2.ShallowNNRegressor : The same for numbers.
    sknn2.Network : The equations, without an estimator.
    sknn2.check_gradient : See that the gradient is right.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.model_selection import train_test_split
    >>> from sknn2 import ShallowNNClassifier
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    >>> model = ShallowNNClassifier(random_state=0).fit(X_train, y_train)
    >>> bool(model.score(X_test, y_test) > 0.95)
    True
    >>> model.predict_proba(X_test[:2]).shape
    (2, 2)
    """

    hidden_units: int = 100

    def _hidden_layers(self) -> tuple[int, ...]:
        return Arguments(self).units("hidden_units")


@complete_docstring
@dataclass(eq=False, repr=False)
class DeepNNClassifier(Classifier):
    """Classifier with any number of hidden layers.

    The same as `ShallowNNClassifier` except for the layers: the same outputs,
    the same cost

    ``J = (sum_i w_i loss_i + alpha/2 * sum_l ||W[l]||^2) / S``

    and, with one hidden layer, the same numbers from the same seed.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(50, 50)
        Units of each hidden layer, ``(n[1], ..., n[L-1])``, from the inputs to
        the output. An int is one layer; ``()`` or 0 leaves them out: logistic
        regression.

    See Also
    --------
    sknn2.ShallowNNClassifier : One hidden layer; try it first.
    sknn2.DeepNNRegressor : The same for numbers.
    sknn2.Network : The equations, without an estimator.

    Examples
    --------
    >>> from sklearn.datasets import make_moons
    >>> from sknn2 import DeepNNClassifier
    >>> X, y = make_moons(400, noise=0.2, random_state=0)
    >>> model = DeepNNClassifier((20, 20), random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.9)
    True
    >>> model.network_.units
    (2, 20, 20, 1)
    """

    hidden_layer_sizes: int | Sequence[int] = (50, 50)

    def _hidden_layers(self) -> tuple[int, ...]:
        return Arguments(self).sizes("hidden_layer_sizes")
