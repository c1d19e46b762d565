"""The folds, groups and routing of the estimators that choose their penalty."""

import numpy as np
import pytest
import sklearn
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn2 import ShallowNNClassifierCV


def table(n_classes=3, m=90, seed=0):
    """Return noisy rows of unlike scales, and class indices."""
    rng = np.random.default_rng(seed)
    y = np.arange(m) % n_classes
    X = rng.normal(size=(m, 4)) + y[:, np.newaxis] * [1, 0.5, 0, -0.5]
    return X * [1, 20, 0.1, 3] + [0, 5, 3, -1], y


def classifier(**settings):
    """Return a small and fast one."""
    defaults = {"hidden_units": 5, "max_iter": 30, "random_state": 0}
    return ShallowNNClassifierCV(**(defaults | settings))


def assert_same(model, other, X, tol=1e-7):
    np.testing.assert_array_equal(model.classes_, other.classes_)
    assert model.alpha_ == other.alpha_
    np.testing.assert_allclose(
        model.predict_proba(X), other.predict_proba(X), rtol=0, atol=tol
    )
    np.testing.assert_allclose(model.oof_losses_, other.oof_losses_, rtol=tol)


def test_cv_as_scikit_learn_takes_it():
    X, y = table(m=60)
    splits = list(KFold(3, shuffle=True, random_state=1).split(X, y))
    model = classifier(cv=splits).fit(X, y)
    same = classifier(cv=KFold(3, shuffle=True, random_state=1)).fit(X, y)
    assert_same(model, same, X, tol=0)
    assert classifier(cv=None).fit(X, y).oof_losses_.shape[1] == 5
    assert classifier(cv=3).fit(X, y).network_.units[1] == 15
    once = classifier(cv=iter(splits)).fit(X, y)
    assert_same(model, once, X, tol=0)
    with pytest.raises(ValueError, match="cv gave no splits"):
        once.fit(X, y)


def test_groups():
    X, y = table(m=60)
    groups = np.arange(60) // 10
    cv = GroupKFold(3)
    model = classifier(cv=cv).fit(X, y, groups=groups)
    expected = classifier(cv=list(cv.split(X, y, groups))).fit(X, y)
    assert_same(model, expected, X, tol=0)
    w = np.ones(60)
    w[:20] = 0  # two groups; a splitter sees all rows
    model = classifier(cv=LeaveOneGroupOut())
    with pytest.raises(ValueError, match="Fold 0 of cv has no rows of positive weight"):
        model.fit(X, y, w, groups=groups)
    with pytest.raises(TypeError, match=r"fit was given \['groups'\], which cv=4"):
        classifier().fit(X, y, groups=groups)
    with pytest.raises(TypeError, match=r"fit was given .*'group'"):
        classifier(cv=cv).fit(X, y, group=groups)


def test_metadata_routing():
    X, y = table(m=60)
    groups = np.arange(60) // 10
    cv = GroupKFold(3)
    plain = classifier(cv=cv).fit(X, y, groups=groups)
    with sklearn.config_context(enable_metadata_routing=True):
        assert_same(classifier(cv=cv).fit(X, y, groups=groups), plain, X, tol=0)
        # Through a search, whose own splitter has no use for groups.
        search = GridSearchCV(classifier(cv=cv), {"hidden_units": [2, 5]}, cv=2)
        search.fit(X, y, groups=groups)
        assert hasattr(search, "best_score_")
        w = np.arange(60) % 3 + 1.0
        pipeline = make_pipeline(
            StandardScaler().set_fit_request(sample_weight=False),
            classifier(cv=cv).set_fit_request(sample_weight=True),
        )
        routed = pipeline.fit(X, y, sample_weight=w, groups=groups)[-1]
        scaled = StandardScaler().fit_transform(X)
        assert_same(routed, classifier(cv=cv).fit(scaled, y, w, groups=groups), scaled)
        with pytest.raises(TypeError, match="group_ids"):
            classifier(cv=cv).fit(X, y, group_ids=groups)


def test_a_fit_starts_afresh():
    X, y = table()
    model = classifier().fit(X[:, :2], y % 2)
    model.fit(X, y)
    assert_same(model, classifier().fit(X, y), X, tol=0)
    assert model.n_features_in_ == 4


def test_the_data_is_left_as_it_was():
    X, y = table()
    X_before, w = X.copy(), np.ones(y.size)
    X.flags.writeable = w.flags.writeable = False
    classifier().fit(X, y, w)
    np.testing.assert_array_equal(X, X_before)
