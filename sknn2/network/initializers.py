"""Initial parameters: random weights, zero biases."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sknn2.names import InitName
from sknn2.network.parameters import Parameters


def small_normal(n_prev: int, n: int) -> float:
    """``W ~ 0.01 N(0, 1)``: the small random numbers of the course."""
    return 0.01


def xavier(n_prev: int, n: int) -> float:
    """``W ~ N(0, 2 / (n[l-1] + n[l]))``, for tanh and sigmoid (Glorot, 2010)."""
    deviation: float = np.sqrt(2 / (n_prev + n))
    return deviation


def he(n_prev: int, n: int) -> float:
    """``W ~ N(0, 2 / n[l-1])``, for relu (He et al., 2015)."""
    deviation: float = np.sqrt(2 / n_prev)
    return deviation


def zeros(n_prev: int, n: int) -> float:
    """``W = 0``, to show that all hidden units then stay equal."""
    return 0.0


INITIALIZERS = {f.__name__: f for f in (small_normal, xavier, he, zeros)}


def initialize(
    units: Sequence[int],
    init: InitName = "xavier",
    rng: int | np.random.Generator | np.random.RandomState | None = None,
    dtype: npt.DTypeLike = np.float64,
) -> Parameters:
    """Draw initial parameters for training.

    Parameters
    ----------
    units : sequence of int
        ``(n[0], ..., n[L])``.
    init : {"small_normal", "xavier", "he", "zeros"}, default="xavier"
        The standard deviation of the weights; biases are zero. Zero biases do
        no harm: the random weights already make the hidden units differ.
    rng : None, int, numpy.random.Generator or RandomState, default=None
        The generator that draws ``W[1]``, then ``W[2]``, and so on, each row by
        row with ``rng.standard_normal``. An int or None goes through
        ``numpy.random.default_rng``.
    dtype : dtype, default=float64
        Precision of the parameters. The draws are the same in both.

    Returns
    -------
    Parameters

    Raises
    ------
    ValueError
        If ``init`` is not one of the names, or ``rng`` cannot draw.

    References
    ----------
    X. Glorot and Y. Bengio, Understanding the difficulty of training deep
    feedforward neural networks, AISTATS 2010. K. He et al., Delving deep into
    rectifiers, ICCV 2015.

    Examples
    --------
    >>> from sknn2 import initialize
    >>> initialize((2, 4, 1), "small_normal", rng=0).b[1].ravel()
    array([0., 0., 0., 0.])
    """
    if not isinstance(init, str) or init not in INITIALIZERS:
        raise ValueError(f"init is {init!r}, expected one of {list(INITIALIZERS)}.")
    if rng is None or not hasattr(rng, "standard_normal"):
        try:
            rng = np.random.default_rng(rng)
        except (TypeError, ValueError):
            raise ValueError(
                f"rng is {rng!r}, expected None, an integer of at least 0, a Generator "
                "or a RandomState."
            ) from None
    parameters = Parameters(units, dtype=dtype)
    for W in parameters.W[1:]:
        n, n_prev = W.shape
        W[:] = INITIALIZERS[init](n_prev, n) * rng.standard_normal(W.shape)
        W += 0.0  # zeros times a negative draw is -0, which this makes 0
    return parameters


def alike(parameters: Parameters) -> dict[int, int]:
    """Return the hidden layers in which units have equal weights and biases.

    Parameters
    ----------
    parameters : Parameters

    Returns
    -------
    dict
        From l to the number of units of that layer that differ, where that is
        less than n[l].
    """
    found = {}
    for l, Wb in enumerate(parameters.Wb[1:-1], 1):
        if np.unique(Wb[:, 0]).size < len(Wb):  # else no two rows can be equal
            # Adding 0 makes 0 of -0.
            different = len({hash((row + 0.0).tobytes()) for row in Wb})
            if different < len(Wb):
                found[l] = different
    return found


def alike_message(parameters: Parameters, before: dict[int, int]) -> str | None:
    """Return a sentence on hidden units that have stayed alike, or None.

    Parameters
    ----------
    parameters : Parameters
        After training.
    before : dict
        What `alike` returned before it.
    """
    after = alike(parameters) if before else {}
    for l in before.keys() & after.keys():
        return (
            f"Hidden units of layer {l} had equal weights at the start, and have them "
            f"at the end: its {parameters.units[l]} units compute no more than "
            f"{after[l]} would, because equal units get equal gradients. Random "
            "initial weights break the symmetry: init='auto' in an estimator, "
            "initialize(network.units, 'xavier') for train."
        )
    return None
