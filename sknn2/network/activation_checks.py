"""A trial of an activation that a user has written, before it is trained with."""

import numpy as np

from sknn2.network.activations import Activation

PROBE = np.array([[-20.0, -3, -1, -0.1, 0], [0.1, 1, 3, 20, -2], [2, 0, 0.5, -5, 5]])
"""The values of Z that `check_activation` uses."""


def check_activation(g: Activation) -> None:
    """Check an activation of a user on a few numbers, in float32 and float64.

    Parameters
    ----------
    g : Activation

    Raises
    ------
    ValueError, TypeError
        If forward or backward cannot be called as `Activation` says, returns
        another shape or something that is not finite, is not a function of
        each entry alone, or gives other values where ``out`` and ``scratch``
        are given. The message names the activation.
    """
    with np.errstate(all="ignore"):
        for dtype in (np.float32, np.float64):
            Z = PROBE.astype(dtype)
            A = _try_pass(g, "forward", (Z,)).astype(dtype)
            _try_pass(g, "backward", (np.full_like(Z, 0.5), Z if g.needs_Z else A))


def _try_pass(g: Activation, name: str, arrays: tuple[np.ndarray, ...]) -> np.ndarray:
    """Check ``g.forward(Z)`` or ``g.backward(dA, A)``, and return what it gives."""
    function = getattr(g, name)
    called = f"{name} of the activation {g.name!r}"
    kept = "Z" if g.needs_Z else "A"
    called_as = "forward(Z)" if name == "forward" else f"backward(dA, {kept})"

    def call(*given: np.ndarray, **places: np.ndarray) -> np.ndarray:
        shape, dtype = given[0].shape, given[0].dtype
        try:
            value = np.asarray(function(*given, **places))
        except Exception as error:
            raise TypeError(
                f"{called} failed on {dtype} arrays of shape {shape} ({error}). It is "
                f"called as {called_as}, or with out=None, scratch=None too."
            ) from error
        if value.dtype.kind not in "biuf" or value.shape != shape:
            raise ValueError(
                f"{called} returned an array of shape {value.shape} and type "
                f"{value.dtype} for arrays of shape {shape} and type {dtype}: it has "
                "to return real numbers of that shape."
            )
        if not np.isfinite(value).all():
            where = tuple(np.argwhere(~np.isfinite(value))[0])
            at = ", ".join(f"{array[where]:g}" for array in given)
            raise ValueError(
                f"{called} returned {value[where]} at {at}: it has to be finite."
            )
        return value.copy()

    value = call(*(array.copy() for array in arrays))
    rtol = 1e-4 if arrays[0].dtype == np.float32 else 1e-8
    entry = call(*(array[1:2, 2:3].copy() for array in arrays))
    column = call(*(array[:, 3:4].copy() for array in arrays))
    if not (
        np.allclose(entry, value[1:2, 2:3], rtol, 1e-12)
        and np.allclose(column, value[:, 3:4], rtol, 1e-12)
    ):
        raise ValueError(
            f"{called} gives an entry another value when other entries stand beside "
            "it: an activation has to be a function of each entry alone."
        )
    for in_place in (True, False):
        given = [array.copy() for array in arrays]
        out = given[0] if in_place else np.full_like(given[0], np.nan)
        scratch = np.full_like(given[0], np.nan)
        # The caller uses what is returned, whether it was written to out or not.
        if not np.allclose(call(*given, out=out, scratch=scratch), value, rtol, 1e-12):
            raise ValueError(
                f"{called} returns other values where out and scratch are given. out "
                "may be the first argument itself, so nothing may be read from that "
                "after out was written, and scratch comes with anything in it."
            )
    return value
