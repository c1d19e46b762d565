"""The limit on BLAS threads, and the floating-point error state."""

import threading

import numpy as np
import pytest

from sknn2.inputs.blas_threads import one_blas_thread, quietly


def test_blas_threads_are_put_back_also_after_overlaps_and_errors(
    two_blas_threads, blas_threads
):
    first_in, second_in, first_out, end = (threading.Event() for _ in range(4))
    seen = {}

    def first():
        with one_blas_thread():
            seen["in the first"] = blas_threads()
            first_in.set()
            second_in.wait()
        seen["after the first"] = blas_threads()
        first_out.set()
        end.wait()  # alive while the second puts the limit back

    def second():
        first_in.wait()
        try:
            with one_blas_thread():
                second_in.set()
                first_out.wait()
                raise RuntimeError
        except RuntimeError:
            seen["after the second"] = blas_threads()
        end.set()

    threads = [threading.Thread(target=f) for f in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (
        seen["in the first"] == seen["after the first"] == [1] * len(two_blas_threads)
    )
    assert seen["after the second"] == two_blas_threads
    assert blas_threads() == two_blas_threads


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt])
def test_quietly_ignores_overflow_and_puts_the_error_state_back(error):
    seen = {}

    def call():
        seen.update(np.geterr())
        if error is not None:
            raise error
        return np.float64(1e200) * 1e200 - np.inf

    with np.errstate(over="raise", invalid="raise", divide="print", under="call"):
        before = np.geterr()
        if error is None:
            assert np.isnan(quietly(call))
        else:
            with pytest.raises(error):
                quietly(call)
        assert np.geterr() == before
    assert (seen["over"], seen["invalid"]) == ("ignore", "ignore")
    assert (seen["divide"], seen["under"]) == ("print", "call")
