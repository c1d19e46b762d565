"""Check of the gradient by central differences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import issparse
from sklearn.base import clone

from sknn2.estimators.base import NeuralNetwork
from sknn2.fitting.objective_of_rows import objective_of_rows
from sknn2.network.network import Network
from sknn2.network.parameters import Parameters, as_numbers
from sknn2.training.objective import Objective


@dataclass(frozen=True)
class GradientReport:
    """Result of `check_gradient`; print it to read it.

    Parameters
    ----------
    gradient : Parameters
        By backpropagation.
    numerical : Parameters
        By central differences.
    tol : float
        Relative error up to which the gradient counts as right.
    """

    gradient: Parameters
    numerical: Parameters
    tol: float

    @property
    def relative_error(self) -> float:
        """``||gradient - numerical|| / (||gradient|| + ||numerical||)`` over theta."""
        return relative_error(self.gradient.theta, self.numerical.theta)

    @property
    def ok(self) -> bool:
        """Whether ``relative_error`` is at most ``tol``."""
        return self.relative_error <= self.tol

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        lines = [f"{'':6}{'shape':>12}{'norm':>12}{'error':>10}  largest difference"]
        for l in range(1, len(self.gradient.units)):
            for name in ("W", "b"):
                a = getattr(self.gradient, name)[l]
                n = getattr(self.numerical, name)[l]
                where = np.unravel_index(np.abs(a - n).argmax(), a.shape)
                index = ", ".join(str(i) for i in where)
                lines.append(
                    f"d{name}[{l}]{a.shape!s:>13}{np.linalg.norm(a):12.4g}"
                    f"{relative_error(a, n):10.1e}  at [{index}]: backward "
                    f"{a[where]:.9g}, differences {n[where]:.9g}"
                )
        verdict = "The gradient is right" if self.ok else "THE GRADIENT IS WRONG"
        lines.append(
            f"{verdict}: relative error {self.relative_error:.1e}, "
            f"{'at most' if self.ok else 'more than'} {self.tol:g}, over "
            f"{self.gradient.theta.size} parameters."
        )
        return "\n".join(lines)


def relative_error(a: np.ndarray, b: np.ndarray) -> float:
    """Return ``||a - b|| / (||a|| + ||b||)``, 0 where both are 0."""
    scale = float(np.linalg.norm(a) + np.linalg.norm(b))
    return 0.0 if scale == 0 else float(np.linalg.norm(a - b)) / scale


def check_gradient(
    model: Network | NeuralNetwork,
    X: ArrayLike,
    y: ArrayLike,
    parameters: Parameters | None = None,
    *,
    sample_weight: ArrayLike | None = None,
    alpha: float | None = None,
    gradient: Parameters | None = None,
    tol: float = 1e-7,
) -> GradientReport:
    """Compare the gradient of backpropagation with central differences.

    Each parameter in turn is moved by ``h`` up and down, and ``(J(theta + h) -
    J(theta - h)) / 2h`` is compared with the entry of the gradient. That takes
    two costs for each parameter, so use a small net and few rows. All
    computations are in float64. Where a relu unit changes sign within h, at its
    kink, the two differ although the gradient is right.

    Parameters
    ----------
    model : Network or estimator
        An estimator is checked at its fitted parameters, or, before a fit, at
        those that a fit would start from; with its own penalty, class weights
        and standardisation.
    X : ndarray
        ``(n[0], m)`` for a network, ``(m, n_features)`` for an estimator, which
        also takes sparse X.
    y : ndarray
        ``Y`` of shape ``(n[L], m)`` for a network, labels ``(m,)`` for an
        estimator.
    parameters : Parameters, default=None
        Where to check a network; needed there, and only there.
    sample_weight : array-like of shape (m,), default=None
        Weights of the examples.
    alpha : float, default=None
        Strength of the penalty for a network (None is 0). An estimator has its
        own.
    gradient : Parameters, default=None
        A gradient of one's own, to be checked in place of that of
        backpropagation: ``Parameters.from_arrays(dW, db)`` of J, the mean over
        the examples plus the penalty.
    tol : float, default=1e-7
        Relative error up to which the gradient counts as right.

    Returns
    -------
    GradientReport
        True in a condition if the gradient is right; print it to see the error
        of each ``dW[l]`` and ``db[l]``.

    Raises
    ------
    ValueError, TypeError
        If ``parameters`` is missing for a network, ``parameters`` or ``alpha``
        is given for an estimator, or ``gradient`` is not one of these
        parameters.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn2 import Network, check_gradient, initialize
    >>> X = np.array([[0.0, 0, 1, 1], [0, 1, 0, 1]])
    >>> Y = np.array([[0.0, 1, 1, 0]])
    >>> network = Network((2, 4, 1))
    >>> check_gradient(network, X, Y, initialize(network.units, rng=0)).ok
    True
    """
    if isinstance(model, Network):
        if parameters is None:
            raise ValueError(
                "parameters is missing: say where to check the gradient of a network, "
                "e.g. at initialize(network.units)."
            )
        # Sparse X is refused below.
        inputs: Any = X if issparse(X) else as_numbers("X", X).astype(np.float64)
        Y = as_numbers("Y", y)
        w = None
        if sample_weight is not None:
            w = as_numbers("w", sample_weight).astype(np.float64)
        alpha = 0.0 if alpha is None else alpha
        model.cost(inputs, Y, parameters, w, alpha)  # for its errors

        def cost_and_gradient(at: Parameters) -> tuple[float, Parameters]:
            return model.cost_and_gradient(inputs, Y, at, w, alpha)

    else:
        if parameters is not None or alpha is not None:
            raise ValueError(
                "parameters and alpha are for a network: an estimator has its own."
            )
        objective, parameters = objective_of(model, X, y, sample_weight)

        def cost_and_gradient(at: Parameters) -> tuple[float, Parameters]:
            gradient = at.zeros_like()
            return objective.cost_and_gradient(at, gradient), gradient

    at = Parameters(parameters.units, np.array(parameters.theta, np.float64))
    if gradient is None:
        _, gradient = cost_and_gradient(at)
    else:
        gradient = own_gradient(gradient, at)
    numerical = at.zeros_like()
    for i, value in enumerate(at.theta):
        # The cube root of the rounding unit balances rounding against curvature.
        h = np.cbrt(np.finfo(np.float64).eps) * max(1.0, abs(value))
        costs = []
        for at.theta[i] in (value + h, value - h):
            costs.append(cost_and_gradient(at)[0])
        at.theta[i] = value
        numerical.theta[i] = (costs[0] - costs[1]) / (2 * h)
    return GradientReport(gradient, numerical, tol)


def own_gradient(gradient: Any, at: Parameters) -> Parameters:
    """Return a gradient that was handed over, if it can be one.

    Parameters
    ----------
    gradient : Parameters
    at : Parameters
        Where it was taken.
    """
    if not isinstance(gradient, Parameters):
        raise TypeError(
            f"gradient is of type {type(gradient).__name__}, expected Parameters: make "
            "them by Parameters.from_arrays(dW, db), with dW and db as lists, layer by "
            "layer."
        )
    if gradient.units != at.units:
        raise ValueError(
            f"gradient has the units {gradient.units}, and the parameters have "
            f"{at.units}: dW[l] and db[l] have the shapes of W[l] and b[l]."
        )
    return Parameters(at.units, np.array(gradient.theta, np.float64))


def objective_of(
    estimator: NeuralNetwork,
    X: ArrayLike,
    y: ArrayLike,
    sample_weight: ArrayLike | None,
) -> tuple[Objective, Parameters]:
    """Return the cost that an estimator minimises, and its present parameters.

    Parameters
    ----------
    estimator : NeuralNetwork
        Not changed.
    X, y, sample_weight
        As for ``fit``.

    Returns
    -------
    objective : Objective
        In float64.
    parameters : Parameters
    """
    fitted = estimator.__sklearn_is_fitted__()
    unchanged = clone(estimator)
    if fitted:
        vars(unchanged).update(vars(estimator))
    fit = unchanged.set_params(warm_start=fitted)._new_fit(one_pass=False)
    fit.read(X, y, sample_weight, classes=None)
    if fitted:
        network, parameters = estimator.network_, estimator.parameters_
        standardization = estimator.standardization_
    else:
        fit.start()
        network, parameters = fit.network, fit.state.parameters
        standardization = fit.standardization
    objective = objective_of_rows(
        network,
        fit.targets,
        fit.rows,
        standardization,
        fit.alpha,
        np.dtype(np.float64),
    )
    return objective, parameters
