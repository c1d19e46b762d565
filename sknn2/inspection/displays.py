"""Plots of a fitted estimator, in scikit-learn's API; they need matplotlib."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Self

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted


class LossCurveDisplay:
    """The cost in training, and the loss on a validation set, epoch by epoch.

    Create it by `from_estimator`.

    Parameters
    ----------
    loss_curve : ndarray of shape (n_iter,)
        Cost of each epoch, penalty included.
    validation_loss_curve : ndarray of shape (n_validated,), default=None
        Loss on the validation set after each of the last epochs, without the
        penalty.
    best_iteration : int, default=None
        Index in ``loss_curve`` of the epoch with the best validation score.
    estimator_name : str, default=None
        What the legend calls it.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    line_ : matplotlib Line2D
        The cost in training.
    validation_line_ : matplotlib Line2D or None
        The loss on the validation set, dashed, in the same colour.
    best_point_ : matplotlib Line2D or None
        A dot at the best epoch.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sknn2 import LossCurveDisplay, ShallowNNClassifier
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> model = ShallowNNClassifier(early_stopping=True, random_state=0).fit(X, y)
    >>> display = LossCurveDisplay.from_estimator(model)  # doctest: +SKIP
    """

    def __init__(
        self,
        *,
        loss_curve: np.ndarray,
        validation_loss_curve: np.ndarray | None = None,
        best_iteration: int | None = None,
        estimator_name: str | None = None,
    ) -> None:
        self.loss_curve = loss_curve
        self.validation_loss_curve = validation_loss_curve
        self.best_iteration = best_iteration
        self.estimator_name = estimator_name

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, ax: Any = None, name: str | None = None, **kwargs: Any
    ) -> Self:
        """Plot the curves of a fitted estimator, or of the last step of a pipeline.

        Parameters
        ----------
        estimator : estimator or Pipeline
        ax : matplotlib Axes, default=None
            Where to plot; ``display.ax_`` of another fit draws both in
            one plot. None makes a new figure.
        name : str, default=None
            For the legend; None is the name of the class.
        **kwargs : dict
            For matplotlib's ``plot``, e.g. ``color``.

        Returns
        -------
        LossCurveDisplay

        Raises
        ------
        TypeError
            If the estimator keeps no loss of each epoch.
        ImportError
            If there is no matplotlib.
        """
        model = fitted_model(
            estimator, "loss_curve_", "PenaltyPathDisplay.from_estimator shows a search"
        )
        display = cls(
            loss_curve=model.loss_curve_,
            validation_loss_curve=model.validation_loss_curve_,
            best_iteration=model.best_iteration_,
            estimator_name=name,
        )
        return display.plot(ax=ax, name=name or type(model).__name__, **kwargs)

    def plot(self, ax: Any = None, *, name: str | None = None, **kwargs: Any) -> Self:
        """Plot the curves.

        The axis of the losses is logarithmic where all curves on it are
        positive and span a factor of 10 or more.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None makes a new figure.
        name : str, default=None
            For the legend; None is ``estimator_name``.
        **kwargs : dict
            For matplotlib's ``plot``.

        Returns
        -------
        self : LossCurveDisplay
        """
        self.ax_, self.figure_ = axes(ax)
        name = name or self.estimator_name
        epochs = np.arange(1, len(self.loss_curve) + 1)
        style = {"label": label(name, "training, with penalty"), **kwargs}
        (self.line_,) = self.ax_.plot(epochs, self.loss_curve, **style)
        self.validation_line_ = self.best_point_ = None
        losses = self.validation_loss_curve
        if losses is not None and len(losses):
            first = len(epochs) - len(losses)
            style = {
                "color": self.line_.get_color(),
                "linestyle": "--",
                **kwargs,
                "label": label(name, "validation"),
            }
            (self.validation_line_,) = self.ax_.plot(epochs[first:], losses, **style)
            best = self.best_iteration
            if best is not None and best >= first:
                (self.best_point_,) = self.ax_.plot(
                    epochs[best],
                    losses[best - first],
                    marker="o",
                    linestyle="none",
                    color=self.validation_line_.get_color(),
                    label=label(name, f"best epoch, {epochs[best]}"),
                )
        choose_scale(self.ax_)
        self.ax_.set(xlabel="Epoch", ylabel="Loss")
        self.ax_.legend()
        return self


class PenaltyPathDisplay:
    """The out-of-fold loss over the strength of the penalty, and what was chosen.

    Create it by `from_estimator`.

    Parameters
    ----------
    alphas : ndarray of shape (n_alphas,)
        Strengths, in ascending order.
    oof_losses : ndarray of shape (n_alphas, n_folds)
        Loss of each fold at each of them.
    alpha : float
        The choice.
    estimator_name : str, default=None
        What the legend calls it.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    line_ : matplotlib Line2D
        The mean over the folds.
    fill_between_ : matplotlib PolyCollection
        One standard deviation over the folds to either side.
    choice_line_ : matplotlib Line2D
        A dotted vertical line at the choice.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sknn2 import PenaltyPathDisplay, ShallowNNClassifierCV
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> model = ShallowNNClassifierCV(random_state=0).fit(X, y)
    >>> display = PenaltyPathDisplay.from_estimator(model)  # doctest: +SKIP
    """

    def __init__(
        self,
        *,
        alphas: np.ndarray,
        oof_losses: np.ndarray,
        alpha: float,
        estimator_name: str | None = None,
    ) -> None:
        self.alphas = alphas
        self.oof_losses = oof_losses
        self.alpha = alpha
        self.estimator_name = estimator_name

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, ax: Any = None, name: str | None = None, **kwargs: Any
    ) -> Self:
        """Plot the path of an estimator that chose its penalty.

        Parameters
        ----------
        estimator : ShallowNNClassifierCV or ShallowNNRegressorCV, or Pipeline
            Fitted; of a pipeline the last step.
        ax : matplotlib Axes, default=None
            Where to plot. None makes a new figure.
        name : str, default=None
            For the legend; None is the name of the class.
        **kwargs : dict
            For matplotlib's ``plot``.

        Returns
        -------
        PenaltyPathDisplay

        Raises
        ------
        TypeError
            If the estimator was given its penalty.
        ImportError
            If there is no matplotlib.
        """
        model = fitted_model(
            estimator, "oof_losses_", "LossCurveDisplay.from_estimator shows one fit"
        )
        display = cls(
            alphas=model.alphas_,
            oof_losses=model.oof_losses_,
            alpha=model.alpha_,
            estimator_name=name,
        )
        return display.plot(ax=ax, name=name or type(model).__name__, **kwargs)

    def plot(self, ax: Any = None, *, name: str | None = None, **kwargs: Any) -> Self:
        """Plot the path.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None makes a new figure.
        name : str, default=None
            For the legend; None is ``estimator_name``.
        **kwargs : dict
            For matplotlib's ``plot``.

        Returns
        -------
        self : PenaltyPathDisplay
        """
        self.ax_, self.figure_ = axes(ax)
        name = name or self.estimator_name
        mean, spread = self.oof_losses.mean(axis=1), self.oof_losses.std(axis=1)
        style = {"marker": "o", "label": label(name, "mean over the folds"), **kwargs}
        (self.line_,) = self.ax_.plot(self.alphas, mean, **style)
        color = self.line_.get_color()
        self.fill_between_ = self.ax_.fill_between(
            self.alphas, mean - spread, mean + spread, alpha=0.2, color=color
        )
        chosen = label(name, f"choice, {self.alpha:.3g}")
        self.choice_line_ = self.ax_.axvline(
            self.alpha, linestyle=":", color=color, label=chosen
        )
        self.ax_.set(xscale="log", xlabel="Penalty alpha", ylabel="Out-of-fold loss")
        self.ax_.legend()
        return self


def fitted_model(estimator: Any, attribute: str, otherwise: str) -> Any:
    """Return the fitted estimator whose attribute is to be plotted.

    Parameters
    ----------
    estimator : estimator or Pipeline
    attribute : str
    otherwise : str
        Advice for an estimator that has no such attribute.
    """
    model = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    if hasattr(model, "fit"):
        check_is_fitted(model)
    if not hasattr(model, attribute):
        raise TypeError(
            f"estimator is of type {type(model).__name__}, which has no {attribute}: "
            f"give a fitted estimator of sknn2 that has it. {otherwise}."
        )
    return model


def axes(ax: Any) -> tuple[Any, Any]:
    """Return where to plot, and its figure; both are new where ``ax`` is None."""
    try:
        pyplot = import_module("matplotlib.pyplot")
    except ImportError as error:
        raise ImportError(
            "Plots need matplotlib, which is not installed: pip install 'sknn2[plot]'."
        ) from error
    if ax is None:
        _, ax = pyplot.subplots()
    return ax, ax.figure


def label(name: str | None, what: str) -> str:
    """Return an entry of the legend."""
    return what if name is None else f"{name}: {what}"


SPAN = 10.0
"""Curves that span this factor are drawn on a logarithmic axis."""


def choose_scale(ax: Any) -> None:
    """Make the axis of losses logarithmic where that shows more of the curves."""
    values = np.concatenate([np.ravel(line.get_ydata()) for line in ax.get_lines()])
    values = values[np.isfinite(values)]
    if values.size and values.min() > 0 and values.max() / values.min() >= SPAN:
        ax.set_yscale("log")
    else:
        ax.set_yscale("linear")
