"""Optimisers: how a gradient becomes a step of theta.

Each is its hyper-parameters and nothing else: a frozen dataclass that prints,
compares, pickles, clones and can be a value of a grid. What it remembers from
step to step is a ``(n_moments, p)`` array that the caller keeps, so that
training can be copied, stored and resumed. An exponential average is kept as
the sum behind it, which is the average over 1 - beta.

In the formulas g is ``dtheta``, eta the learning rate, t = 1, 2, ... counts the
steps, lambda W is the gradient of the penalty, zero for biases. All but AdamW
use ``g + lambda W`` for g.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sknn2.checks import FRACTION, POSITIVE, check_fields, check_real


class Optimizer:
    """Base class of the first-order optimisers.

    Attributes
    ----------
    name : str
        Its name in the estimators.
    n_moments : int
        Vectors of the length of theta in its memory.
    default_learning_rate : float
        What ``learning_rate="auto"`` means for a classifier with one hidden
        layer: a rate that worked well on standardised tables with a cosine
        schedule.
    regression_learning_rate : float
        The same for a regressor; None is that of a classifier.
    decoupled : bool
        Whether the gradient of the penalty, times the learning rate, is
        subtracted from theta directly and does not enter the gradient.
    """

    name: ClassVar[str]
    n_moments: ClassVar[int]
    default_learning_rate: ClassVar[float]
    # An update proportional to the gradient has to be smaller where nothing bounds it.
    regression_learning_rate: ClassVar[float | None] = None
    decoupled: ClassVar[bool] = False

    def auto_learning_rate(self, n_hidden_layers: int, *, regression: bool) -> float:
        """Return what ``learning_rate="auto"`` means: the deeper, the smaller.

        Parameters
        ----------
        n_hidden_layers : int
        regression : bool
            Whether the output is that of a regressor.
        """
        rate = self.default_learning_rate
        if regression and self.regression_learning_rate is not None:
            rate = self.regression_learning_rate
        return rate / max(1, n_hidden_layers)

    def new_memory(self, theta: np.ndarray) -> np.ndarray:
        """Return the memory before the first step, zeros of ``(n_moments, p)``."""
        return np.zeros((self.n_moments, theta.size), theta.dtype)

    def update(
        self,
        theta: np.ndarray,
        dtheta: np.ndarray,
        memory: np.ndarray,
        t: int,
        learning_rate: float,
        penalty: np.ndarray | None = None,
    ) -> None:
        """Change ``theta`` and ``memory`` by one step on the cost with its penalty.

        Parameters
        ----------
        theta, dtheta, memory, t, learning_rate
            As for `step`; ``dtheta`` is without the penalty.
        penalty : ndarray of shape (p,), default=None
            Gradient of the penalty; overwritten.
        """
        if penalty is not None and self.decoupled:
            penalty *= learning_rate
            theta -= penalty
        elif penalty is not None:
            dtheta += penalty
        self.step(theta, dtheta, memory, t, learning_rate)

    def step(
        self,
        theta: np.ndarray,
        dtheta: np.ndarray,
        memory: np.ndarray,
        t: int,
        learning_rate: float,
    ) -> None:
        """Change ``theta`` and ``memory`` by one step, in place.

        Parameters
        ----------
        theta : ndarray of shape (p,)
        dtheta : ndarray of shape (p,)
            Gradient of the cost, the penalty included unless `decoupled`;
            overwritten.
        memory : ndarray of shape (n_moments, p)
            From `new_memory`, then from the step before.
        t : int
            Number of this step, from 1.
        learning_rate : float
        """
        raise NotImplementedError


def average(total: np.ndarray, beta: float, value: np.ndarray) -> np.ndarray:
    """Set ``total = beta total + value``: the exponential average over 1 - beta.

    The average itself, ``beta v + (1 - beta) value``, would take one more pass
    over memory. What uses the total multiplies its own factor by 1 - beta.
    """
    total *= beta
    total += value
    return total


@dataclass(frozen=True)
class GradientDescent(Optimizer):
    """``theta = theta - eta g``: plain gradient descent."""

    name: ClassVar[str] = "sgd"
    n_moments: ClassVar[int] = 0
    default_learning_rate: ClassVar[float] = 0.5
    regression_learning_rate: ClassVar[float | None] = 0.05

    def step(
        self,
        theta: np.ndarray,
        dtheta: np.ndarray,
        memory: np.ndarray,
        t: int,
        learning_rate: float,
    ) -> None:
        """See `Optimizer.step`."""
        dtheta *= learning_rate
        theta -= dtheta


@dataclass(frozen=True)
class Momentum(Optimizer):
    """Gradient descent along an exponential average of the gradients.

    ::

        v     = beta v + (1 - beta) g
        theta = theta - eta v

    scikit-learn and PyTorch leave out the (1 - beta): their step at an equal
    rate is 1 / (1 - beta) times this one, ten times at ``beta=0.9``.

    Parameters
    ----------
    beta : float in [0, 1), default=0.9
        0 is plain gradient descent.

    References
    ----------
    B. T. Polyak, Some methods of speeding up the convergence of iteration
    methods, 1964.
    """

    beta: float = 0.9

    name: ClassVar[str] = "momentum"
    n_moments: ClassVar[int] = 1
    default_learning_rate: ClassVar[float] = 0.5
    regression_learning_rate: ClassVar[float | None] = 0.05

    def __post_init__(self) -> None:
        check_fields(self, check_real, "beta", **FRACTION)

    def step(
        self,
        theta: np.ndarray,
        dtheta: np.ndarray,
        memory: np.ndarray,
        t: int,
        learning_rate: float,
    ) -> None:
        """See `Optimizer.step`."""
        g, (total,) = dtheta, memory
        average(total, self.beta, g)
        theta -= np.multiply(total, learning_rate * (1 - self.beta), out=g)


@dataclass(frozen=True)
class Nesterov(Optimizer):
    """Nesterov momentum: the average is applied once more, with the new g.

    ::

        v     = beta v + (1 - beta) g
        theta = theta - eta (beta v + (1 - beta) g)

    This is Nesterov's accelerated gradient, written for the point where the
    gradient is taken (Sutskever et al., 2013; Dozat, 2016), on the exponential
    average as in `Momentum`.

    Parameters
    ----------
    beta : float in [0, 1), default=0.9

    References
    ----------
    Y. Nesterov, A method of solving a convex programming problem with
    convergence rate O(1/k^2), 1983. I. Sutskever et al., On the importance of
    initialization and momentum in deep learning, ICML 2013.
    """

    beta: float = 0.9

    name: ClassVar[str] = "nesterov"
    n_moments: ClassVar[int] = 1
    default_learning_rate: ClassVar[float] = 0.5
    regression_learning_rate: ClassVar[float | None] = 0.05

    def __post_init__(self) -> None:
        check_fields(self, check_real, "beta", **FRACTION)

    def step(
        self,
        theta: np.ndarray,
        dtheta: np.ndarray,
        memory: np.ndarray,
        t: int,
        learning_rate: float,
    ) -> None:
        """See `Optimizer.step`."""
        g, (total,) = dtheta, memory
        average(total, self.beta, g)
        rate = learning_rate * (1 - self.beta)
        g *= rate
        theta -= g
        theta -= np.multiply(total, rate * self.beta, out=g)


@dataclass(frozen=True)
class RMSProp(Optimizer):
    """RMSProp: divide the update of each parameter by the size of its gradients.

    ::

        s     = beta s + (1 - beta) g^2
        theta = theta - eta g / (sqrt(s) + epsilon)

    Parameters
    ----------
    beta : float in [0, 1), default=0.9
    epsilon : float, default=1e-8

    References
    ----------
    T. Tieleman and G. Hinton, Neural networks for machine learning, lecture
    6.5, 2012.
    """

    beta: float = 0.9
    epsilon: float = 1e-8

    name: ClassVar[str] = "rmsprop"
    n_moments: ClassVar[int] = 1
    default_learning_rate: ClassVar[float] = 0.01

    def __post_init__(self) -> None:
        check_fields(self, check_real, "beta", **FRACTION)
        check_fields(self, check_real, "epsilon", **POSITIVE)

    def step(
        self,
        theta: np.ndarray,
        dtheta: np.ndarray,
        memory: np.ndarray,
        t: int,
        learning_rate: float,
    ) -> None:
        """See `Optimizer.step`."""
        g, (total,) = dtheta, memory
        size = g * g
        np.sqrt(average(total, self.beta, size), out=size)
        # sqrt(s) = factor sqrt(total), so the factor goes into epsilon and the rate.
        factor = math.sqrt(1 - self.beta)
        size += self.epsilon / factor
        g /= size
        g *= learning_rate / factor
        theta -= g


@dataclass(frozen=True)
class Adam(Optimizer):
    """Adam: averages of the gradient and of its square, with bias correction.

    ::

        m     = beta1 m + (1 - beta1) g          first moment
        v     = beta2 v + (1 - beta2) g^2        second moment
        theta = theta - eta (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)

    Parameters
    ----------
    beta1 : float in [0, 1), default=0.9
    beta2 : float in [0, 1), default=0.999
    epsilon : float, default=1e-8
        Outside the root, as in the paper.

    References
    ----------
    D. P. Kingma and J. Ba, Adam: a method for stochastic optimization, ICLR
    2015.
    """

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    name: ClassVar[str] = "adam"
    n_moments: ClassVar[int] = 2
    default_learning_rate: ClassVar[float] = 0.02

    def __post_init__(self) -> None:
        check_fields(self, check_real, "beta1", "beta2", **FRACTION)
        check_fields(self, check_real, "epsilon", **POSITIVE)

    def step(
        self,
        theta: np.ndarray,
        dtheta: np.ndarray,
        memory: np.ndarray,
        t: int,
        learning_rate: float,
    ) -> None:
        """See `Optimizer.step`."""
        g, (first, second) = dtheta, memory
        average(first, self.beta1, g)
        g *= g
        average(second, self.beta2, g)
        step = np.sqrt(second, out=g)
        # m / (1 - beta1^t) = factor1 first, and likewise for v: both are scalars, so
        # they go into epsilon and the rate.
        factor1 = (1 - self.beta1) / (1 - self.beta1**t)
        factor2 = math.sqrt((1 - self.beta2) / (1 - self.beta2**t))
        step += self.epsilon / factor2
        np.divide(first, step, out=step)
        step *= learning_rate * factor1 / factor2
        theta -= step


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam whose penalty acts on the weights directly, outside the moments.

    ::

        m, v  = as in Adam, from g without the penalty
        theta = theta - eta (Adam's step + lambda W)

    lambda is alpha / S, the factor that the penalty has in the gradient of the
    cost. In `Adam` the penalty goes through the moments and is divided by the
    size of the gradient: weights with large gradients shrink less. Here all
    weights shrink equally.

    Parameters
    ----------
    beta1 : float in [0, 1), default=0.9
    beta2 : float in [0, 1), default=0.999
    epsilon : float, default=1e-8

    References
    ----------
    I. Loshchilov and F. Hutter, Decoupled weight decay regularization, ICLR
    2019.
    """

    name: ClassVar[str] = "adamw"
    decoupled: ClassVar[bool] = True
