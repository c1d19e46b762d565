"""Fixtures that several folders share."""

import threading

import pytest
from threadpoolctl import ThreadpoolController

import sknn2.fitting.fit


@pytest.fixture(autouse=True, scope="session")
def threads_whatever_the_size():
    """Small networks use threads too, so that tests of threads are fast."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sknn2.fitting.fit, "THREADS_PAY", 0)
        yield


@pytest.fixture
def blas_threads():
    """How many threads each BLAS has now, as a function."""

    def now():
        return [
            library["num_threads"]
            for library in ThreadpoolController().info()
            if library["user_api"] == "blas"
        ]

    return now


@pytest.fixture
def two_blas_threads(blas_threads):
    """Two BLAS threads, set by a thread that is gone: nobody holds the limit."""
    before = blas_threads()

    def limit(number):
        thread = threading.Thread(
            target=lambda: ThreadpoolController().limit(limits=number, user_api="blas")
        )
        thread.start()
        thread.join()

    limit(2)
    yield blas_threads()
    limit(before[0])
    assert blas_threads() == before


@pytest.fixture
def many_rows(monkeypatch):
    """Let these rows count as many, of which a sample chooses the penalty."""

    def use(many):
        if many:
            monkeypatch.setattr("sknn2.fitting.fit_cv.LARGE", 60)
            monkeypatch.setattr("sknn2.fitting.fit_cv.SAMPLE", 40)
            monkeypatch.setattr("sknn2.fitting.fit_cv.STEPS", 20)
            monkeypatch.setattr("sknn2.fitting.fit_cv.EPOCHS", 8)

    return use
