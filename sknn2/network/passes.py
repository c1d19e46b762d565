"""The passes that training calls, of one network or of several side by side.

They compute the equations (1) to (6) of ``layers.py``, with one difference: a
row of ones below A makes the bias one more weight. ``[W b] [A; 1]`` is
``W A + b``, so one product computes (1), and one product,
``[dW db] = dZ [A; 1].T``, computes both (4) and (5). That is faster, and needs
no other code: the functions of a layer are called with ``[W b]`` for W,
``[A; 1]`` for A and no b. X comes as ``[X; 1]``; all results are written into
arrays that exist already, those of a `Workspace`; nothing is checked.
"""

from typing import Any

import numpy as np

from sknn2.network.activations import Activation
from sknn2.network.layers import (
    Cache,
    layer_backward,
    layer_forward,
    linear_backward,
    linear_forward,
)
from sknn2.network.losses import Loss
from sknn2.network.parameters import Parameters
from sknn2.network.workspace import Workspace


class TrainingPasses:
    """Forward and backward passes over a batch, for training.

    Attributes
    ----------
    units : tuple of int
        ``(n[0], ..., n[L])``, the units that a workspace has to hold.
    activation : Activation
        g of the hidden layers.
    loss : Loss
    """

    units: tuple[int, ...]
    activation: Activation
    loss: Loss

    def cost_and_gradient_sums(
        self,
        A_ones: np.ndarray,
        Y: np.ndarray,
        w: np.ndarray | None,
        parameters: Parameters,
        gradient: Parameters,
        workspace: Workspace,
    ) -> float:
        """Write the gradient of ``sum_i w_i loss_i`` and return that cost.

        Parameters
        ----------
        A_ones : ndarray of shape (n[0] + 1, m)
            ``[X; 1]``.
        Y : ndarray of shape (n[L], m)
        w : ndarray of shape (m,) or None
            Weights of the examples. An `Ensemble` also takes ``(K, m)``, a row
            for each member; its cost is the sum over the members too.
        parameters : Parameters
        gradient : Parameters
            Overwritten.
        workspace : Workspace
            For m examples.

        Returns
        -------
        float
        """
        Z, caches = self.forward_to_Z(A_ones, parameters, workspace)
        cost, dZ = self.loss.cost_and_dZ(
            Z,
            self.as_output(Y),
            w,
            out=self.as_output(workspace.dZ),
            scratch=self.as_output(workspace.output_scratch),
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
        """Return the cost that `cost_and_gradient_sums` returns, without a gradient."""
        Z, _ = self.forward_to_Z(A_ones, parameters, workspace)
        return self.loss.cost(Z, self.as_output(Y), w)

    def as_output(self, array: np.ndarray) -> np.ndarray:
        """Return an array of shape ``(n[L], m)`` in the shape that the loss takes."""
        return array

    def forward_to_Z(
        self, A_ones: np.ndarray, parameters: Parameters, workspace: Workspace
    ) -> tuple[np.ndarray, list[Any]]:
        """Return ``Z[L]`` of shape ``(n[L], m)`` and the caches of all layers."""
        caches: list[Any] = [None]
        L = len(self.units) - 1
        for l in range(1, L):
            _, cache = layer_forward(
                A_ones,
                parameters.Wb[l],
                None,
                self.activation,
                out=workspace.A[l],
                Z_out=workspace.hidden_Z[l],
                scratch=workspace.scratch[l],
            )
            caches.append(cache)
            A_ones = workspace.A_ones[l]
        Z = linear_forward(A_ones, parameters.Wb[L], out=workspace.Z)
        caches.append(Cache(A_ones, parameters.Wb[L], None))
        return Z, caches

    def backward_from_dZ(
        self,
        dZ: np.ndarray,
        caches: list[Any],
        gradient: Parameters,
        workspace: Workspace,
    ) -> None:
        """Fill ``gradient`` from ``dZ[L]`` of shape ``(n[L], m)`` and the caches."""
        L = len(self.units) - 1
        dA_ones = workspace.dA_ones
        linear_backward(
            dZ, caches[L], out=(dA_ones[L - 1], gradient.Wb[L]), to_input=L > 1
        )
        for l in range(L - 1, 0, -1):
            layer_backward(
                workspace.dA[l],
                caches[l],
                self.activation,
                out=(dA_ones[l - 1], gradient.Wb[l]),
                scratch=workspace.scratch[l],
                to_input=l > 1,
            )
