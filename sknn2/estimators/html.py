"""What a notebook shows of an estimator: a diagram, and the fitted state."""

from __future__ import annotations

from html import escape
from typing import Any

from sklearn import get_config
from sklearn.utils import estimator_html_repr

DOCUMENTATION = "https://github.com/sknn2/sknn2/blob/main/docs/index.rst"

ENDS = {
    "stopped": "there was no progress any more, or a callback asked for it",
    "max_iter": "all epochs or iterations that were asked for were run",
    "diverged": "the cost exploded; the last weights with a good cost are kept",
    None: "it was interrupted",
}
"""Why training ended, in words, for each outcome of a fit."""


class HTMLMixin:
    """A table of the fitted state below scikit-learn's diagram of an estimator.

    The diagram links to the documentation by two attributes that scikit-learn
    reads where it has them. Nothing breaks where it does not.
    """

    _doc_link_module = "sknn2"
    _doc_link_template = DOCUMENTATION

    @property
    def _repr_html_(self) -> Any:
        """What a notebook calls; absent where diagrams are turned off."""
        if get_config()["display"] != "diagram":
            raise AttributeError("_repr_html_ is there for display='diagram' only")
        return self._diagram_and_state

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        """Return the same in each form that a notebook may ask for."""
        bundle = {"text/plain": repr(self)}
        if get_config()["display"] == "diagram":
            bundle["text/html"] = self._diagram_and_state()
        return bundle

    def _diagram_and_state(self) -> str:
        """Return the HTML of both."""
        diagram: str = estimator_html_repr(self)
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(name)}</th>"
            f"<td style='text-align:left'>{escape(value)}</td></tr>"
            for name, value in fitted_state(self).items()
        )
        if not rows:
            return diagram
        return f"{diagram}<table class='sknn2-fitted-state'>{rows}</table>"


def fitted_state(model: Any) -> dict[str, str]:
    """Return what a person asks of a fitted estimator, in words.

    Parameters
    ----------
    model : estimator
        Fitted or not; nothing is known of one that is not.
    """
    if not model.__sklearn_is_fitted__():
        return {}
    network = model.network_
    sizes = " → ".join(map(str, network.units))
    state = {
        "Layers": f"{sizes} ({network.activation.name}, {network.loss.name}), "
        f"{model.parameters_.theta.size:,} parameters",
        "Epochs or iterations": f"{model.n_iter_}",
        "Penalty alpha": f"{model.alpha_:.4g}",
    }
    if hasattr(model, "_outcome"):
        state["Training ended because"] = ENDS[model._outcome]
    if getattr(model, "loss_", None) is not None:
        state["Cost J at the end"] = f"{model.loss_:.4g}"
    if getattr(model, "best_iteration_", None) is not None:
        state["Best epoch by validation"] = f"{model.best_iteration_ + 1}"
    if hasattr(model, "oof_losses_"):
        state["Out-of-fold loss"] = f"{model.oof_losses_.mean(axis=1).min():.4g}"
    return state
