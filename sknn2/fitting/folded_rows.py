"""Rows with their folds, and the out-of-fold outputs of the networks."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar

from sknn2.data.rows import Rows
from sknn2.data.targets import Targets
from sknn2.fitting.objective_of_rows import objective_of_rows
from sknn2.inputs.blocks import forward_rows
from sknn2.inputs.row_space import RowSpace, is_wide
from sknn2.inputs.standardization import Standardization
from sknn2.network.ensemble import Ensemble, EnsembleParameters
from sknn2.network.network import Network
from sknn2.network.parameters import Parameters
from sknn2.training.objective import Objective

NEGLIGIBLE = 0.01
"""Outputs of a net that differ by less than this between rows count as a constant."""


SHARPNESS_DEVIATION = 0.2
"""Prior deviation of the logarithm of the sharpness."""


@dataclass(frozen=True)
class Point:
    """A point of the path.

    Parameters
    ----------
    alpha : float
        Strength of the penalty.
    losses : ndarray of shape (K,)
        Out-of-fold loss of each member.
    parameters : EnsembleParameters
        The trained parameters.
    is_dead : bool, default=False
        Whether a member became a constant. Its weights are close to zero, and a
        weaker penalty does not bring them back.
    """

    alpha: float
    losses: np.ndarray
    parameters: EnsembleParameters
    is_dead: bool = False

    @property
    def loss(self) -> float:
        """Mean over the folds."""
        return float(self.losses.mean())


@dataclass(frozen=True)
class FoldedRows:
    """Rows with their folds, and the nets that are trained on them.

    Parameters
    ----------
    members : Ensemble
        One for each fold.
    targets : Targets
    rows : Rows
        m of them.
    standardization : Standardization or None
    train, test : ndarray of shape (K, m)
        bool: whether member k is trained on row i, and whether it is tested on
        it.
    dtype : dtype
        Precision of the products, on columns that were standardised in
        float64.
    space : RowSpace, default=None
        Of a wide table, the space whose coordinates the rows are.
    """

    members: Ensemble
    targets: Targets
    rows: Rows
    standardization: Standardization | None
    train: np.ndarray
    test: np.ndarray
    dtype: np.dtype[Any]
    space: RowSpace | None = None

    def in_row_space(self) -> "FoldedRows":
        """Return the same in coordinates of the row space, where that takes less time.

        The costs of L-BFGS stay the same, those of other solvers do not.
        """
        if not is_wide(self.rows.X):
            return self
        try:
            space = RowSpace(self.rows.X, self.standardization)
        except FloatingPointError:
            return self
        return replace(
            self,
            members=self._members_on(space.R.shape[1]),
            rows=replace(self.rows, X=space.R),
            standardization=None,
            space=space,
        )

    def _members_on(self, n: int) -> Ensemble:
        """Return the members on n columns."""
        network = self.members.network
        units = n, *network.units[1:]
        network = Network(units, network.activation, network.loss)
        return Ensemble(network, self.members.n_members)

    def initialize(self, rng: np.random.Generator) -> EnsembleParameters:
        """Draw the initial weights, for the columns of X.

        Parameters
        ----------
        rng : numpy.random.Generator

        Returns
        -------
        EnsembleParameters
            Of the members, so in coordinates of the row space where there is one.
        """
        if self.space is None:
            return self.members.initialize("xavier", rng, self.dtype)
        drawn = self._members_on(self.space.n).initialize("xavier", rng, self.dtype)
        parameters = self.members.zeros(self.dtype)
        parameters.Wb[1][:] = self.space.shrink(drawn.Wb[1])
        parameters.Wb[2][:] = drawn.Wb[2]
        return parameters

    def averaged(self, parameters: EnsembleParameters) -> Parameters:
        """Return the wide net whose logits are the mean of the members', on X."""
        wide = parameters.averaged()
        if self.space is None:
            return wide
        units = self.space.n, *wide.units[1:]
        full = Parameters(units, dtype=wide.theta.dtype)
        full.Wb[1][:] = self.space.expand(wide.Wb[1])
        full.Wb[2][:] = wide.Wb[2]
        return full

    def take(self, index: np.ndarray) -> "FoldedRows":
        """Return some of the rows."""
        return replace(
            self,
            rows=self.rows.take(index),
            train=self.train[:, index],
            test=self.test[:, index],
        )

    def objective(self, *, of_all_rows: bool = False) -> Objective:
        """Return the cost of all members, without a penalty yet.

        Parameters
        ----------
        of_all_rows : bool, default=False
            Whether each member is trained on all rows, not only on those of its
            fold.

        Returns
        -------
        Objective
        """
        w = np.ones(self.train.shape) if of_all_rows else self.train.astype(float)
        if self.rows.w is not None:
            w *= self.rows.w
        return objective_of_rows(
            self.members,
            self.targets,
            replace(self.rows, w=w),
            self.standardization,
            0.0,
            self.dtype,
        )

    def held_out_Z(self, parameters: EnsembleParameters) -> list[np.ndarray]:
        """Return each member's ``Z[2]`` of shape ``(n[2], m_k)`` on its test rows."""
        return [
            forward_rows(
                self.members.network,
                parameters.member(k),
                self.standardization,
                self.rows.X[rows],
            )
            for k, rows in enumerate(self.test)
        ]

    def judge(self, alpha: float, parameters: EnsembleParameters) -> Point:
        """Return the out-of-fold losses of the members.

        Parameters
        ----------
        alpha : float
            The penalty with which they were trained.
        parameters : EnsembleParameters

        Returns
        -------
        Point
            With each member's weighted mean loss.
        """
        losses, is_dead = [], False
        for rows, Z in zip(self.test, self.held_out_Z(parameters), strict=True):
            Y = self.targets.to_Y(self.rows.targets[rows], Z.dtype)
            w = None
            if self.rows.w is not None:
                # Scaled by a power of two, which is exact: weights that are negligible
                # compared with other folds are not zero here.
                w = self.rows.w[rows]
                w = np.ldexp(w, -np.frexp(w.max())[1]).astype(Z.dtype)
            sum_w = Y.shape[1] if w is None else float(w.sum(dtype=np.float64))
            losses.append(self.members.loss.cost(Z, Y, w) / sum_w)
            is_dead |= Z.shape[1] > 1 and bool(np.ptp(Z, axis=1).max() < NEGLIGIBLE)
        return Point(alpha, np.array(losses), parameters, is_dead)

    def sharpness(self, parameters: EnsembleParameters) -> float:
        """Return the factor on the out-of-fold logits with the lowest loss.

        It is the inverse of a temperature (Guo et al., 2017): the c with the
        least loss of ``c Z[2]``. With few rows it is uncertain, so ``log c``
        has a normal prior with mean 0 and a deviation of a fifth.

        Returns
        -------
        float
        """
        Z = np.concatenate(self.held_out_Z(parameters), axis=1, dtype=np.float64)
        rows = np.nonzero(self.test)[1]
        Y = self.targets.to_Y(self.rows.targets[rows], np.float64)
        w = 1 / self.test.sum(axis=0)[rows]  # each row counts once over its folds
        if self.rows.w is not None:
            w *= self.rows.w[rows]
        unit = self.rows.weight_scale / self.rows.weight_unit  # w times it are rows

        def cost(log_c: float) -> float:
            prior = (log_c / SHARPNESS_DEVIATION) ** 2 / 2 / unit
            return self.members.loss.cost(math.exp(log_c) * Z, Y, w) + prior

        return math.exp(minimize_scalar(cost, bounds=(-3, 3), method="bounded").x)


def sharpened(parameters: Parameters, factor: float) -> Parameters:
    """Return the net whose logits are those of the given one times a factor."""
    parameters = parameters.copy()
    parameters.Wb[-1][:] *= factor
    return parameters
