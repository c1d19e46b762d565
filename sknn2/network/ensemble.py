"""K shallow networks side by side, that share each product with X.

For the members k = 1 ... K, all of the same units ``(n[0], n[1], n[2])``::

    forward                                      backward
    Z[1]    = W[1] X + b[1]         all at once  dW[2][k] = dZ[2][k] A[1][k].T
    A[1]    = g(Z[1])                            db[2][k] = sum of dZ[2][k] by rows
    Z[2][k] = W[2][k] A[1][k] + b[2][k]          dA[1][k] = W[2][k].T dZ[2][k]
                                                 dZ[1]    = dA[1] * g'(Z[1])
                                    all at once  dW[1]    = dZ[1] X.T

``W[1]`` is one ``(K n[1], n[0])`` matrix, whose rows ``k n[1]`` to
``(k + 1) n[1]`` are the first layer of member k. Nothing else is shared: each
member has its own weights of the examples, and what one learns no other sees.
The cost is the sum of theirs, so its minimum is the minimum of each.

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


class Ensemble:
    """K shallow networks that are trained together, each on rows of its own weights.

    It stands where a `Network` stands in training: the parameters are one
    flat ``theta``, and `sums` returns the cost and writes the gradient of all
    members at once. So every solver drives it as it drives one network.

    Parameters
    ----------
    network : Network
        Each of the members: two layers.
    n_members : int
        K.

    Attributes
    ----------
    network, n_members
        As given.
    units : tuple of int
        ``(n[0], K n[1], K n[2])``: what a workspace has to hold.
    loss : Loss
        That of the network. It is handed ``Z[2]`` of shape ``(n[2], K, m)``,
        ``Y`` of shape ``(n[2], 1, m)`` and weights of shape ``(K, m)``.
    """

    def __init__(self, network: Network, n_members: int) -> None:
        n0, n1, n2 = network.units
        self.network, self.n_members = network, n_members
        self.units = n0, n_members * n1, n_members * n2
        self.loss = network.loss

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

    def cost_and_gradient_sums(
        self,
        A_ones: np.ndarray,
        Y: np.ndarray,
        w: np.ndarray | None,
        parameters: Parameters,
        gradient: Parameters,
        workspace: Workspace,
    ) -> float:
        """Write the gradient of ``sum_k sum_i w_ki loss_ki``, and return that cost.

        Parameters
        ----------
        A_ones : ndarray of shape (n[0] + 1, m)
            ``[X; 1]``.
        Y : ndarray of shape (n[2], m)
            Targets, the same for each member.
        w : ndarray of shape (K, m), (m,) or None
            Weights of the examples, for each member or for all.
        parameters : EnsembleParameters
        gradient : EnsembleParameters
            Overwritten.
        workspace : Workspace
            For m examples, of these `units`.

        Returns
        -------
        float
        """
        Z, caches = self.forward_to_Z(A_ones, parameters, workspace)
        cost, dZ = self.loss.cost_and_dZ(
            Z,
            Y[:, np.newaxis],
            w,
            out=self._by_member(workspace.dZ),
            scratch=self._by_member(workspace.output_scratch),
        )
        self.backward_from_dZ(dZ, caches, gradient, workspace)
        return cost

    def cost_sum(
        self,
        A_ones: np.ndarray,
        Y: np.ndarray,
        w: np.ndarray | None,
        parameters: Parameters,
        workspace: Workspace,
    ) -> float:
        """Return ``sum_k sum_i w_ki loss_ki`` as `sums` does, without a gradient."""
        Z, _ = self.forward_to_Z(A_ones, parameters, workspace)
        return self.loss.cost(Z, Y[:, np.newaxis], w)

    def forward_to_Z(
        self, A_ones: np.ndarray, parameters: Parameters, workspace: Workspace
    ) -> tuple[np.ndarray, list[Any]]:
        """Return ``Z[2]`` of shape ``(n[2], K, m)`` and the caches of both layers."""
        A, first = layer_forward(
            A_ones,
            parameters.Wb[1],
            None,
            self.network.activation,
            out=workspace.A[1],
            scratch=workspace.scratch[1],
        )
        A = A.reshape(self.n_members, -1, A.shape[1])
        Z = self._by_member(workspace.Z)
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
        np.sum(dZ_of, axis=2, keepdims=True, out=gradient.b[2])
        # A product over one class is none; NumPy has no fast one for it.
        product: Any = np.multiply if dZ.shape[0] == 1 else np.matmul
        product(W.transpose(0, 2, 1), dZ_of, out=workspace.dA[1].reshape(A.shape))
        layer_backward(
            workspace.dA[1],
            caches[1],
            self.network.activation,
            out=(None, gradient.Wb[1]),
            scratch=workspace.scratch[1],
            to_input=False,
        )

    def _by_member(self, array: np.ndarray) -> np.ndarray:
        """Return an array of shape ``(K n[2], m)`` as ``(n[2], K, m)``."""
        return array.reshape(-1, self.n_members, array.shape[1])
