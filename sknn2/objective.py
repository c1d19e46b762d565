"""The cost over a training set, summed over blocks of examples."""

import numpy as np

from sknn2.parameters import Parameters, Workspace

BLOCK = 2048
"""Examples that pass through the network at once: their activations stay in cache."""


class Objective:
    """``J = (sum_i w_i loss_i + alpha/2 sum_l ||W[l]||^2) / S`` over a training set.

    Parameters
    ----------
    network : Network
    X_ones : ndarray of shape (m, n[0] + 1)
        Rows ``(x, 1)``, C-ordered: the transpose of ``[X; 1]``.
    Y : ndarray of shape (n[L], m)
    w : ndarray of shape (m,), default=None
        Weights of the examples; None means ones.
    alpha : float, default=0
        Strength of the penalty.
    weight_scale : float, default=1
        What the weights were divided by: ``S = weight_scale * sum_i w_i``.
    """

    def __init__(self, network, X_ones, Y, w=None, alpha=0.0, weight_scale=1.0):
        self.network, self.X_ones, self.Y, self.w = network, X_ones, Y, w
        self.m = X_ones.shape[0]
        self.sum_w = self.m if w is None else float(w.sum(dtype=np.float64))
        self.decay = alpha / self.sum_w / weight_scale
        self._mask = Parameters(network.units, dtype=X_ones.dtype).weight_mask()
        self._part = Parameters(network.units, dtype=X_ones.dtype)
        self._workspaces = {}

    def batch(self, rows, parameters, gradient):
        """Estimate the cost and its gradient, without penalty, from some rows.

        The estimate is unbiased: the sum over the rows times m / rows.

        Parameters
        ----------
        rows : slice or ndarray of int
            A slice is read in place, an array of indices is gathered.
        parameters : Parameters
        gradient : Parameters
            Overwritten.

        Returns
        -------
        float
        """
        if isinstance(rows, slice):
            start, stop = rows.start, rows.stop
        else:
            start, stop = 0, rows.size
        cost = self._block(rows, start, min(start + BLOCK, stop), parameters, gradient)
        # Sums are added in the order of the blocks, so they do not depend on who
        # computes them.
        for first in range(start + BLOCK, stop, BLOCK):
            last = min(first + BLOCK, stop)
            cost += self._block(rows, first, last, parameters, self._part)
            gradient.theta += self._part.theta
        scale = self.m / (stop - start) / self.sum_w
        gradient.theta *= scale
        return cost * scale

    def penalty(self, theta):
        """Return the penalty's part of J and its gradient of shape ``(p,)``."""
        if self.decay == 0:
            return 0.0, None
        gradient = self._mask * theta
        gradient *= self.decay
        return float(gradient @ theta) / 2, gradient

    def cost_and_gradient(self, parameters, gradient):
        """Write the gradient of J, penalty included, over all rows; return J.

        Parameters
        ----------
        parameters : Parameters
        gradient : Parameters
            Overwritten.

        Returns
        -------
        float
        """
        J = self.batch(slice(0, self.m), parameters, gradient)
        penalty, penalty_gradient = self.penalty(parameters.theta)
        if penalty_gradient is not None:
            gradient.theta += penalty_gradient
        return J + penalty

    def _block(self, rows, first, last, parameters, gradient):
        """Write the gradient sums over rows first to last, and return the cost."""
        m = last - first
        workspace = self._workspaces.get(m)
        if workspace is None:
            workspace = Batch(self.network.units, m, self.X_ones.dtype)
            self._workspaces[m] = workspace
        w = None
        if isinstance(rows, slice):
            X_ones, Y = self.X_ones[first:last], self.Y[:, first:last]
            if self.w is not None:
                w = self.w[first:last]
        else:
            rows = rows[first:last]
            # mode="clip" only because the default mode copies once more.
            X_ones = np.take(self.X_ones, rows, 0, out=workspace.X_ones, mode="clip")
            Y = np.take(self.Y, rows, 1, out=workspace.Y, mode="clip")
            if self.w is not None:
                w = np.take(self.w, rows, out=workspace.w, mode="clip")
        return self.network.sums(X_ones.T, Y, w, parameters, gradient, workspace)


class Batch(Workspace):
    """A workspace that also has room for the rows gathered into a batch.

    Attributes
    ----------
    X_ones : ndarray of shape (m, n[0] + 1)
    Y : ndarray of shape (n[L], m)
    w : ndarray of shape (m,)
    """

    def __init__(self, units, m, dtype):
        super().__init__(units, m, dtype)
        self.X_ones = np.empty((m, units[0] + 1), dtype)
        self.Y = np.empty((units[-1], m), dtype)
        self.w = np.empty(m, dtype)
