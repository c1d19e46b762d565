"""A network: forward propagation, cost and backward propagation over its layers.

`Network.forward` goes through the layers 1 to L with the equations (1) and (2)
of ``layers.py``, and `Network.backward` through L to 1 with (3) to (6), from
``A[0] = X`` and ``dZ[L]``. The loss and its output activation together give
``dZ[L]``: it is ``A[L] - Y`` for all losses but three of regression.

Derivatives here are **sums** over the examples. The textbook's 1/m enters once,
in `Network.cost_and_gradient` and in training, where it is 1/S with S the sum
of the weights. So the sums of batches, blocks and threads can be added up.

`TrainingPasses` are the same passes as training calls them.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from sknn2.checks import NOT_NEGATIVE, check_real
from sknn2.names import ActivationName, LossName
from sknn2.network.activation_checks import check_activation
from sknn2.network.activations import (
    ACTIVATIONS,
    Activation,
    find_activation,
)
from sknn2.network.array_checks import check_caches, check_inputs, check_targets
from sknn2.network.layers import (
    Cache,
    layer_backward,
    layer_forward,
    linear_backward,
    linear_forward,
)
from sknn2.network.losses import LOSSES, CategoricalCrossEntropy, Loss, find_loss
from sknn2.network.parameters import Parameters
from sknn2.network.passes import TrainingPasses
from sknn2.network.workspace import Workspace


class Network(TrainingPasses):
    """A fully connected network of ``L = len(units) - 1`` layers.

    It holds no parameters and no data: its methods take both, X as
    ``(features, examples)``. A network of two layers is shallow, of three or more
    deep; one layer is logistic regression.

    Parameters
    ----------
    units : sequence of int
        ``(n[0], n[1], ..., n[L])``: inputs, units of each hidden layer,
        outputs.
    activation : {"sigmoid", "logistic", "tanh", "relu", "leaky_relu", \
            "identity", "elu", "selu", "softplus", "silu", "gelu"} or Activation, \
            default="tanh"
        g of the hidden layers.
    loss : {"binary_cross_entropy", "categorical_cross_entropy", \
            "squared_error", "absolute_error", "huber", "pinball", "quantile", \
            "poisson"} or loss object, default=None
        Each comes with its output activation: sigmoid, softmax, exp for
        ``"poisson"`` and none for the others. None takes the first for one
        output and the second for more. Objects have parameters of their own:
        ``Pinball(quantile=0.9)``.

    Raises
    ------
    ValueError
        If a name is unknown, the loss does not fit ``n[L]``, or an `Activation`
        of your own returns what it must not.
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

    def __reduce__(self) -> tuple[Any, ...]:
        # A built-in activation by its name: no function is in a file, and what is read
        # from one is checked as what a user gives.
        g = self.activation
        name = g.name if ACTIVATIONS.get(g.name) is g else g
        return type(self), (self.units, name, self.loss)

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
        """Return the output ``A[L]`` and the caches that `backward` needs.

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
            ``caches[l]`` holds ``A[l-1]``, ``W[l]``, ``b[l]``, ``Z[l]`` and
            ``A[l]`` for `layer_backward`; ``caches[0]`` is None.

        Raises
        ------
        ValueError
            If a shape does not fit; the message names it and the one expected.
        TypeError
            If X is sparse or no array of numbers, or ``parameters`` are none.
        """
        A = check_inputs(X, parameters, self.units)[:-1]
        W, b, L = parameters.W, parameters.b, len(self.units) - 1
        caches: list[Any] = [None]
        for l in range(1, L):
            A, cache = layer_forward(A, W[l], b[l], self.activation)
            caches.append(cache)
        Z = linear_forward(A, W[L], b[L])
        caches.append(Cache(A, W[L], b[L], Z, self.loss.output(Z)))
        return caches[L].A, caches

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
        gradient, L = Parameters(self.units, dtype=Z.dtype), len(self.units) - 1
        dW, db = gradient.W, gradient.b
        dA: Any
        _, dZ = self.loss.cost_and_dZ(Z.copy(), Y, w)
        dA, dW[L], db[L] = linear_backward(dZ, caches[L], to_input=L > 1)
        for l in range(L - 1, 0, -1):
            dA, dW[l], db[l] = layer_backward(
                dA, caches[l], self.activation, to_input=l > 1
            )
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
        keep_Z = self.activation.needs_Z
        workspace = Workspace(self.units, m, parameters.theta.dtype, keep_Z=keep_Z)
        cost = self.cost_and_gradient_sums(
            A_ones, Y, w, parameters, gradient, workspace
        )
        S = m if w is None else float(np.sum(w))
        decay = alpha * parameters.weight_mask() * parameters.theta
        gradient.theta += decay
        gradient.theta /= S
        return (cost + float(decay @ parameters.theta) / 2) / S, gradient
