"""BLAS threads and the floating-point error state: set for a fit, restored after it."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
from threadpoolctl import ThreadpoolController

Result = TypeVar("Result")


# The thread that forks may be inside the lock already: a signal handler can fork.
_lock = threading.RLock()


_users: dict[object, int] = {}  # each use of the limit, and its thread


_controller: Any = None


_limiter: Any = None


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Limit BLAS to one thread inside the ``with``.

    The limit belongs to the process, so fits that overlap in several Python
    threads share it: the first sets it, the last restores the previous setting,
    also after an error or Ctrl-C. Finding the BLAS libraries takes
    milliseconds, so that is done once. A child process that is forked meanwhile
    keeps the limit only while the thread that forked it is inside the ``with``.

    The error state of NumPy is restored too: before NumPy 2 an interrupt that
    arrives inside ``np.errstate`` can leave it changed.
    """
    use, before = object(), np.geterr()
    # Ctrl-C can arrive inside a finally too: then the outer one does what is left.
    try:
        try:
            _begin(use)
            yield
        finally:
            _end(use)
            np.seterr(**before)
    finally:
        _end(use)
        np.seterr(**before)


def _begin(use: object) -> None:
    """Set the limit, if no other use has set it."""
    global _controller, _limiter
    with _lock:
        _users[use] = threading.get_ident()
        if _limiter is None:
            if _controller is None:
                _controller = ThreadpoolController()
            # It is stored before anything changes, because it holds the setting to
            # restore.
            _limiter = _controller.limit(limits=None)
            _controller.limit(limits=1, user_api="blas")
            _let_go()


def _end(use: object) -> None:
    """Restore the setting, if no other use is left. It may be called twice."""
    global _limiter
    with _lock:
        _users.pop(use, None)
        if not _users and _limiter is not None:
            _limiter.restore_original_limits()
            _let_go()
            _limiter = None


def _let_go() -> None:
    """Let any other thread change the limit.

    Newer versions of threadpoolctl give the thread that sets a limit exclusive
    control of it, until it leaves a ``with``; then our last user could not
    restore what the first one set.
    """
    with _controller.limit(limits=None):
        pass


def _after_fork_in_child() -> None:
    """Forget the uses of the threads that are not in this process."""
    global _lock
    _lock = threading.RLock()
    here = threading.get_ident()
    for use, thread in list(_users.items()):
        if thread != here:
            del _users[use]
    _end(object())


if hasattr(os, "register_at_fork"):  # not on Windows
    # The lock is held over the fork, so that no other thread is halfway through a
    # change of the limit that the child would inherit.
    os.register_at_fork(
        before=lambda: _lock.acquire(),
        after_in_parent=lambda: _lock.release(),
        after_in_child=_after_fork_in_child,
    )


def quietly(function: Callable[[], Result]) -> Result:
    """Return ``function()``, called without warnings of overflow.

    The error state of NumPy is as before afterwards, wherever Ctrl-C arrives:
    one that arrives while ``np.errstate`` is entered or left would change it
    for good.

    Parameters
    ----------
    function : callable
        Called without arguments.
    """
    before = np.geterr()
    try:
        try:
            np.seterr(over="ignore", invalid="ignore")
            return function()
        finally:
            np.seterr(**before)
    finally:
        np.seterr(**before)
