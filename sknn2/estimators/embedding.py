"""The last hidden layer of a fitted network as new columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sknn2.data.input_checks import check_rows
from sknn2.inputs.blocks import forward_rows
from sknn2.inputs.standardization import Standardization
from sknn2.network.network import Network
from sknn2.network.parameters import Parameters


class EmbeddingMixin(ClassNamePrefixFeaturesOutMixin, TransformerMixin):
    """What makes a fitted network a transformer of scikit-learn.

    ``set_output``, and the names that it gives to columns, are scikit-learn's.
    """

    network_: Network
    parameters_: Parameters
    standardization_: Standardization | None

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Return the activations of the last hidden layer, ``A[L-1]``, for each row.

        The network is then an embedding that has seen the target: the output is
        a linear function of these columns, and another estimator can go on from
        them in a pipeline.

        Parameters
        ----------
        X : array-like or sparse of shape (m, n_features)

        Returns
        -------
        ndarray of shape (m, n[L-1])
            In the precision of the parameters, which is that of the X of
            ``fit``. A DataFrame after ``set_output(transform="pandas")``.

        Raises
        ------
        ValueError
            If the network has no hidden layer, or X cannot be used.
        """
        check_is_fitted(self)
        self._check_hidden()
        rows: Any = check_rows(self, X, reset=False)
        A = forward_rows(
            self.network_, self.parameters_, self.standardization_, rows, hidden=True
        )
        return A.T

    def fit_transform(
        self,
        X: ArrayLike,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        **fit_params: Any,
    ) -> np.ndarray:
        """Train on a table, and return the activations of its last hidden layer.

        Parameters
        ----------
        X : array-like or sparse of shape (m, n_features)
        y : array-like of shape (m,) or (m, n_columns)
            What to learn; needed.
        sample_weight : array-like of shape (m,), default=None
        **fit_params : dict
            What else ``fit`` takes.

        Returns
        -------
        ndarray of shape (m, n[L-1])
            The same as from ``fit(X, y, sample_weight).transform(X)``. The
            network has seen these rows: what is trained on their embedding
            looks better on them than it is on new rows.

        Raises
        ------
        ValueError, TypeError
            As ``fit`` and ``transform``.
        """
        fitted: Any = self
        fitted.fit(X, y, sample_weight=sample_weight, **fit_params)
        return self.transform(X)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the columns of ``transform``.

        Parameters
        ----------
        input_features : None
            Not used; scikit-learn's API has it.

        Returns
        -------
        ndarray of shape (n[L-1],)
            ``"shallownnclassifier0"`` and so on.

        Raises
        ------
        ValueError
            If the network has no hidden layer.
        """
        check_is_fitted(self)
        self._check_hidden()
        names: np.ndarray = super().get_feature_names_out(input_features)
        return names

    @property
    def _n_features_out(self) -> int:
        """Columns of ``transform``, where scikit-learn looks for their number."""
        return self.network_.units[-2]

    def _check_hidden(self) -> None:
        """Raise a ValueError where there is no hidden layer."""
        if len(self.network_.units) == 2:
            raise ValueError(
                "transform returns the last hidden layer, and this network has none: "
                "give it one, e.g. by hidden_units=32 or hidden_layer_sizes=(50, 50)."
            )
