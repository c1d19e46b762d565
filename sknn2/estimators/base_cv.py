"""Base class of the estimators that choose their penalty."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping

from sknn2.data.targets import Targets
from sknn2.estimators.base import FittedNetwork
from sknn2.fitting.callbacks import CallbackSupportMixin, with_callbacks
from sknn2.fitting.fit_cv import FitCV
from sknn2.inputs.blas_threads import one_blas_thread
from sknn2.names import ActivationName, Auto
from sknn2.network.activations import Activation


@dataclass(eq=False, repr=False)
class NetworkCV(CallbackSupportMixin, FittedNetwork):
    """Nets that choose their penalty and are averaged; not an estimator itself."""

    alphas_: np.ndarray = field(init=False)
    oof_losses_: np.ndarray = field(init=False)
    hidden_units: int = 32
    _: KW_ONLY
    alphas: ArrayLike | Auto = "auto"
    cv: Any = 4
    activation: ActivationName | Activation = "relu"
    standardize: bool = True
    max_iter: int = 100
    keep_oof: bool = True
    verbose: bool | int = False
    random_state: int | np.random.RandomState | None = None

    @abstractmethod
    def _learn_targets(self, y: np.ndarray) -> Targets:
        """Return the targets, after checking the arguments for them."""

    @with_callbacks
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        **params: Any,
    ) -> Self:
        """Choose the penalty, and train with it.

        Ctrl-C raises KeyboardInterrupt. If a penalty has been tried by then,
        there is a model: the mean of the nets at the best penalty so far, or
        the present state of the last training.

        Parameters
        ----------
        X : array-like or sparse of shape (m, n_features)
            One row per example: numbers, finite.
        y : array-like of shape (m,) or (m, n_outputs)
            A classifier takes labels of any type, of at least two classes. A
            regressor takes numbers, with a column for each of several outputs.
        sample_weight : array-like of shape (m,), default=None
            At least 0. A row of weight 0 is the same as no row, a row of weight
            k the same as k rows in the same folds.
        **params : dict
            ``groups`` of shape (m,), for a splitter that takes them. With
            scikit-learn's metadata routing, whatever the splitter requests.

        Returns
        -------
        self : estimator

        Raises
        ------
        ValueError, TypeError
            If an argument, X, y or a weight cannot be used, or a fold is left
            without rows; the message says which and why.

        Warns
        -----
        sklearn.exceptions.ConvergenceWarning
            If the net has become a constant although a column of X clearly
            predicts ``y``, and no weaker penalty was tried.
        """
        # All of it: a fork stops the threads of a BLAS, which would then be waited for.
        with one_blas_thread():
            fit = FitCV(self)
            fit.read(X, y, sample_weight)
            fit.split(params)
            fit.watch(X, y, sample_weight)
            try:
                fit.run()
            except KeyboardInterrupt:
                if fit.settle():
                    fit.commit()
                raise
            fit.commit()
            fit.warn()
        return self

    def get_metadata_routing(self) -> MetadataRouter:
        """Return the routing of the metadata.

        Returns
        -------
        MetadataRouter
            From ``fit`` to the ``split`` of ``cv``.
        """
        router = MetadataRouter(owner=self).add_self_request(self)
        mapping = MethodMapping().add(caller="fit", callee="split")
        return router.add(splitter=self.cv, method_mapping=mapping)
