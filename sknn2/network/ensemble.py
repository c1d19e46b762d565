"""K shallow networks side by side, which share each product with X.

For the members k = 1 ... K, all of the same units ``(n[0], n[1], n[2])``::

    forward                                   backward
    (1)  Z[1]    = W[1] X + b[1]              (4)  dW[2][k] = dZ[2][k] A[1][k].T
    (2)  A[1]    = g(Z[1])                    (5)  db[2][k] = sum of dZ[2][k] by rows
    (1)  Z[2][k] = W[2][k] A[1][k] + b[2][k]  (6)  dA[1][k] = W[2][k].T dZ[2][k]
                                              (3)  dZ[1]    = dA[1] * g'(Z[1])
                                              (4)  dW[1]    = dZ[1] X.T
                                              (5)  db[1]    = sum of dZ[1] by rows

The numbers are those of ``layers.py``. In layer 1 each product is one for all
members; in layer 2 it is one for each member.

``W[1]`` is one ``(K n[1], n[0])`` matrix, whose rows ``k n[1]`` to
``(k + 1) n[1] - 1`` are the first layer of member k, counted from 0. Members
share nothing else: each has its own parameters and its own weights of the
examples. The cost is the sum of theirs, so its minimum is the minimum of each.

Shapes: ``A[1], Z[1], dA[1], dZ[1]`` are ``(K n[1], m)``; read as
``(K, n[1], m)`` they are those of each member. ``Z[2], dZ[2]`` are
``(n[2], K, m)``: the classes come first, as a loss has them, so that the loss
takes members and examples alike.
"""

from typing import Any, Self

import numpy as np
import numpy.typing as npt

from sknn2.names import InitName
from sknn2.network.initializers import initialize
from sknn2.network.layers import Cache, layer_backward, layer_forward
from sknn2.network.network import Network
from sknn2.network.parameters import Layers, Parameters
from sknn2.network.passes import TrainingPasses
from sknn2.network.workspace import Workspace


class EnsembleParameters(Parameters):
    """The parameters of K shallow networks as views of one flat vector ``theta``.

    Parameters
    ----------
    units : tuple of int
        ``(n[0], n[1], n[2])`` of each member.
    n_members : int
        K.
    theta : ndarray of shape (p,), default=None
        The vector to use, as it is: no copy is made. Zeros by default.
    dtype : dtype, default=float64
        Precision of the zeros; unused where ``theta`` is given.

    Attributes
    ----------
    units : tuple of int
    n_members : int
    theta : ndarray of shape (p,)
        ``p = K (n[1] (n[0] + 1) + n[2] (n[1] + 1))``.
    W, b, Wb : tuple
        ``W[1]``, ``b[1]`` are ``(K n[1], n[0])``, ``(K n[1], 1)``; ``W[2]``,
        ``b[2]`` are ``(K, n[2], n[1])``, ``(K, n[2], 1)``. ``Wb[l]`` is
        ``[W[l] b[l]]``, the memory behind both.
    """

    def __init__(
        self,
        units: tuple[int, ...],
        n_members: int,
        theta: np.ndarray | None = None,
        dtype: npt.DTypeLike = np.float64,
    ) -> None:
        n0, n1, n2 = self.units = units
        self.n_members = n_members
        first = n_members * n1 * (n0 + 1)
        if theta is None:
            theta = np.zeros(first + n_members * n2 * (n1 + 1), dtype)
        self.theta = theta
        blocks = (
            theta[:first].reshape(n_members * n1, n0 + 1),
            theta[first:].reshape(n_members, n2, n1 + 1),
        )
        self.Wb = (None, *blocks)
        self.W = Layers("W", (None, *(block[..., :-1] for block in blocks)))
        self.b = Layers("b", (None, *(block[..., -1:] for block in blocks)))

    def like(self, theta: np.ndarray) -> Self:
        """Return parameters in the same layout that use ``theta``, as it is."""
        return type(self)(self.units, self.n_members, theta)

    def __reduce__(self) -> tuple[Any, ...]:
        return EnsembleParameters, (self.units, self.n_members, self.theta)

    def __repr__(self) -> str:
        return (
            f"EnsembleParameters({self.units}, n_members={self.n_members}, "
            f"dtype={self.theta.dtype})"
        )

    def member(self, k: int) -> Parameters:
        """Return a copy of the parameters of member k, as its `Network` takes them."""
        rows = slice(k * self.units[1], (k + 1) * self.units[1])
        blocks = self.Wb[1][rows], self.Wb[2][k]
        return Parameters(self.units, np.concatenate([b.ravel() for b in blocks]))

    def averaged(self) -> Parameters:
        """Return one wide shallow net, whose Z[2] is the mean of the members'.

        Returns
        -------
        Parameters
            Of units ``(n[0], K n[1], n[2])``: ``W[2]`` is
            ``[W[2][1] ... W[2][K]] / K``, ``b[2]`` the mean of the
            ``b[2][k]``.
        """
        n0, n1, n2 = self.units
        wide = Parameters((n0, self.n_members * n1, n2), dtype=self.theta.dtype)
        wide.Wb[1][:] = self.Wb[1]
        wide.W[2][:] = self.W[2].transpose(1, 0, 2).reshape(n2, -1) / self.n_members
        wide.b[2][:] = self.b[2].mean(axis=0)
        return wide


