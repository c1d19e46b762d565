"""The parameters that a training starts from: initial or fitted ones."""

from typing import Any

import numpy as np

from sknn2.data.targets import Targets
from sknn2.fitting.settings import check_init
from sknn2.inputs.standardization import Standardization
from sknn2.names import InitName
from sknn2.network.initializers import initialize
from sknn2.network.losses import Poisson
from sknn2.network.network import Network
from sknn2.network.parameters import Parameters


def initial_parameters(
    estimator: str,
    network: Network,
    init: InitName | Parameters,
    targets: Targets,
    dtype: np.dtype[Any],
    seed: int,
) -> Parameters:
    """Return initial parameters, drawn or given.

    Parameters
    ----------
    estimator : str
        Name of its class, for messages.
    network : Network
    init : str or Parameters
    targets : Targets
        Its `start` is where the output biases start.
    dtype : dtype
        Precision of the training.
    seed : int

    Returns
    -------
    Parameters
    """
    if isinstance(init, Parameters):
        check_init(estimator, init, network.units)
        return Parameters(init.units, np.array(init.theta, dtype))
    # A stream of its own: those of the epochs are default_rng([seed, epoch]).
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0,)))
    parameters = initialize(network.units, init, rng, dtype)
    parameters.b[-1][:, 0] += targets.start
    if isinstance(network.loss, Poisson):
        # From the mean: exp of anything else could be large where a row is far out.
        parameters.W[-1].fill(0)
    return parameters


def resumed_parameters(
    fitted: Parameters,
    standardizations: tuple[Standardization | None, Standardization | None],
    targets: tuple[Targets, Targets],
) -> Parameters:
    """Return a copy of fitted parameters for further training with new statistics.

    The weights stay as they are while the statistics of the columns and of the
    target move, as behind a StandardScaler: weights that kept the function
    instead would grow with each shift of the data.

    Parameters
    ----------
    fitted : Parameters
    standardizations : tuple of (Standardization or None)
        Of the columns, before and now.
    targets : tuple of Targets
        Before and now.

    Returns
    -------
    Parameters
    """
    parameters = fitted.copy()
    old, new = standardizations
    if old is not None:
        assert new is not None  # the architecture is the same
        parameters.W[1] = old.carry(parameters.W[1], new)
    parameters.W[-1], parameters.b[-1] = targets[0].carry(
        parameters.W[-1], parameters.b[-1], targets[1]
    )
    return parameters


def check_precision(theta: np.ndarray, targets: Targets, encoded: np.ndarray) -> None:
    """Raise a ValueError if a training in float32 cannot continue with such targets.

    Parameters
    ----------
    theta : ndarray of shape (p,)
        The fitted parameters.
    targets : Targets
    encoded : ndarray
        From `Targets.encode`.
    """
    if theta.dtype == np.float32 and targets.needs_double(encoded):
        raise ValueError(
            f"y reaches {np.abs(encoded).max():g}, too large for the float32 of the "
            "training so far: start afresh, with X in float64, or divide y."
        )


def check_same_architecture(estimator: Any, network: Network) -> None:
    """Raise a ValueError if a resumed training asks for another network.

    Parameters
    ----------
    estimator : estimator
    network : Network
        The network of the present arguments.
    """
    fitted = estimator.network_
    standardized = estimator.standardization_ is not None
    if network == fitted and standardized == bool(estimator.standardize):
        return
    raise ValueError(
        f"{type(estimator).__name__} was fitted as {fitted} with "
        f"standardize={standardized} and cannot go on as {network} with "
        f"standardize={estimator.standardize}: a changed architecture needs a fresh "
        "fit, on a clone or with warm_start=False."
    )
