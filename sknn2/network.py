"""The network: forward propagation, cost, backward propagation.

For every layer l = 1 ... L, over the m examples that stand in columns::

    forward                              backward
    Z[l] = W[l] A[l-1] + b[l]    (1)     dZ[l]   = dA[l] * g'(Z[l])      (3)
    A[l] = g(Z[l])               (2)     dW[l]   = dZ[l] A[l-1].T        (4)
                                         db[l]   = sum of dZ[l] by rows  (5)
                                         dA[l-1] = W[l].T dZ[l]          (6)

with ``A[0] = X`` and, for all but three losses of regression,
``dZ[L] = A[L] - Y``, which is where the loss and its own output activation meet.

Derivatives here are **sums** over the examples. The 1/m of the course enters
once, in `Network.cost_and_gradient` and in training, where it is 1/S with S
the sum of the weights. So batches, blocks and threads all add up the same thing.

Training writes ``[W b]`` for W and ``[A; 1]`` for A, A with a row of ones
below, and has no b: the same functions, called without ``b``, then compute (1)
as ``Z = [W b] [A; 1]``, and (4) and (5) as ``[dW db] = dZ [A; 1].T``, each in
one product.

Shapes: ``A[l], Z[l], dA[l], dZ[l]`` are ``(n[l], m)``, ``W[l], dW[l]`` are
``(n[l], n[l-1])``, ``b[l], db[l]`` are ``(n[l], 1)``.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from sknn2.activations import ACTIVATIONS, Activation, check_activation, placed
from sknn2.checks import NOT_NEGATIVE, check_real
from sknn2.losses import LOSSES, CategoricalCrossEntropy, Loss
from sknn2.names import ActivationName, LossName
from sknn2.parameters import Parameters, Workspace
from sknn2.refusals import (
    Cache,
    check_cache,
    check_caches,
    check_inputs,
    check_layer,
    check_like_Z,
    check_targets,
)


def linear_forward(
    A_prev: np.ndarray,
    W: np.ndarray,
    b: np.ndarray | None = None,
    *,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Return ``Z[l] = W[l] A[l-1] + b[l]``, equation (1).

    Parameters
    ----------
    A_prev : ndarray of shape (n[l-1], m)
    W : ndarray of shape (n[l], n[l-1])
    b : ndarray of shape (n[l], 1), default=None
        None for no bias.
    out : ndarray of shape (n[l], m), default=None
        Where to write; C-ordered.

    Returns
    -------
    Z : ndarray of shape (n[l], m)

    Raises
    ------
    ValueError, TypeError
        If an argument is no array of numbers, or the shapes do not fit; the
        message names them. Nothing is checked where ``out`` is given, as in
        training.
    """
    if out is None:
        A_prev, W, b = check_layer(A_prev, W, b)
    Z = np.dot(W, A_prev, out=out)
    if b is not None:
        Z += b
    return Z


def layer_forward(
    A_prev: np.ndarray,
    W: np.ndarray,
    b: np.ndarray | None,
    activation: ActivationName | Activation,
    *,
    out: np.ndarray | None = None,
    scratch: np.ndarray | None = None,
) -> tuple[np.ndarray, Cache]:
    """Return ``A[l] = g(W[l] A[l-1] + b[l])`` and the cache, equations (1), (2).

    Parameters
    ----------
    A_prev : ndarray of shape (n[l-1], m)
    W : ndarray of shape (n[l], n[l-1])
    b : ndarray of shape (n[l], 1) or None
        None for no bias.
    activation : str or Activation
        g, e.g. ``"tanh"``.
    out : ndarray of shape (n[l], m), default=None
        Where to write ``Z[l]`` and then, over it, ``A[l]``.
    scratch : ndarray of shape (n[l], m), default=None
        Overwritten, if given.

    Returns
    -------
    A : ndarray of shape (n[l], m)
    cache : Cache
        For `layer_backward`.

    Raises
    ------
    ValueError, TypeError
        As `linear_forward`.
    """
    if out is None:  # the cache holds the arrays, also of lists
        A_prev, W, b = check_layer(A_prev, W, b)
    Z = linear_forward(A_prev, W, b, out=out)
    g = find_activation(activation)
    A = g.forward(Z, out=out, scratch=scratch)
    if A is not out:
        A = placed(A, Z, out, g, "forward")
    return A, Cache(A_prev, W, b, None if A is Z else Z, A)


