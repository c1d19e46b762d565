"""Displays: ours, and scikit-learn's own on our estimators."""

import sys

import numpy as np
import pytest
from family import targets
from sklearn.calibration import CalibrationDisplay
from sklearn.exceptions import NotFittedError
from sklearn.inspection import DecisionBoundaryDisplay, PartialDependenceDisplay
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import LearningCurveDisplay
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn2 import (
    LossCurveDisplay,
    PenaltyPathDisplay,
    ShallowNNClassifier,
    ShallowNNClassifierCV,
    ShallowNNRegressor,
    ShallowNNRegressorCV,
)

plt = pytest.importorskip("matplotlib.pyplot")

X = np.random.RandomState(0).standard_normal((80, 2))
Y = targets("two classes", X)
VALIDATION = {"X_val": X[:30], "y_val": Y[:30]}
FAST = {"max_iter": 8, "tol": None, "random_state": 0}


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def searched():
    return ShallowNNClassifierCV(4, cv=3, max_iter=10, random_state=0).fit(X, Y)


def legend(display):
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


def test_a_loss_curve_with_a_validation_set():
    model = ShallowNNClassifier(4, **FAST).fit(X, Y, **VALIDATION)
    display = LossCurveDisplay.from_estimator(model)
    assert display.figure_ is display.ax_.figure
    np.testing.assert_array_equal(display.line_.get_xdata(), np.arange(1, 9))
    np.testing.assert_array_equal(display.line_.get_ydata(), model.loss_curve_)
    drawn = display.validation_line_.get_ydata()
    np.testing.assert_array_equal(drawn, model.validation_loss_curve_)
    best = model.best_iteration_
    assert display.best_point_.get_xdata() == [best + 1]
    assert display.best_point_.get_ydata() == [model.validation_loss_curve_[best]]
    assert legend(display)[0] == "ShallowNNClassifier: training, with penalty"


def test_a_validation_set_that_came_with_a_warm_start_stands_at_its_epochs():
    model = ShallowNNClassifier(4, warm_start=True, **FAST).fit(X, Y)
    display = LossCurveDisplay.from_estimator(model.fit(X, Y, **VALIDATION))
    drawn = display.validation_line_.get_xdata()
    np.testing.assert_array_equal(drawn, np.arange(9, 17))


def test_several_fits_side_by_side():
    ax = None
    for n in (2, 4):
        model = ShallowNNRegressor(n, **FAST).fit(X, X[:, 0])
        display = LossCurveDisplay.from_estimator(model, ax=ax, name=f"{n} units")
        ax = display.ax_
    assert len(ax.get_lines()) == 2
    colours = {line.get_color() for line in ax.get_lines()}
    assert len(colours) == 2
    assert legend(display)[1] == "4 units: training, with penalty"
    assert display.validation_line_ is display.best_point_ is None


@pytest.mark.parametrize(
    ("losses", "scale"),
    [([5, 1, 0.1], "log"), ([1, 0.8], "linear"), ([9, 0], "linear")],
)
def test_the_axis_is_logarithmic_where_it_helps(losses, scale):
    display = LossCurveDisplay(loss_curve=np.array(losses, float)).plot(linewidth=3)
    assert display.ax_.get_yscale() == scale
    assert display.line_.get_linewidth() == 3


def test_a_path_of_penalties(searched):
    display = PenaltyPathDisplay.from_estimator(searched, name="nets", color="red")
    np.testing.assert_array_equal(display.line_.get_xdata(), searched.alphas_)
    np.testing.assert_allclose(
        display.line_.get_ydata(), searched.oof_losses_.mean(axis=1)
    )
    assert display.choice_line_.get_xdata() == [searched.alpha_] * 2
    assert display.ax_.get_xscale() == "log"
    assert display.line_.get_color() == "red"
    assert legend(display)[0] == "nets: mean over the folds"
    number = ShallowNNRegressorCV(3, cv=2, max_iter=5, random_state=0).fit(X, X[:, 0])
    PenaltyPathDisplay.from_estimator(number, ax=display.ax_)


def test_pipelines_show_their_last_step(searched):
    pipeline = make_pipeline(StandardScaler(), ShallowNNClassifier(4, **FAST)).fit(X, Y)
    assert len(LossCurveDisplay.from_estimator(pipeline).line_.get_xdata()) == 8


def test_what_cannot_be_shown(searched):
    net = ShallowNNClassifier(4, **FAST)
    with pytest.raises(NotFittedError):
        LossCurveDisplay.from_estimator(net)
    with pytest.raises(TypeError, match=r"no loss_curve_.*PenaltyPathDisplay"):
        LossCurveDisplay.from_estimator(searched)
    with pytest.raises(TypeError, match=r"no oof_losses_.*LossCurveDisplay"):
        PenaltyPathDisplay.from_estimator(net.fit(X, Y))
    with pytest.raises(TypeError, match="LogisticRegression, which has no"):
        LossCurveDisplay.from_estimator(LogisticRegression().fit(X, Y))


def test_without_matplotlib_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    display = LossCurveDisplay(loss_curve=np.ones(2))
    with pytest.raises(ImportError, match=r"pip install 'sknn2\[plot\]'"):
        display.plot()


# scikit-learn's own displays take the estimators as they take any other.


def test_decision_boundary(searched):
    for model in (searched, ShallowNNClassifier(4, **FAST).fit(X, Y)):
        display = DecisionBoundaryDisplay.from_estimator(model, X, grid_resolution=9)
        assert np.isfinite(display.response).all()


def test_calibration_with_out_of_fold_probabilities(searched):
    probabilities = searched.oof_predict_proba_[:, 1]
    display = CalibrationDisplay.from_predictions(Y, probabilities, n_bins=3)
    assert display.prob_true.size


def test_partial_dependence(searched):
    regressor = ShallowNNRegressor(4, **FAST).fit(X, X[:, 0])
    for model in (searched, regressor):
        display = PartialDependenceDisplay.from_estimator(
            model, X, [0, 1], grid_resolution=5, kind="both"
        )
        assert display.axes_.size == 2


def test_learning_curve():
    display = LearningCurveDisplay.from_estimator(
        ShallowNNClassifier(4, **FAST), X, Y, cv=2, train_sizes=[0.5, 1.0]
    )
    assert np.isfinite(display.test_scores).all()


def test_confusion_matrix(searched):
    display = ConfusionMatrixDisplay.from_estimator(searched, X, Y)
    assert display.confusion_matrix.sum() == 80