class Ensemble(TrainingPasses):
    """K shallow networks that are trained together, each on rows of its own weights.

    Training takes it in the place of a `Network`: the parameters are one flat
    ``theta``, and `cost_and_gradient_sums` returns the cost and writes the
    gradient of all members at once. So every solver trains it like one network.

    Parameters
    ----------
    network : Network
        Each of the members: two layers.
    n_members : int
        K.

    Attributes
    ----------
    network, n_members
        As above.
    units : tuple of int
        ``(n[0], K n[1], K n[2])``, the units that a workspace has to hold.
    activation : Activation
        That of the network.
    loss : Loss
        That of the network. It receives ``Z[2]`` of shape ``(n[2], K, m)``,
        ``Y`` of shape ``(n[2], 1, m)`` and weights of shape ``(K, m)``.
    """

    def __init__(self, network: Network, n_members: int) -> None:
        n0, n1, n2 = network.units
        self.network, self.n_members = network, n_members
        self.units = n0, n_members * n1, n_members * n2
        self.activation, self.loss = network.activation, network.loss

    def __repr__(self) -> str:
        return f"Ensemble({self.network}, {self.n_members})"

    def zeros(self, dtype: npt.DTypeLike = np.float64) -> EnsembleParameters:
        """Return parameters of this layout, all zero."""
        return EnsembleParameters(self.network.units, self.n_members, dtype=dtype)

    def initialize(
        self,
        init: InitName,
        rng: np.random.Generator,
        dtype: npt.DTypeLike = np.float64,
    ) -> EnsembleParameters:
        """Draw the parameters to start from, member by member.

        Parameters
        ----------
        init : str
            See `sknn2.initialize`.
        rng : numpy.random.Generator
        dtype : dtype, default=float64

        Returns
        -------
        EnsembleParameters
        """
        parameters = self.zeros(dtype)
        n1 = self.network.units[1]
        for k in range(self.n_members):
            member = initialize(self.network.units, init, rng, dtype)
            parameters.Wb[1][k * n1 : (k + 1) * n1] = member.Wb[1]
            parameters.Wb[2][k] = member.Wb[2]
        return parameters

    def as_output(self, array: np.ndarray) -> np.ndarray:
        """Return an array of shape ``(K n[2], m)`` as ``(n[2], K, m)``.

        Targets of shape ``(n[2], m)``, the same for each member, become
        ``(n[2], 1, m)``.
        """
        return array.reshape(self.network.units[-1], -1, array.shape[1])

    def forward_to_Z(
        self, A_ones: np.ndarray, parameters: Parameters, workspace: Workspace
    ) -> tuple[np.ndarray, list[Any]]:
        """Return ``Z[2]`` of shape ``(n[2], K, m)`` and the caches of both layers."""
        A, first = layer_forward(
            A_ones,
            parameters.Wb[1],
            None,
            self.activation,
            out=workspace.A[1],
            Z_out=workspace.hidden_Z[1],
            scratch=workspace.scratch[1],
        )
        A = A.reshape(self.n_members, -1, A.shape[1])
        Z = self.as_output(workspace.Z)
        Z_of = Z.transpose(1, 0, 2)  # Z_of[k] is that of member k
        np.matmul(parameters.W[2], A, out=Z_of)
        Z_of += parameters.b[2]
        return Z, [None, first, Cache(A, parameters.W[2], parameters.b[2])]

    def backward_from_dZ(
        self,
        dZ: np.ndarray,
        caches: list[Any],
        gradient: Parameters,
        workspace: Workspace,
    ) -> None:
        """Fill ``gradient`` from ``dZ[2]`` of shape ``(n[2], K, m)`` and the caches."""
        A, W, _, *_ = caches[2]
        dZ_of = dZ.transpose(1, 0, 2)
        np.matmul(dZ_of, A.transpose(0, 2, 1), out=gradient.W[2])
        # With many classes a product with ones is three times as fast as np.sum.
        ones = np.ones((dZ.shape[2], 1), dZ.dtype)
        np.matmul(dZ_of, ones, out=gradient.b[2])
        # With one class each sum has one term, and NumPy's multiply is faster.
        product: Any = np.multiply if dZ.shape[0] == 1 else np.matmul
        product(W.transpose(0, 2, 1), dZ_of, out=workspace.dA[1].reshape(A.shape))
        layer_backward(
            workspace.dA[1],
            caches[1],
            self.activation,
            out=(None, gradient.Wb[1]),
            scratch=workspace.scratch[1],
            to_input=False,
        )