def linear_backward(
    dZ: np.ndarray,
    cache: Cache,
    *,
    out: tuple[np.ndarray | None, np.ndarray] | None = None,
    to_input: bool = True,
) -> tuple[np.ndarray | None, np.ndarray, np.ndarray | None]:
    """Return ``dA[l-1], dW[l], db[l]`` from ``dZ[l]``, equations (4) to (6).

    Parameters
    ----------
    dZ : ndarray of shape (n[l], m)
    cache : Cache
        Its ``A_prev``, ``W`` and ``b`` are used.
    out : tuple of (dA_prev, dW), default=None
        Where to write; C-ordered. For a layer without bias.
    to_input : bool, default=True
        False leaves out ``dA[l-1]`` (None is returned): training has no use
        for the derivative by X.

    Returns
    -------
    dA_prev : ndarray of shape (n[l-1], m) or None
    dW : ndarray of shape (n[l], n[l-1])
        Summed over the examples, as ``db``.
    db : ndarray of shape (n[l], 1) or None
        None for a layer without bias.

    Raises
    ------
    ValueError, TypeError
        If ``dZ`` or the cache is no array of numbers of the shape above; the
        message names it. Nothing is checked where ``out`` is given.
    """
    if out is None:
        cache = check_cache(cache)
        dZ = check_like_Z("dZ[l]", dZ, cache)
    dA_prev, dW = (None, None) if out is None else out
    dW = np.dot(dZ, cache.A_prev.T, out=dW)
    db = None if cache.b is None else dZ.sum(axis=1, keepdims=True)
    if to_input:
        dA_prev = np.dot(cache.W.T, dZ, out=dA_prev)
    return dA_prev, dW, db


def layer_backward(
    dA: np.ndarray,
    cache: Cache,
    activation: ActivationName | Activation,
    *,
    out: tuple[np.ndarray | None, np.ndarray] | None = None,
    scratch: np.ndarray | None = None,
    to_input: bool = True,
) -> tuple[np.ndarray | None, np.ndarray, np.ndarray | None]:
    """Return ``dA[l-1], dW[l], db[l]`` from ``dA[l]``, equations (3) to (6).

    Parameters
    ----------
    dA : ndarray of shape (n[l], m)
        ``dA[l]``. Overwritten by ``dZ[l]`` where ``out`` is given.
    cache : Cache
        From `layer_forward`, or made by hand:
        ``Cache(A_prev, W, b, Z)`` is enough.
    activation : str or Activation
        g, the same as forward.
    out : tuple of (dA_prev, dW), default=None
        As in `linear_backward`.
    scratch : ndarray of shape (n[l], m), default=None
        Overwritten, if given.
    to_input : bool, default=True
        As in `linear_backward`.

    Returns
    -------
    dA_prev, dW, db
        As from `linear_backward`.

    Raises
    ------
    ValueError, TypeError
        As `linear_backward`, for ``dA`` too.
    """
    g = find_activation(activation)
    if out is None:
        cache = check_cache(cache)
        dA = check_like_Z("dA[l]", dA, cache)
        if cache.Z is None and cache.A is None:
            raise ValueError("The cache has neither Z[l] nor A[l]: give one of them.")
    A = g.forward(cache.Z) if cache.A is None else cache.A
    place = None if out is None else dA
    dZ = g.backward(dA, A, out=place, scratch=scratch)
    if dZ is not place:
        dZ = placed(dZ, A, place, g, "backward")
    return linear_backward(dZ, cache, out=out, to_input=to_input)


