"""The loss and the score of parameters on a validation set."""

import copy
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator

from sknn2.data.rows import Rows
from sknn2.fitting.model import Model
from sknn2.fitting.settings import ask_scorer
from sknn2.inputs.blas_threads import quietly
from sknn2.inputs.blocks import block_size, forward_rows
from sknn2.inputs.selected_rows import SelectedRows
from sknn2.network.parameters import Parameters

PART = 2**23
"""Bytes of the outputs whose loss is computed together."""


class ValidationSet:
    """Validation rows, and the loss and score on them.

    Parameters
    ----------
    rows : Rows
    model : Model
    estimator : estimator
        The scorer receives copies of it.
    scorer : callable or None
        None scores by the loss.
    dtype : dtype
        Precision of the parameters.
    """

    def __init__(
        self,
        rows: Rows,
        model: Model,
        estimator: BaseEstimator,
        scorer: Callable[..., float] | None,
        dtype: npt.DTypeLike,
    ) -> None:
        if scorer is not None and isinstance(rows.X, SelectedRows):
            rows = replace(rows, X=np.asarray(rows.X))  # once, not each epoch
        self.rows, self.model = rows, model
        self.estimator, self.scorer = estimator, scorer
        self.dtype = np.dtype(dtype)
        column = model.targets.n_outputs * self.dtype.itemsize
        block = block_size(model.network.units, self.dtype)
        self.block = block * max(1, PART // (column * block))
        self.Y = None
        if rows.X.shape[0] <= self.block:
            self.Y = model.targets.to_Y(rows.targets, dtype)
        self.w = None if rows.w is None else rows.w.astype(dtype)
        self.sum_w = float(
            rows.X.shape[0] if self.w is None else self.w.sum(dtype=np.float64)
        )

    def __call__(self, parameters: Parameters) -> tuple[float, float]:
        """Return the weighted mean loss, and the score, the higher the better."""
        rows, model = self.rows, self.model
        loss = quietly(lambda: self._loss(parameters))
        if self.scorer is None:
            return loss, -loss
        scored = copy.copy(self.estimator)
        vars(scored).update(model.attributes(parameters))
        # The rows have lost their names on the way; scoring must not warn of that.
        vars(scored).pop("feature_names_in_", None)
        return loss, ask_scorer(self.scorer, scored, rows)

    def _loss(self, parameters: Parameters) -> float:
        """Return the weighted mean loss."""
        rows, model, cost = self.rows, self.model, 0.0
        for start in range(0, rows.X.shape[0], self.block):
            part = slice(start, start + self.block)
            Y, w = self.Y, None if self.w is None else self.w[part]
            if Y is None:
                Y = model.targets.to_Y(rows.targets[part], self.dtype)
            Z = forward_rows(
                model.network, parameters, model.standardization, rows.X[part]
            )
            cost += model.network.loss.cost(Z, Y, w)
        return cost / self.sum_w
