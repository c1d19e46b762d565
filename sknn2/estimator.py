"""What the estimators share: their arguments' life, and prediction.

scikit-learn's side of the package. Here rows are examples, as scikit-learn has
them; ``X.T`` is the ``X`` of the equations.
"""

from abc import abstractmethod
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from sknn2.callbacks import CallbackSupportMixin
from sknn2.data import check_rows
from sknn2.fitting import Fit, output_Z
from sknn2.network import Network
from sknn2.parameters import Parameters
from sknn2.standardization import Standardization
from sknn2.targets import ClassTargets


class NeuralNetwork(CallbackSupportMixin, BaseEstimator):
    """The machinery behind the estimators; not an estimator of its own.

    A subclass says which hidden layers it has, what its targets mean and what
    weight a class has.
    """

    network_: Network
    parameters_: Parameters
    standardization_: Standardization | None
    n_features_in_: int
    feature_names_in_: np.ndarray
    n_iter_: int
    loss_curve_: np.ndarray
    loss_: float | None
    alpha_: float
    validation_loss_curve_: np.ndarray | None
    validation_scores_: np.ndarray | None
    best_iteration_: int | None

    @abstractmethod
    def _hidden_layers(self) -> tuple[int, ...]:
        """Return ``(n[1], ..., n[L-1])`` after checking the argument behind it."""

    @abstractmethod
    def _learn_targets(self, y: np.ndarray, classes: Any, resume: bool) -> ClassTargets:
        """Return what the targets mean, e.g. `ClassTargets`, learnt or known."""

    @abstractmethod
    def _class_weights(
        self, targets: ClassTargets, codes: np.ndarray, sample_weight: np.ndarray | None
    ) -> np.ndarray | None:
        """Return a factor for each class, or None."""

    def __sklearn_tags__(self) -> Any:
        """Return what scikit-learn should know: sparse X is welcome."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        """Return whether there are parameters to predict with."""
        return hasattr(self, "parameters_")

    @property
    def coefs_(self) -> list[np.ndarray]:
        """Weights as scikit-learn has them, acting on X as it is.

        ``coefs_[l]`` is of shape ``(n[l], n[l+1])``. The standardisation is
        folded into the first, in float64, where a large mean loses no digits.
        """
        return [W.T for W, _ in self._layers_on_raw()]

    @property
    def intercepts_(self) -> list[np.ndarray]:
        """Biases as scikit-learn has them: ``intercepts_[l]`` is ``(n[l+1],)``."""
        return [b.ravel() for _, b in self._layers_on_raw()]

    def _layers_on_raw(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return ``[(W[1], b[1]), ...]`` with the standardisation in the first."""
        layers = list(zip(self.parameters_.W[1:], self.parameters_.b[1:], strict=True))
        if self.standardization_ is not None:
            layers[0] = self.standardization_.on_raw(*layers[0])
        return layers

    def _logits(self, X: Any) -> np.ndarray:
        """Return ``Z[L]`` of shape ``(n[L], m)`` for rows ``X``."""
        check_is_fitted(self)
        X = check_rows(self, X, reset=False)
        return output_Z(self.network_, self.parameters_, self.standardization_, X)

    def _train(
        self,
        X: npt.ArrayLike,
        y: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None,
        validation: Any = None,
        *,
        one_pass: bool,
        classes: npt.ArrayLike | None = None,
    ) -> Self:
        """Run one ``fit`` or ``partial_fit``, from arguments to attributes.

        Nothing of the estimator changes before training is over, so a resumed
        call that raises leaves the model as it was. Ctrl-C keeps the last
        whole epoch.

        Parameters
        ----------
        X, y, sample_weight
            As the user gave them.
        validation : tuple of (X_val, y_val, sample_weight_val), default=None
        one_pass : bool
            True for ``partial_fit``: one epoch that goes on from what there is.
        classes : array-like, default=None
            Of ``partial_fit``.

        Returns
        -------
        self
        """
        fit = Fit(self, one_pass)
        fit.read(X, y, sample_weight, classes)
        if not one_pass:
            fit.read_validation(*validation)
        fit.start()
        fit.plan()
        fit.watch(X, y, sample_weight)
        try:
            outcome = fit.run()
        except KeyboardInterrupt:
            fit.commit()
            raise
        fit.commit(outcome)
        fit.warn(outcome)
        return self