class Network:
    """A fully connected network of ``L = len(units) - 1`` layers.

    It holds no parameters and no data: both are handed to its methods, on
    ``(features, examples)`` arrays. Two layers make the shallow network, three
    or more a deep one, one is logistic regression.

    Parameters
    ----------
    units : sequence of int
        ``(n[0], n[1], ..., n[L])``: inputs, units of each hidden layer,
        outputs.
    activation : {"sigmoid", "logistic", "tanh", "relu", "leaky_relu", \
            "identity"} or Activation, default="tanh"
        g of the hidden layers.
    loss : {"binary_cross_entropy", "categorical_cross_entropy", \
            "squared_error", "absolute_error", "huber", "pinball", "quantile", \
            "poisson"} or loss object, default=None
        With its output activation: sigmoid, softmax, exp for ``"poisson"`` and
        none for the others. None takes the first for one output and the second
        for more. Objects carry parameters of their own:
        ``Pinball(quantile=0.9)``.

    Raises
    ------
    ValueError
        If a name is unknown, the loss does not fit ``n[L]``, or an `Activation`
        of one's own is not what it has to be.
    TypeError
        If such an activation cannot be called.

    Examples
    --------
    One step of gradient descent on four examples of two features:

    >>> import numpy as np
    >>> from sknn2 import Network, initialize
    >>> X = np.array([[0.0, 0, 1, 1], [0, 1, 0, 1]])
    >>> Y = np.array([[0.0, 1, 1, 0]])
    >>> network = Network((2, 4, 1), activation="tanh")
    >>> parameters = initialize(network.units, "xavier", rng=0)
    >>> A, caches = network.forward(X, parameters)
    >>> A.shape
    (1, 4)
    >>> J, gradient = network.cost_and_gradient(X, Y, parameters)
    >>> parameters.theta -= 1.2 * gradient.theta
    >>> bool(network.cost(X, Y, parameters) < J)
    True
    """

    def __init__(
        self,
        units: Sequence[int],
        activation: ActivationName | Activation = "tanh",
        loss: LossName | Loss | None = None,
    ) -> None:
        self.units = Parameters(units).units
        self.activation = find_activation(activation)
        if ACTIVATIONS.get(self.activation.name) is not self.activation:
            check_activation(self.activation)
        if loss is None:
            one = self.units[-1] == 1
            loss = "binary_cross_entropy" if one else "categorical_cross_entropy"
        self.loss = find_loss(loss)
        if self.units[-1] == 1 and isinstance(self.loss, CategoricalCrossEntropy):
            raise ValueError(
                f"loss is {self.loss.name!r} with n[L] = 1: it has one output for each "
                "class. Two classes take 'binary_cross_entropy' with one output."
            )

    def __repr__(self) -> str:
        loss = self.loss.name
        shown = repr(loss) if self.loss == LOSSES.get(loss) else repr(self.loss)
        return (
            f"Network({self.units}, activation={self.activation.name!r}, loss={shown})"
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Network) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(self.units)

    def zeros(self, dtype: npt.DTypeLike = np.float64) -> Parameters:
        """Return parameters of this network, all zero."""
        return Parameters(self.units, dtype=dtype)

    def forward(
        self, X: np.ndarray, parameters: Parameters
    ) -> tuple[np.ndarray, list[Any]]:
        """Return the output ``A[L]`` and what backward needs.

        Parameters
        ----------
        X : ndarray of shape (n[0], m)
            One column per example.
        parameters : Parameters

        Returns
        -------
        A : ndarray of shape (n[L], m)
            ``A[L]``: probabilities, or the predictions of a regression.
        caches : list of Cache
            ``caches[l]`` is that of layer l, ``caches[0]`` is None. They are
            those of training: ``[W b]`` stands for W and ``[A; 1]`` for
            ``A_prev``; ``caches[l].A`` is ``A[l]``.

        Raises
        ------
        ValueError
            If a shape does not fit; the message names it and the one expected.
        TypeError
            If X is sparse or no array of numbers, or ``parameters`` are none.
        """
        A_ones = check_inputs(X, parameters, self.units)
        workspace = Workspace(self.units, A_ones.shape[1], parameters.theta.dtype)
        Z, caches = self.forward_to_Z(A_ones, parameters, workspace)
        A = self.loss.output(Z)
        caches[-1] = caches[-1]._replace(Z=Z, A=A)
        return A, caches

    def backward(
        self, Y: np.ndarray, caches: list[Any], w: np.ndarray | None = None
    ) -> Parameters:
        """Return the gradient of ``sum_i w_i loss_i``, without penalty or 1/m.

        Parameters
        ----------
        Y : ndarray of shape (n[L], m)
            Targets.
        caches : list of Cache
            From `forward`.
        w : ndarray of shape (m,), default=None
            Weights of the examples; None means ones.

        Returns
        -------
        Parameters
            ``W[l]`` holds ``dW[l]``, ``b[l]`` holds ``db[l]``.

        Raises
        ------
        ValueError, TypeError
            As for `cost`, or if the caches are not those of `forward`.
        """
        Z = check_caches(caches, self.units)
        Y, w = check_targets(Y, w, (self.units[-1], Z.shape[1]), self.loss, Z.dtype)
        gradient = Parameters(self.units, dtype=Z.dtype)
        _, dZ = self.loss.cost_and_dZ(Z.copy(), Y, w)
        workspace = Workspace(self.units, Z.shape[1], Z.dtype)
        self.backward_from_dZ(dZ, caches, gradient, workspace)
        return gradient

    def cost(
        self,
        X: np.ndarray,
        Y: np.ndarray,
        parameters: Parameters,
        w: np.ndarray | None = None,
        alpha: float = 0.0,
    ) -> float:
        """Return ``J = (sum_i w_i loss_i + alpha/2 sum_l ||W[l]||^2) / S``.

        Parameters
        ----------
        X : ndarray of shape (n[0], m)
        Y : ndarray of shape (n[L], m)
            A row of 0 and 1 for two classes, one-hot columns for more, a row of
            0 and 1 for each of several labels, a row of numbers for each output
            of a regression.
        parameters : Parameters
        w : ndarray of shape (m,), default=None
            Weights of the examples; None means ones. ``S = sum_i w_i``.
        alpha : float, default=0
            Strength of the penalty, often written lambda.

        Returns
        -------
        float

        Raises
        ------
        ValueError, TypeError
            If an argument is no array of numbers, has another shape, or holds
            a value that the loss does not take: for the cross-entropies ``Y``
            is within [0, 1], and its columns sum to 1 for the categorical one;
            for ``"poisson"`` it is at least 0. ``w`` and ``alpha`` are at
            least 0. The message names it.
        """
        return self.cost_and_gradient(X, Y, parameters, w, alpha)[0]

    def cost_and_gradient(
        self,
        X: np.ndarray,
        Y: np.ndarray,
        parameters: Parameters,
        w: np.ndarray | None = None,
        alpha: float = 0.0,
    ) -> tuple[float, Parameters]:
        """Return ``J`` and its gradient.

        Parameters
        ----------
        X, Y, parameters, w, alpha
            As for `cost`.

        Returns
        -------
        J : float
        gradient : Parameters
            ``W[l]`` holds ``dJ/dW[l]``, ``b[l]`` holds ``dJ/db[l]``.

        Raises
        ------
        ValueError, TypeError
            As for `cost`.
        """
        check_real("alpha", alpha, **NOT_NEGATIVE)
        A_ones = check_inputs(X, parameters, self.units)
        m = A_ones.shape[1]
        Y, w = check_targets(
            Y, w, (self.units[-1], m), self.loss, parameters.theta.dtype
        )
        gradient = parameters.zeros_like()
        workspace = Workspace(self.units, m, parameters.theta.dtype)
        cost = self.sums(A_ones, Y, w, parameters, gradient, workspace)
        S = m if w is None else float(np.sum(w))
        decay = alpha * parameters.weight_mask() * parameters.theta
        gradient.theta += decay
        gradient.theta /= S
        return (cost + float(decay @ parameters.theta) / 2) / S, gradient

    # The passes below are those of training: X comes as [X; 1], everything is
    # written into arrays that are there already, and nothing is checked.

    def sums(
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
            Z, Y, w, out=workspace.dZ, scratch=workspace.output_scratch
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
        """Return ``sum_i w_i loss_i`` as `sums` does, without a gradient."""
        Z, _ = self.forward_to_Z(A_ones, parameters, workspace)
        return self.loss.cost(Z, Y, w)

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


def find_activation(activation: str | Activation) -> Activation:
    """Return the `Activation` of that name, or the one that was given.

    Parameters
    ----------
    activation : str or Activation

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if isinstance(activation, Activation):
        return activation
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        raise ValueError(
            f"activation is {activation!r}, expected one of {list(ACTIVATIONS)}."
        )
    return ACTIVATIONS[activation]


def find_loss(loss: str | Loss) -> Loss:
    """Return the loss of that name, or the one that was given.

    Parameters
    ----------
    loss : str or loss object

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if isinstance(loss, Loss):
        return loss
    if not isinstance(loss, str) or loss not in LOSSES:
        raise ValueError(f"loss is {loss!r}, expected one of {list(LOSSES)}.")
    return LOSSES[loss]
