"""scikit-learn's callbacks, where this version of scikit-learn has them.

They came with 1.9 and are still experimental, so only this file imports them.
On older versions an estimator has no ``set_callbacks``.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy.typing as npt

Method = TypeVar("Method", bound=Callable[..., Any])


if TYPE_CHECKING:  # scikit-learn has no types

    class CallbackSupportMixin: ...

    def with_callbacks(method: Method) -> Method: ...

else:
    try:
        from sklearn.callback import CallbackSupportMixin, with_callbacks
    except ImportError:

        class CallbackSupportMixin:
            """Replaces scikit-learn's mixin in older versions; it has no methods."""

        def with_callbacks(method):
            """Return the method as it is."""
            return method


WRAPPER_FRAMES = int(hasattr(CallbackSupportMixin, "set_callbacks"))
"""Stack frames that `with_callbacks` puts between a caller and ``fit``."""


class EpochTasks:
    """Calls scikit-learn's callbacks for a training and each of its epochs.

    Parameters
    ----------
    estimator : estimator
        The one being fitted.
    X, y : array-like
        What `fit` was given.
    metadata : dict
        Weights that go with them, e.g. ``{"sample_weight": ...}``.
    n_epochs : int
        Epochs at most.
    attributes : callable
        Returns the fitted attributes of an estimator that stopped here.
    task : CallbackContext, default=None
        The task of the training where it is a part of the fit. None where it
        is the whole fit.

    Notes
    -----
    Only created if callbacks are set, so that other fits take no extra time.
    """

    def __init__(
        self,
        estimator: Any,
        X: npt.ArrayLike,
        y: npt.ArrayLike,
        metadata: dict[str, Any],
        n_epochs: int,
        attributes: Callable[[], dict[str, Any]],
        task: Any = None,
    ) -> None:
        self.attributes = attributes
        self.data = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        if task is None:
            task = estimator._init_callback_context(max_subtasks=n_epochs)
        self.fit_task = task
        self.fit_task.call_on_fit_task_begin(**self.data)
        self.begin_epoch()

    def begin_epoch(self) -> None:
        """Announce an epoch."""
        self.epoch_task = self.fit_task.subcontext(task_name="epoch")
        self.epoch_task.call_on_fit_task_begin(**self.data)

    def end_epoch(self) -> bool:
        """Report the epoch; return whether a callback asks to stop."""
        task, self.epoch_task = self.epoch_task, None
        stop: bool = task.call_on_fit_task_end(
            **self.data, reconstruction_attributes=self.attributes
        )
        return stop

    def end_fit(self) -> bool:
        """Report the end of the training; return whether a callback asks to stop."""
        if self.epoch_task is not None:  # announced, but training ended before it
            self.epoch_task.call_on_fit_task_end(estimator=self.data["estimator"])
        stop: bool = self.fit_task.call_on_fit_task_end(
            **self.data, reconstruction_attributes=self.attributes
        )
        return stop


class TrainingTasks:
    """Calls scikit-learn's callbacks for a fit of several trainings.

    Parameters
    ----------
    estimator, X, y, metadata
        As for `EpochTasks`.

    Notes
    -----
    Only made where callbacks are set.
    """

    def __init__(
        self,
        estimator: Any,
        X: npt.ArrayLike,
        y: npt.ArrayLike,
        metadata: dict[str, Any],
    ) -> None:
        self.data = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        # The number of trainings is not known in advance.
        self.fit_task = estimator._init_callback_context(max_subtasks=None)
        self.fit_task.call_on_fit_task_begin(**self.data)

    def begin_training(
        self, name: str, n_epochs: int, attributes: Callable[[], dict[str, Any]]
    ) -> EpochTasks:
        """Announce a training.

        Parameters
        ----------
        name : str
        n_epochs : int
            Epochs at most.
        attributes : callable
            As for `EpochTasks`.
        """
        task = self.fit_task.subcontext(task_name=name, max_subtasks=n_epochs)
        return EpochTasks(
            **self.data, n_epochs=n_epochs, attributes=attributes, task=task
        )

    def end_fit(self, attributes: Callable[[], dict[str, Any]]) -> None:
        """Report the end of the fit."""
        self.fit_task.call_on_fit_task_end(
            **self.data, reconstruction_attributes=attributes
        )
