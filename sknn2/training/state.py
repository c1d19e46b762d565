"""All that a training needs to go on as if it had never stopped."""

from dataclasses import dataclass, field

import numpy as np

from sknn2.network.parameters import Parameters

Snapshot = tuple[np.ndarray, np.ndarray, int]
"""Parameters, the optimiser's memory and the number of its updates."""


@dataclass
class State:
    """All that training needs to go on as if it had never stopped.

    Parameters
    ----------
    parameters : Parameters
        The present parameters.
    memory : ndarray of shape (n_moments, p)
        Memory of the optimiser.
    seed : int
        Epoch k shuffles with ``default_rng([seed, k])``: no generator is kept.
    updates : int, default=0
        Updates that the optimiser has made with this memory.
    losses : list of float
        The cost of each epoch so far, so its length is the number of epochs.
    """

    parameters: Parameters
    memory: np.ndarray
    seed: int
    updates: int = 0
    losses: list[float] = field(default_factory=list)

    def snapshot(self, into: Snapshot | None = None) -> Snapshot:
        """Return a copy of what a step changes, in the arrays of an earlier one."""
        if into is None:
            return self.parameters.theta.copy(), self.memory.copy(), self.updates
        theta, memory, _ = into
        theta[:], memory[:] = self.parameters.theta, self.memory
        return theta, memory, self.updates

    def is_finite(self) -> bool:
        """Return whether all parameters are finite numbers."""
        return bool(np.isfinite(self.parameters.theta).all())

    def restore(self, snapshot: Snapshot) -> None:
        """Restore a snapshot; the losses stay."""
        self.parameters.theta[:], self.memory[:], self.updates = snapshot
