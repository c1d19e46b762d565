"""Schedules: the factor on the learning rate, epoch by epoch.

A schedule is a function of the epoch and of the history, and has no state, so
that a training can resume. Epochs count from the first fit on, over warm starts
and ``partial_fit``. `Cosine` alone has a horizon: it runs over the ``max_iter``
epochs of each fit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sknn2.checks import (
    FRACTION,
    NOT_NEGATIVE,
    POSITIVE,
    check_fields,
    check_integer,
    check_real,
)
from sknn2.training.stopping import Patience


class Schedule:
    """Base class of the schedules.

    Attributes
    ----------
    name : str
        Its name in the estimators.
    horizon : bool
        Whether it needs to know where training ends.
    """

    name: ClassVar[str]
    horizon: ClassVar[bool] = False

    def __call__(
        self, epoch: int, losses: Sequence[float], progress: float | None = None
    ) -> float:
        """Return the factor on the learning rate for this epoch.

        Parameters
        ----------
        epoch : int
            Epochs run before this one, 0 for the first.
        losses : sequence of float
            The cost of each epoch before.
        progress : float in [0, 1), default=None
            Share of this fit's ``max_iter`` that has been run. None where the
            number of epochs is not known, as in ``partial_fit``.

        Returns
        -------
        float
        """
        raise NotImplementedError


@dataclass(frozen=True)
class Constant(Schedule):
    """The factor is 1."""

    name: ClassVar[str] = "constant"

    def __call__(
        self, epoch: int, losses: Sequence[float], progress: float | None = None
    ) -> float:
        """See `Schedule.__call__`."""
        return 1.0


@dataclass(frozen=True)
class InverseTime(Schedule):
    """``1 / (1 + decay * epoch)``.

    Parameters
    ----------
    decay : float, default=0.1
        The rate has halved after 1 / decay epochs.
    """

    decay: float = 0.1

    name: ClassVar[str] = "inverse_time"

    def __post_init__(self) -> None:
        check_fields(self, check_real, "decay", **POSITIVE)

    def __call__(
        self, epoch: int, losses: Sequence[float], progress: float | None = None
    ) -> float:
        """See `Schedule.__call__`."""
        return 1 / (1 + self.decay * epoch)


@dataclass(frozen=True)
class Exponential(Schedule):
    """``decay ** epoch``.

    Parameters
    ----------
    decay : float in [0, 1), default=0.95
    """

    decay: float = 0.95

    name: ClassVar[str] = "exponential"

    def __post_init__(self) -> None:
        check_fields(self, check_real, "decay", **FRACTION)

    def __call__(
        self, epoch: int, losses: Sequence[float], progress: float | None = None
    ) -> float:
        """See `Schedule.__call__`."""
        return self.decay**epoch


@dataclass(frozen=True)
class Step(Schedule):
    """``factor ** (epoch // every)``.

    Parameters
    ----------
    every : int, default=50
        Epochs between the drops.
    factor : float in [0, 1), default=0.5
        Factor of each drop.
    """

    every: int = 50
    factor: float = 0.5

    name: ClassVar[str] = "step"

    def __post_init__(self) -> None:
        check_fields(self, check_integer, "every", low=1)
        check_fields(self, check_real, "factor", **FRACTION)

    def __call__(
        self, epoch: int, losses: Sequence[float], progress: float | None = None
    ) -> float:
        """See `Schedule.__call__`."""
        return self.factor ** (epoch // self.every)


@dataclass(frozen=True)
class Cosine(Schedule):
    """``(1 + cos(pi * progress)) / 2``, from 1 down to nearly 0 over a fit.

    The rate is highest at the start and falls to nearly 0 in the last of
    ``max_iter`` epochs. A warm start begins again at 1. ``partial_fit`` does
    not know the number of epochs and raises an error.

    References
    ----------
    I. Loshchilov and F. Hutter, SGDR: stochastic gradient descent with warm
    restarts, ICLR 2017, without the restarts.
    """

    name: ClassVar[str] = "cosine"
    horizon: ClassVar[bool] = True

    def __call__(
        self, epoch: int, losses: Sequence[float], progress: float | None = None
    ) -> float:
        """See `Schedule.__call__`."""
        if progress is None:
            raise ValueError(
                "the cosine schedule needs to know where training ends, and "
                "partial_fit has no end: take another schedule, e.g. "
                "schedule='constant'."
            )
        return (1 + float(np.cos(np.pi * progress))) / 2


@dataclass(frozen=True)
class WarmUp(Schedule):
    """Rise in equal steps over the first epochs, then stay at 1.

    The factor is ``(epoch + 1) / (epochs + 1)`` for ``epoch < epochs``.

    Parameters
    ----------
    epochs : int, default=5
    """

    epochs: int = 5

    name: ClassVar[str] = "warm_up"

    def __post_init__(self) -> None:
        check_fields(self, check_integer, "epochs", low=1)

    def __call__(
        self, epoch: int, losses: Sequence[float], progress: float | None = None
    ) -> float:
        """See `Schedule.__call__`."""
        return min(1.0, (epoch + 1) / (self.epochs + 1))


@dataclass(frozen=True)
class DivideOnStall(Schedule):
    """Divide the rate each time the cost has not fallen for some epochs.

    The factor is ``1 / divisor ** stalls``. A stall is complete when
    ``patience`` epochs in a row have not brought the cost at least ``tol``
    below the lowest before; counting then starts anew.

    Parameters
    ----------
    divisor : float, default=5.0
    patience : int, default=5
    tol : float, default=1e-4
    """

    divisor: float = 5.0
    patience: int = 5
    tol: float = 1e-4

    name: ClassVar[str] = "divide_on_stall"

    def __post_init__(self) -> None:
        check_fields(self, check_real, "divisor", **POSITIVE)
        check_fields(self, check_integer, "patience", low=1)
        check_fields(self, check_real, "tol", **NOT_NEGATIVE)

    def __call__(
        self, epoch: int, losses: Sequence[float], progress: float | None = None
    ) -> float:
        """See `Schedule.__call__`."""
        patience, stalls = Patience(self.tol, self.patience), 0
        for loss in losses:
            if patience.exhausted(loss):
                patience.waited, stalls = 0, stalls + 1
        return self.divisor**-stalls


SCHEDULES: dict[str, Schedule] = {
    schedule.name: schedule
    for schedule in (
        Constant(),
        InverseTime(),
        Exponential(),
        Step(),
        Cosine(),
        WarmUp(),
        DivideOnStall(),
    )
}
