"""BLAS threads: one for small products, put back as they were afterwards."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from threadpoolctl import ThreadpoolController

_lock = threading.Lock()
_users = 0
_controller: Any = None
_limiter: Any = None


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Limit BLAS to one thread inside the ``with``.

    The limit belongs to the process, so fits that overlap in several Python
    threads share it: the first sets it, the last puts back what there was,
    also after an error. Finding the BLAS libraries takes milliseconds, so that
    is done once.
    """
    global _users, _controller, _limiter
    with _lock:
        if _users == 0:
            if _controller is None:
                _controller = ThreadpoolController()
            _limiter = _controller.limit(limits=1, user_api="blas")
            _let_go()
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0:
                _limiter.restore_original_limits()
                _limiter = None
                _let_go()


def _let_go() -> None:
    """Let any other thread change the limit.

    Newer versions of threadpoolctl give the thread that sets a limit sole
    control of it, until it leaves a ``with``; then the last user of ours could
    not put back what the first one set.
    """
    with _controller.limit(limits=None):
        pass
