"""Called after each epoch: history, validation, early stopping, printed lines."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from sknn2.fitting.callbacks import EpochTasks
from sknn2.network.parameters import Parameters
from sknn2.training.state import State
from sknn2.training.stopping import Patience


class Monitor:
    """Called after each epoch of a fit; returns whether to stop.

    Parameters
    ----------
    state : State
        The state of the training.
    patience : Patience
        Receives the cost, or minus the validation score if that stops training.
    n_epochs : int
        Epochs of this fit at most.
    validate : callable, default=None
        ``validate(parameters)`` returns the loss on the validation set and the
        score, the higher the better. None where there is no validation set.
    keep_best : bool, default=False
        Whether the validation score stops training, and the weights of the best
        epoch are kept.
    rate : callable, default=None
        ``rate(epoch)``, for the printed line.
    verbose : int, default=0
        Print a line every so many epochs; 0 prints nothing.
    tasks : EpochTasks, default=None
        scikit-learn's callbacks, where any are set.

    Attributes
    ----------
    losses, scores : list of float
        On the validation set, an entry an epoch.
    best : tuple or None
        Snapshot of the best epoch.
    best_epoch : int or None
        Its index in ``state.losses``; None if the fit started from the best.
    """

    def __init__(
        self,
        state: State,
        patience: Patience,
        n_epochs: int,
        *,
        validate: Callable[[Parameters], tuple[float, float]] | None = None,
        keep_best: bool = False,
        rate: Callable[[int], float] | None = None,
        verbose: int = 0,
        tasks: "EpochTasks | None" = None,
    ) -> None:
        self.state, self.patience = state, patience
        self.validate, self.keep_best = validate, keep_best
        self.rate, self.verbose, self.tasks = rate, verbose, tasks
        self.first = len(state.losses)
        self.last = self.first + n_epochs
        self.losses: list[float] = []
        self.scores: list[float] = []
        self.best: tuple[np.ndarray, np.ndarray, int] | None = None
        self.best_epoch: int | None = None
        self.runner_up: tuple[Any, int | None] = None, None
        self.best_score = -np.inf
        self.started = time.perf_counter()
        if validate is not None and keep_best and self.first > 0:
            # A resumed training has to improve on the score it starts from.
            self.best_score = validate(state.parameters)[1]
            self.best = state.snapshot()

    def __call__(self) -> bool:
        """Record one more epoch; return whether to stop."""
        if self.validate is not None:
            loss, score = self.validate(self.state.parameters)
            self.losses.append(loss)
            self.scores.append(score)
            if score > self.best_score:
                self.runner_up = self.best, self.best_epoch
                self.best_score, self.best_epoch = score, len(self.state.losses) - 1
                if self.keep_best:
                    self.best = self.state.snapshot()
        watched = -self.scores[-1] if self.keep_best else self.state.losses[-1]
        stop = self.patience.exhausted(watched)
        if self.tasks is not None:
            stop = self.tasks.end_epoch() or stop
            if not stop and len(self.state.losses) < self.last:
                self.tasks.begin_epoch()
        epochs = len(self.state.losses)
        if self.verbose and (stop or epochs % self.verbose == 0 or epochs == self.last):
            print(self.line())
        return stop

    def line(self) -> str:
        """Return the printed line of the latest epoch."""
        losses = self.state.losses
        parts = [f"epoch {len(losses):>{len(str(self.last))}}/{self.last}"]
        parts.append(f"cost {losses[-1]:.5f}")
        parts.append(f"{losses[-1] - losses[-2]:+.1e}" if len(losses) > 1 else " " * 8)
        if self.validate is not None:
            parts.append(f"validation loss {self.losses[-1]:.5f}")
            if self.scores[-1] != -self.losses[-1]:
                parts.append(f"score {self.scores[-1]:.4f}")
            parts.append("best" if self.best_epoch == len(losses) - 1 else "    ")
        if self.rate is not None:
            parts.append(f"rate {self.rate(len(losses) - 1):.1e}")
        parts.append(f"{time.perf_counter() - self.started:.1f} s")
        return "  ".join(parts)

    def finish(self, n_good: int) -> None:
        """Restore the state of the best epoch, if `keep_best`.

        Parameters
        ----------
        n_good : int
            Epochs whose weights were not discarded.
        """
        if self.best_epoch is not None and self.best_epoch >= n_good:
            self.best, self.best_epoch = self.runner_up
        if self.keep_best and self.best is not None:
            self.state.restore(self.best)
