"""The rule that stops training without improvement."""

import math


class Patience:
    """Count the epochs in a row that brought no improvement.

    Parameters
    ----------
    tol : float or None
        How far below the lowest value before an epoch has to come to count as
        an improvement. With None training does not stop early.
    n_iter_no_change : int
        Epochs in a row without improvement after which training stops.
    """

    def __init__(self, tol: float | None, n_iter_no_change: int) -> None:
        self.tol = None if tol is None else float(tol)
        self.n_iter_no_change = int(n_iter_no_change)
        self.lowest, self.waited = math.inf, 0

    def exhausted(self, value: float) -> bool:
        """Take the value of one more epoch; return whether to stop."""
        if self.tol is None:
            return False
        improved = value < self.lowest - self.tol or self.lowest == math.inf
        self.waited = 0 if improved else self.waited + 1
        self.lowest = min(self.lowest, value)
        return self.waited >= self.n_iter_no_change
