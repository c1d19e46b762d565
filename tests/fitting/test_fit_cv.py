"""The life of the estimators that choose their penalty: lines, Ctrl-C, shipping."""

import pickle
import re
from contextlib import contextmanager

import numpy as np
import pytest
from family_cv import X, each_kind, each_size, make, output
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import log_loss

from sknn2.fitting import fit_cv as fitting_cv
from sknn2.fitting.fit_cv import FitCV
from sknn2.fitting.penalty_path import best_of
from sknn2.training.objective import Objective

# Lines


@each_kind
@each_size
def test_verbose_prints_the_path_and_the_last_training(kind, many, many_rows, capsys):
    many_rows(many)
    model, y = make(kind, verbose=1)
    model.fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    walk = [line for line in lines if line.startswith("alpha")]
    assert lines[: len(walk)] == walk
    assert len(walk) == model.alphas_.size
    assert re.fullmatch(r"alpha [\d.]+ +out-of-fold loss \d+\.\d{5}", walk[0])
    epochs = lines[len(walk) :]
    assert len(epochs) > 2
    assert all(re.match(r"epoch +\d+/\d+  cost \d+\.\d{5}", line) for line in epochs)
    clone(model).set_params(verbose=4).fit(X, y)
    fewer = capsys.readouterr().out.splitlines()
    assert fewer[: len(walk)] == walk
    assert len(fewer) - len(walk) == pytest.approx(len(epochs) / 4, abs=3)
    clone(model).set_params(verbose=False).fit(X, y)
    assert capsys.readouterr().out == ""


# Ctrl-C


@contextmanager
def ctrl_c(n):
    """Let the cost be computed n times, then interrupt; expect to hear of it."""
    compute, calls = Objective.batch_cost_and_gradient, iter(range(n))

    def batch(self, *arguments):
        if next(calls, None) is None:
            raise KeyboardInterrupt
        return compute(self, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Objective, "batch_cost_and_gradient", batch)
        with pytest.raises(KeyboardInterrupt):
            yield


def evaluations(model, y):
    """Return how often the cost is computed up to the end of each training."""
    compute, calls, ends = Objective.batch_cost_and_gradient, [], []

    def batch(self, *arguments):
        calls.append(1)
        return compute(self, *arguments)

    def counted(train):
        def train_and_count(*arguments, **keywords):
            n_iter = train(*arguments, **keywords)
            ends.append(len(calls))
            return n_iter

        return train_and_count

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Objective, "batch_cost_and_gradient", batch)
        for name in ("train_lbfgs", "train_adam"):
            patch.setattr(fitting_cv, name, counted(getattr(fitting_cv, name)))
        clone(model).fit(X, y)
    return ends


@each_kind
@each_size
def test_ctrl_c_leaves_the_best_there_is(kind, many, many_rows):
    many_rows(many)
    model, y = make(kind)
    whole = clone(model).fit(X, y)
    ends = evaluations(model, y)
    with ctrl_c(ends[0] - 1):  # in the first training
        model.fit(X, y)
    with pytest.raises(NotFittedError):
        model.predict(X)
    for visited in range(1, whole.alphas_.size):
        with ctrl_c(ends[visited - 1] + 1):  # in the one after so many
            model.fit(X, y)
        assert model.alphas_.size == visited
        assert model.alpha_ == model.alphas_[model.oof_losses_.mean(axis=1).argmin()]
        assert np.isfinite(output(model)).all()
        oof = "oof_predict_proba_" if kind == "classes" else "oof_predict_"
        assert np.isfinite(getattr(model, oof)).all()
    with ctrl_c(ends[-1] - 2):  # in the last training, which goes on from the path
        model.fit(X, y)
    assert model.alphas_.tolist() == whole.alphas_.tolist()
    assert model.alpha_ == whole.alpha_
    assert model.score(X, y) == pytest.approx(whole.score(X, y), abs=0.05)
    assert model.n_iter_ <= whole.n_iter_
    fitted = output(whole)
    with ctrl_c(ends[0] - 1):  # a fit that has nothing yet leaves what there was
        whole.fit(X, y)
    np.testing.assert_array_equal(output(whole), fitted)


def test_what_is_left_on_the_path_is_the_mean_of_the_nets_so_far():
    model, y = make("classes")
    first = evaluations(model, y)[0]
    with ctrl_c(first + 1):
        model.fit(X, y)
    fit = FitCV(clone(model).set_params(alphas=[model.alpha_]))
    fit.read(X, y, None)
    fit.split({})
    fit.run()
    Z = best_of(fit.points).parameters.averaged()
    np.testing.assert_allclose(model.parameters_.W[1], Z.W[1])
    assert log_loss(y, model.predict_proba(X)) < np.log(3)


# What a model carries


@each_kind
def test_a_model_can_do_without_what_is_out_of_fold(kind):
    model, y = make(kind)
    name = "oof_predict_proba_" if kind == "classes" else "oof_predict_"
    model.fit(X, y)
    assert len(getattr(model, name)) == 80
    kept = output(model)
    model.set_params(keep_oof=False).fit(X, y)
    assert not hasattr(model, name)
    np.testing.assert_array_equal(output(model), kept)
    # Nothing that is kept has a row for each row of X.
    for value in vars(model).values():
        assert 80 not in np.shape(getattr(value, "theta", value))
    model.set_params(alphas=[3.0])
    sizes = [len(pickle.dumps(model.fit(X[:m], y[:m]))) for m in (60, 80)]
    assert abs(sizes[0] - sizes[1]) < 50
