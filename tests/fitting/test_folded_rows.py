"""Out-of-fold outputs, losses and the temperature."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.metrics import log_loss
from sklearn.model_selection import (
    RepeatedStratifiedKFold,
    StratifiedKFold,
    TimeSeriesSplit,
)

from sknn2 import ShallowNNClassifierCV
from sknn2.fitting import folded_rows
from sknn2.fitting.fit_cv import FitCV
from sknn2.fitting.folded_rows import FoldedRows
from sknn2.inputs.row_space import RowSpace

CLASSES = pytest.mark.parametrize("n_classes", [2, 3])


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


@CLASSES
@pytest.mark.parametrize("weighted", [False, True])
def test_out_of_fold_losses_are_those_of_the_probabilities(n_classes, weighted):
    X, y = table(n_classes)
    w = np.random.default_rng(0).uniform(0.5, 2, y.size) if weighted else None
    splits = list(StratifiedKFold(3).split(X, y))
    model = classifier(cv=splits).fit(X, y, w)
    P = model.oof_predict_proba_
    assert P.shape == (y.size, n_classes)
    np.testing.assert_allclose(P.sum(axis=1), 1)
    best = model.oof_losses_[model.alphas_ == model.alpha_].ravel()
    for loss, (_, rows) in zip(best, splits, strict=True):
        expected = log_loss(
            y[rows], P[rows], sample_weight=None if w is None else w[rows]
        )
        assert loss == pytest.approx(expected, rel=1e-9)


def test_rows_that_no_fold_judges_have_no_probabilities():
    X, y = table(m=60)
    w = np.ones(60)
    w[[50, 55]] = 0
    model = classifier(cv=TimeSeriesSplit(3)).fit(X, y, w)
    missing = np.isnan(model.oof_predict_proba_)
    assert (missing.any(axis=1) == missing.all(axis=1)).all()
    expected = [*range(15), 50, 55]
    np.testing.assert_array_equal(np.flatnonzero(missing[:, 0]), expected)


def test_rows_in_several_folds_have_the_mean_of_the_probabilities():
    X, y = table(m=60)
    cv = RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=0)
    fit = FitCV(model := classifier(cv=cv))
    model.fit(X, y)
    fit.read(X, y, None)
    fit.split({})
    fit.run()
    P = np.full((4, 60, 3), np.nan)
    for k, Z in enumerate(fit.folds.held_out_Z(fit.judged)):
        P[k, fit.folds.test[k]] = fit.folds.members.loss.proba(Z).T
    assert (~np.isnan(P[:, :, 0])).sum(axis=0).tolist() == [2] * 60
    np.testing.assert_allclose(model.oof_predict_proba_, np.nanmean(P, axis=0))


@CLASSES
def test_the_temperature_brings_the_held_out_loss_to_its_least(n_classes):
    X, y = table(n_classes, m=400)
    cv = StratifiedKFold(3)
    fit = FitCV(classifier(cv=cv, alphas=[0.01], hidden_units=20, max_iter=200))
    fit.read(X, y, None)
    fit.split({})
    fit.run()
    sharpness = fit.folds.sharpness(fit.judged)
    assert sharpness < 0.9  # with hardly a penalty they are too sure
    Z = np.concatenate(fit.folds.held_out_Z(fit.judged), axis=1)
    Y = fit.targets.to_Y(fit.rows.targets[np.nonzero(fit.folds.test)[1]], float)

    def cost(c):
        return fit.folds.members.loss.cost(c * Z, Y) + (np.log(c) / 0.2) ** 2 / 2

    least = cost(sharpness)
    for factor in (0.99, 1.01):
        assert cost(sharpness * factor) > least
    fit.commit()
    wide = fit.trained.averaged()
    np.testing.assert_allclose(fit.estimator.parameters_.W[1], wide.W[1])
    np.testing.assert_allclose(fit.estimator.parameters_.Wb[2], sharpness * wide.Wb[2])
    assert fit.estimator.temperature_ == pytest.approx(1 / sharpness)


def test_a_row_has_one_vote_on_the_temperature_in_however_many_folds_it_is():
    X, y = table(2, m=60)
    splits = list(StratifiedKFold(3, shuffle=True, random_state=0).split(X, y))
    sharpness = []
    for cv in (splits, [*splits, splits[0]]):
        fit = FitCV(classifier(cv=cv, alphas=[0.01]))
        fit.read(X, y, None)
        fit.split({})
        parameters = fit._start()
        # Members that agree on everything: what differs is the votes.
        for k in range(1, len(cv)):
            parameters.Wb[1][5 * k : 5 * k + 5] = parameters.Wb[1][:5]
            parameters.Wb[2][k] = parameters.Wb[2][0]
        sharpness.append(fit.folds.sharpness(parameters))
    assert sharpness[0] == pytest.approx(sharpness[1], rel=1e-4)


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_wide_table_is_trained_in_the_space_of_its_rows(
    sparse, standardize, weighted, monkeypatch
):
    rng = np.random.default_rng(0)
    y = np.arange(40) % 3
    X = rng.normal(size=(40, 150)) + 0.5 * y[:, np.newaxis]
    w = rng.uniform(0.5, 2, 40) if weighted else None
    if sparse:
        X = csr_array(np.where(rng.random(X.shape) < 0.1, X, 0))
    settings = {"standardize": standardize, "alphas": [1.0, 10.0], "max_iter": 20}
    model = classifier(**settings).fit(X, y, w)
    # The same training in the columns of X, from weights in the space of the rows.
    draw = FoldedRows.initialize

    def projected(folds, rng):
        space = RowSpace(folds.rows.X, folds.standardization)
        parameters = draw(folds, rng)
        parameters.Wb[1][:] = space.expand(space.shrink(parameters.Wb[1]))
        return parameters

    monkeypatch.setattr(folded_rows, "is_wide", lambda X: False)
    monkeypatch.setattr(FoldedRows, "initialize", projected)
    direct = classifier(**settings).fit(X, y, w)
    assert direct.n_iter_ == model.n_iter_
    np.testing.assert_allclose(model.oof_losses_, direct.oof_losses_, rtol=1e-6)
    np.testing.assert_allclose(
        model.oof_predict_proba_, direct.oof_predict_proba_, atol=1e-6
    )
    np.testing.assert_allclose(
        model.parameters_.theta, direct.parameters_.theta, atol=1e-6
    )


def test_a_wide_table_whose_products_overflow_is_trained_as_it_is():
    X = 1e180 * np.random.default_rng(0).normal(size=(20, 60))
    with pytest.raises(ValueError, match="not finite at the weights"):
        classifier(standardize=False).fit(X, np.arange(20) % 2)
    model = classifier(alphas=[1.0]).fit(X, np.arange(20) % 2)
    assert np.isfinite(model.parameters_.theta).all()
