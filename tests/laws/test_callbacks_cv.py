"""scikit-learn's callbacks and the estimators that choose their penalty."""

import pickle

import numpy as np
import pytest
from diary import Diary
from family_cv import X, each_kind, each_size, make, output
from sklearn.base import clone

callback = pytest.importorskip(
    "sklearn.callback", reason="This version of scikit-learn has no callbacks."
)


@each_kind
@each_size
def test_there_is_a_task_for_each_training_and_each_epoch(kind, many, many_rows):
    many_rows(many)
    diary = Diary()
    model, y = make(kind)
    plain = clone(model).fit(X, y)
    w = np.ones(80)
    model.set_callbacks(diary).fit(X, y, w)
    np.testing.assert_array_equal(output(model), output(plain))
    begun = [what[1] for what in diary.heard if what[0] == "begin"]
    ended = [what[1] for what in diary.heard if what[0] == "end"]
    assert sorted(begun) == sorted(ended)
    assert begun[0] == ended[-1] == "fit"
    assert diary.heard[-1][0] == "teardown"
    trainings = [name for name in begun if name not in ("fit", "epoch")]
    walk = [name for name in trainings if name.startswith("alpha ")]
    assert len(walk) == model.alphas_.size
    assert {float(name.split()[1]) for name in walk} == {
        float(f"{alpha:.3g}") for alpha in model.alphas_
    }
    assert trainings[len(walk) :] == (["folds", "all rows"] if many else ["all rows"])
    assert diary.epochs == model.n_iter_
    for _, seen_X, seen_y, metadata, _ in diary.seen:
        if seen_X is not None:
            assert seen_X is X
            assert seen_y is y
            assert metadata["sample_weight"] is w
    # All that is shown predicts, and the last is what is kept.
    shown = [seen[-1] for seen in diary.seen if seen[-1] is not None]
    assert all(np.isfinite(output(estimator)).all() for estimator in shown)
    np.testing.assert_array_equal(output(shown[-1]), output(model))


def test_a_callback_that_asks_to_stop_ends_a_training_or_the_walk():
    class Stop(Diary):
        def __init__(self, name):
            super().__init__()
            self.name = name

        def on_fit_task_end(self, estimator, context):
            self.heard.append(("end", context.task_name, context.task_id))
            return context.task_name.startswith(self.name)

    model, y = make("number")
    model.set_callbacks(Stop("epoch")).fit(X, y)
    assert model.n_iter_ == model.alphas_.size + 1  # each training had one
    model.set_callbacks(Stop("alpha 3")).fit(X, y)
    assert model.alphas_.tolist() == [3.0]
    assert model.alpha_ == 3.0


@each_kind
def test_progress_bar_and_scoring_monitor(kind, capsys):
    pytest.importorskip("rich")
    model, y = make(kind)
    plain = clone(model).fit(X, y)
    scoring = "accuracy" if kind == "classes" else "r2"
    monitor = callback.ScoringMonitor(scoring=scoring)
    model.set_callbacks(callback.ProgressBar(), monitor).fit(X, y)
    text = capsys.readouterr().out
    assert "all rows" in text
    assert f"alpha {model.alpha_:.3g}" in text
    np.testing.assert_array_equal(output(model), output(plain))
    scores = [row[scoring] for row in monitor.get_logs().data]
    assert scores[0] == pytest.approx(model.score(X, y))  # the fit is the outermost
    thawed = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(output(thawed), output(model))


@each_kind
def test_without_callbacks_no_hook_is_called(kind, monkeypatch):
    def never(*arguments, **keywords):
        raise AssertionError("A callback context was made.")

    monkeypatch.setattr(callback.CallbackContext, "_from_estimator", never)
    model, y = make(kind)
    assert not [name for name in vars(model.fit(X, y)) if "callback" in name]
