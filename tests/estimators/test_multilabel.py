"""Several labels of a row, one sigmoid unit a label, and the deep classifier."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_array, csc_matrix, csr_array
from sklearn.datasets import load_breast_cancer, make_multilabel_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import MultiLabelBinarizer
from sklearn.utils import get_tags

from sknn2 import DeepNNClassifier, ShallowNNClassifier, check_gradient

M = 150
X, Y = make_multilabel_classification(M, 6, n_classes=4, random_state=0)
X = (X - X.mean(axis=0)) / X.std(axis=0)


def classifier(hidden_units=5, **settings):
    """Return a small one that runs exactly its epochs."""
    defaults = {"max_iter": 20, "tol": None, "random_state": 0}
    return ShallowNNClassifier(hidden_units, **(defaults | settings))


@pytest.mark.parametrize("weighted", [False, True], ids=["ones", "weights"])
def test_without_hidden_layer_it_is_a_logistic_regression_a_label(weighted):
    w = np.linspace(0.2, 2, M) if weighted else None
    model = classifier(0, solver="lbfgs", standardize=False, alpha=2.0, max_iter=2000)
    model.fit(X, Y, w)
    for k in range(4):
        alone = LogisticRegression(C=0.5, tol=1e-9, max_iter=5000).fit(X, Y[:, k], w)
        np.testing.assert_allclose(model.coefs_[0][:, k], alone.coef_[0], atol=1e-4)
        np.testing.assert_allclose(model.intercepts_[0][k], alone.intercept_, atol=1e-4)


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["f64", "f32"])
def test_prediction_methods_agree(dtype):
    model = classifier().fit(X.astype(dtype), Y)
    Z, P = model.decision_function(X), model.predict_proba(X)
    labels = model.predict(X)
    assert Z.shape == P.shape == labels.shape == (M, 4)
    assert Z.dtype == P.dtype == dtype
    assert labels.dtype.kind == "i"
    np.testing.assert_allclose(P, 1 / (1 + np.exp(-Z)), rtol=1e-5)
    np.testing.assert_allclose(model.predict_log_proba(X), np.log(P), rtol=1e-4)
    np.testing.assert_array_equal(labels, (P > 0.5).astype(int))
    assert not np.allclose(P.sum(axis=1), 1)
    np.testing.assert_array_equal(model.classes_, np.arange(4))
    assert model.score(X, Y) == accuracy_score(Y, labels)
    assert model.network_.units == (6, 5, 4)


def test_log_probabilities_are_never_infinite():
    model = classifier(0).fit(X, Y)
    log_proba = model.predict_log_proba(X * 1e6)
    assert np.isfinite(log_proba).all()
    assert log_proba.min() < -1000


def test_the_cost_is_the_sum_of_the_log_losses():
    model = classifier(alpha=0.0, batch_size="full", max_iter=1, warm_start=True)
    P = model.fit(X, Y).predict_proba(X)
    model.fit(X, Y)
    total = sum(log_loss(Y[:, k], P[:, k]) for k in range(4))
    assert model.loss_ == pytest.approx(total, rel=1e-10)


def test_weights_in_mlp_classifier_give_the_same_probabilities():
    model = classifier(activation="tanh").fit(X, Y)
    mlp = MLPClassifier((5,), activation="tanh", max_iter=1, random_state=0)
    with pytest.warns(UserWarning, match="Maximum iterations"):
        mlp.fit(X, Y)
    mlp.coefs_, mlp.intercepts_ = model.coefs_, model.intercepts_
    np.testing.assert_allclose(mlp.predict_proba(X), model.predict_proba(X), rtol=1e-9)
    np.testing.assert_array_equal(mlp.predict(X), model.predict(X))
    np.testing.assert_array_equal(mlp.classes_, model.classes_)


@pytest.mark.parametrize(
    "wrap",
    [
        np.ndarray.tolist,
        pd.DataFrame,
        csr_array,
        csc_matrix,
        coo_array,
        lambda y: y.astype(bool),
        lambda y: y.astype(float),
        lambda y: csr_array(y.astype(bool)),
    ],
    ids=["list", "frame", "csr", "csc matrix", "coo", "bool", "float", "csr bool"],
)
def test_labels_in_other_containers(wrap):
    model = classifier().fit(X, wrap(Y), X_val=X[:20], y_val=wrap(Y[:20]))
    plain = classifier().fit(X, Y, X_val=X[:20], y_val=Y[:20])
    np.testing.assert_array_equal(model.predict_proba(X), plain.predict_proba(X))
    np.testing.assert_array_equal(model.validation_scores_, plain.validation_scores_)


def test_sets_of_labels_by_their_binarizer():
    sets = [{"a"}, {"b", "c"}, set(), {"a", "c"}] * 10
    binarizer = MultiLabelBinarizer()
    targets = binarizer.fit_transform(sets)
    model = classifier(20, max_iter=200).fit(np.tile(np.eye(4), (10, 1)), targets)
    found = binarizer.inverse_transform(model.predict(np.eye(4)))
    assert [set(labels) for labels in found] == sets[:4]


def test_early_stopping_holds_out_rows_at_random():
    rare = Y.copy()
    rare[:, 0] = np.arange(M) == 3  # it could not be on both sides of a split
    model = classifier(early_stopping=True, scoring="accuracy").fit(X, rare)
    assert model.best_iteration_ == model.validation_scores_.argmax()
    assert model.validation_scores_.shape == (20,)


def test_partial_fit():
    model = classifier(standardize=False, schedule="constant", batch_size="full")
    whole = classifier(
        standardize=False, schedule="constant", batch_size="full", max_iter=3
    ).fit(X, Y)
    model.partial_fit(X, Y, classes=np.arange(4))
    for _ in range(2):
        model.partial_fit(X, csr_array(Y))
    np.testing.assert_array_equal(model.parameters_.theta, whole.parameters_.theta)
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        classifier().partial_fit(X, Y)
    with pytest.raises(ValueError, match=r"give classes=np.arange\(4\)"):
        classifier().partial_fit(X, Y, classes=[0, 1])
    with pytest.raises(ValueError, match="differ from those of the fit"):
        model.partial_fit(X, Y, classes=[0, 1, 2])


def test_check_gradient():
    model = DeepNNClassifier((4, 3), activation="tanh", alpha=0.5, random_state=0)
    report = check_gradient(model, X[:15], Y[:15], sample_weight=np.linspace(1, 2, 15))
    assert report.ok, str(report)


def test_alpha_is_that_of_two_classes():
    wide = np.tile(X, (1, 4))
    assert classifier(max_iter=1).fit(wide, Y).alpha_ == 24 / 4


def test_in_searches():
    search = GridSearchCV(classifier(), {"hidden_units": [0, 5]}, cv=3).fit(X, Y)
    assert 0 < search.best_score_ <= 1
    assert get_tags(classifier()).classifier_tags.multi_label


@pytest.mark.parametrize("class_weight", ["balanced", {0: 2.0}])
def test_class_weights_are_refused(class_weight):
    with pytest.raises(ValueError, match="is not supported for several labels"):
        classifier(class_weight=class_weight).fit(X, Y)


def test_other_targets_than_at_fit_are_refused():
    several = classifier(warm_start=True).fit(X, Y)
    P = several.predict_proba(X)
    with pytest.raises(ValueError, match="a column for each of 4 labels"):
        several.fit(X, Y[:, 0])
    with pytest.raises(ValueError, match="a column for each of 4 labels"):
        several.fit(X, Y[:, :3])
    with pytest.raises(ValueError, match="y_val has shape"):
        several.fit(X, Y, X_val=X[:9], y_val=Y[:9, 0])
    np.testing.assert_array_equal(several.predict_proba(X), P)
    one = classifier(warm_start=True).fit(X, Y[:, 0])
    with pytest.raises(ValueError, match="but the fit had one label for each row"):
        one.fit(X, Y)
    with pytest.raises(ValueError, match="y_val has shape"):
        one.fit(X, Y[:, 0], X_val=X[:9], y_val=Y[:9])


# ------------------------------------------------------------------- DeepNNClassifier


@pytest.mark.parametrize(
    "target", [Y[:, 0], Y[:, 0] + Y[:, 1], Y], ids=["2", "3", "labels"]
)
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_one_layer_is_the_shallow_net_bit_for_bit(solver, target):
    settings = {"solver": solver, "max_iter": 10, "tol": None, "random_state": 3}
    shallow = ShallowNNClassifier(7, **settings).fit(X, target)
    for sizes in (7, (7,), [7], np.array([7])):
        deep = DeepNNClassifier(sizes, **settings).fit(X, target)
        np.testing.assert_array_equal(deep.parameters_.theta, shallow.parameters_.theta)
        np.testing.assert_array_equal(deep.loss_curve_, shallow.loss_curve_)
    logistic = ShallowNNClassifier(0, **settings).fit(X, target)
    for sizes in ((), [], 0):
        deep = DeepNNClassifier(sizes, **settings).fit(X, target)
        np.testing.assert_array_equal(
            deep.parameters_.theta, logistic.parameters_.theta
        )


def test_without_layers_deep_is_logistic_regression():
    model = DeepNNClassifier(
        (), solver="lbfgs", alpha=2.0, standardize=False, tol=None, max_iter=1000
    )
    model.fit(X, Y[:, 0])
    logistic = LogisticRegression(C=0.5, tol=1e-9, max_iter=5000).fit(X, Y[:, 0])
    np.testing.assert_allclose(model.coefs_[0].ravel(), logistic.coef_[0], atol=1e-4)


def test_the_defaults_are_two_layers_and_do_well():
    data, target = load_breast_cancer(return_X_y=True)
    model = DeepNNClassifier(random_state=0)
    assert cross_val_score(model, data, target, cv=3).mean() > 0.95
    assert len(model.fit(data[:50], target[:50]).network_.units) == 4


def test_the_rate_of_auto_is_divided_by_the_layers():
    for layers in (1, 2, 4):
        model = DeepNNClassifier((4,) * layers, max_iter=1, tol=None, random_state=0)
        given = DeepNNClassifier(
            (4,) * layers,
            learning_rate=0.02 / layers,
            max_iter=1,
            tol=None,
            random_state=0,
        )
        np.testing.assert_array_equal(
            model.fit(X, Y[:, 0]).parameters_.theta,
            given.fit(X, Y[:, 0]).parameters_.theta,
        )
