"""A callback for tests, which writes down what it hears."""

from collections import Counter


class Diary:
    """A callback that writes down what it hears, and does what it is told."""

    def __init__(self, stop_after=None, interrupt_after=None):
        self.stop_after, self.interrupt_after = stop_after, interrupt_after
        self.heard, self.seen = [], []

    def setup(self, estimator, context):
        self.heard.append(("setup", None, None))

    def teardown(self, estimator, context):
        self.heard.append(("teardown", None, None))

    def on_fit_task_begin(self, estimator, context):
        self.heard.append(("begin", context.task_name, context.task_id))

    def on_fit_task_end(
        self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator
    ):
        self.heard.append(("end", context.task_name, context.task_id))
        self.seen.append((context.task_name, X, y, metadata, fitted_estimator))
        epochs = context.task_id + 1 if context.task_name == "epoch" else 0
        if epochs and epochs == self.interrupt_after:
            raise KeyboardInterrupt
        return bool(epochs) and epochs == self.stop_after

    @property
    def epochs(self):
        """Numbers of the epochs that ended with something to show."""
        fitted = [name for name, *_, model in self.seen if model is not None]
        return fitted.count("epoch")

    def is_well_formed(self):
        """Return whether all that begins ends, the epochs inside of the fit."""
        begun = Counter(what[1:] for what in self.heard if what[0] == "begin")
        ended = Counter(what[1:] for what in self.heard if what[0] == "end")
        names = [what[0] for what in self.heard]
        return (
            begun == ended
            and names[0] == "setup"
            and names[-1] == "teardown"
            and self.heard[1] == ("begin", "fit", 0)
            and self.heard[-2] == ("end", "fit", 0)
            and set(begun.values()) == {1}
        )
