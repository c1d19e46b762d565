"""What a notebook shows of an estimator."""

import numpy as np
import pytest
from family import KINDS, make, targets
from sklearn import config_context
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn2 import ShallowNNClassifier, ShallowNNClassifierCV

X = np.random.RandomState(0).standard_normal((40, 3))
FAST = {"max_iter": 4, "tol": None, "random_state": 0}


def shown(model):
    html = model._repr_html_()
    assert model._repr_mimebundle_()["text/html"].count("sknn2-fitted-state") == (
        html.count("sknn2-fitted-state")
    )
    return html


@pytest.mark.parametrize("kind", KINDS)
def test_the_fitted_state_is_shown(kind):
    model = make(kind, **FAST)
    assert "sknn2-fitted-state" not in shown(model)
    html = shown(model.fit(X, targets(kind, X)))
    units = " → ".join(map(str, model.network_.units))
    for part in (units, f"{model.loss_:.4g}", f"{model.alpha_:.4g}", "all epochs"):
        assert part in html
    assert model.network_.loss.name in html


def test_why_training_ended_and_the_best_epoch():
    y = targets("two classes", X)
    model = ShallowNNClassifier(3, max_iter=400, tol=0.5, random_state=0)
    html = shown(model.fit(X, y, X_val=X[:20], y_val=y[:20]))
    assert "no progress" in html
    best = "Best epoch by validation</th><td style='text-align:left'>"
    assert f"{best}{model.best_iteration_ + 1}<" in html


def test_the_search_for_a_penalty_shows_its_loss():
    y = targets("two classes", X)
    model = ShallowNNClassifierCV(3, cv=2, max_iter=5, random_state=0).fit(X, y)
    assert f"{model.oof_losses_.mean(axis=1).min():.4g}" in shown(model)


def test_it_links_to_the_documentation():
    assert "docs/index.rst" in shown(ShallowNNClassifier())
    assert (
        "docs/index.rst"
        in make_pipeline(StandardScaler(), ShallowNNClassifier())._repr_html_()
    )


def test_diagrams_can_be_turned_off():
    with config_context(display="text"):
        assert not hasattr(ShallowNNClassifier(), "_repr_html_")
        assert list(ShallowNNClassifier()._repr_mimebundle_()) == ["text/plain"]
