"""Classifiers."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import column_or_1d

from sknn2.activations import Activation
from sknn2.callbacks import Method, with_callbacks
from sknn2.checks import Arguments
from sknn2.estimator import NeuralNetwork
from sknn2.optimizers import LBFGS, Optimizer
from sknn2.parameters import Parameters
from sknn2.schedules import Schedule
from sknn2.targets import ClassTargets

if TYPE_CHECKING:  # scikit-learn has no types

    def available_if(check: Callable[[Any], bool]) -> Callable[[Method], Method]: ...

else:
    from sklearn.utils.metaestimators import available_if


def _has_partial_fit(estimator: "ShallowNNClassifier") -> bool:
    """Raise an AttributeError where there is no ``partial_fit``."""
    if estimator.solver == "lbfgs" or isinstance(estimator.solver, LBFGS):
        raise AttributeError(
            "partial_fit is only for first-order solvers: L-BFGS needs all rows at "
            f"every step. Got solver={estimator.solver!r}."
        )
    return True


class ShallowNNClassifier(ClassifierMixin, NeuralNetwork):
    """Classifier with one hidden layer, trained by hand-written backpropagation.

    Two classes are told apart by one sigmoid unit, more by a softmax unit
    each. Training brings down the weighted mean cross-entropy plus a penalty,

    ``J = (sum_i w_i loss_i + alpha/2 * sum_l ||W[l]||^2) / S``,

    with ``w_i`` the sample weight times the class weight of row i and ``S``
    their sum over the rows handed to this ``fit`` (or ``partial_fit``).

    Parameters
    ----------
    hidden_units : int, default=100
        Units of the hidden layer, ``n[1]``. 0 leaves it out: logistic
        regression.
    activation : {"sigmoid", "logistic", "tanh", "relu", "leaky_relu", \
            "identity"} or Activation, default="relu"
        g of the hidden layer.
    solver : {"sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", \
            "lbfgs"} or Optimizer or LBFGS, default="adam"
        What makes steps of gradients. ``"sgd"`` is plain gradient descent.
        Objects carry hyper-parameters of their own: ``Adam(beta1=0.95)``.
    learning_rate : float or "auto", default="auto"
        The peak rate. ``"auto"`` is 0.5 for sgd, momentum and nesterov, 0.02
        for adam and adamw, 0.01 for rmsprop. ``"lbfgs"`` has none.
    schedule : {"auto", "constant", "inverse_time", "exponential", "step", \
            "cosine", "warm_up", "divide_on_stall"} or Schedule, default="auto"
        Factor on ``learning_rate``, epoch by epoch. ``"auto"`` is ``"cosine"``
        in ``fit``, where the end is known, and ``"constant"`` in
        ``partial_fit``.
    batch_size : int, "auto" or "full", default="auto"
        Rows for each step; the last batch of an epoch takes what is left.
        ``"auto"`` is 200, ``"full"`` all rows.
    alpha : float or "auto", default="auto"
        Strength of the penalty, the course's lambda, whatever the batch size.
        ``"auto"`` is the number of columns over twice the number of classes,
        but at least 3 and at most 30.
        It is LogisticRegression's 1/C, Ridge's alpha and the alpha of
        MLPClassifier with full batches. With c calls of ``partial_fit`` to a
        pass over the data, use alpha / c.
    standardize : bool, default=True
        Centre and scale each column by its weighted mean and deviation, inside
        the network. Columns of unlike scale are the commonest cause of bad
        nets; scikit-learn took ``normalize=`` out of its linear models
        because it was unweighted there and hid in the coefficients. Here it
        is weighted, is found in ``standardization_``, is folded into
        ``coefs_`` and ``intercepts_``, and is off with False. A constant
        column has no effect.
    init : {"auto", "small_normal", "xavier", "he", "zeros"} or Parameters, \
            default="auto"
        Initial weights; biases start from 0. ``"auto"`` is ``"he"`` for relu
        and leaky_relu, ``"xavier"`` otherwise. `Parameters` are started from
        as they are.
    max_iter : int or "auto", default="auto"
        Epochs at most, for lbfgs iterations. A warm start adds as many.
        ``"auto"`` is 40, or as many more as make 300 steps.
    tol : float or None, default=1e-4
        Stop when ``n_iter_no_change`` epochs in a row have not brought what is
        watched at least ``tol`` beyond its best before: the cost, or the
        validation score under early stopping. None runs ``max_iter`` epochs
        and never warns of convergence (lbfgs also ends where it can get no
        further).
    n_iter_no_change : int, default=10
        5 means 5.
    early_stopping : bool or "auto", default="auto"
        ``"auto"`` stops on the validation set if ``fit`` is given one. True
        holds out ``validation_fraction`` of the rows if it is not. False only
        watches a given set. Where it stops, the weights with the best
        validation score are kept. Nothing is held out unless it is True.
    validation_fraction : float, default=0.1
        Share of the rows that ``early_stopping=True`` holds out, stratified.
    scoring : str or callable, default="loss"
        Score on the validation set: minus its loss, or any scorer of
        scikit-learn.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, times the sample weights. A dict goes from label
        to weight, with 1 for labels that are not in it. ``"balanced"`` gives
        each class the same sum of weights; ``partial_fit`` cannot know it and
        refuses it.
    warm_start : bool, default=False
        Whether ``fit`` goes on from the fitted parameters.
    shuffle : bool, default=True
        Whether each epoch takes the rows in another order.
    n_jobs : int or None, default=None
        Threads that share the blocks of 256 to 2,048 rows, by the width of
        the network, into which larger batches are cut; smaller ones stay on
        one thread. -1 takes one for each core. None takes one, unless a
        ``joblib.parallel_config`` context says otherwise. The result is the
        same to the last bit, whatever their number. BLAS is kept to one thread
        while training: more make small products slower, not faster.
    verbose : bool or int, default=False
        Print a line an epoch, or every so many.
    random_state : int, RandomState instance or None, default=None
        Draws the one seed behind the initial weights, the order of the rows
        and what is held out. An int makes a fit repeatable.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_features_in_ : int
        Columns of X, ``n[0]``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if all are strings.
    parameters_ : Parameters
        ``W[l]`` and ``b[l]`` in the layout of the course. They act on
        standardised columns.
    standardization_ : Standardization or None
        ``mean`` and ``deviation`` of each column.
    network_ : Network
        The network that the parameters belong to.
    coefs_, intercepts_ : list of ndarray
        The same in scikit-learn's layout, acting on X as it is.
    n_iter_ : int
        Epochs run, over all warm starts and calls of ``partial_fit``.
    loss_curve_ : ndarray of shape (n_iter_,)
        Entry k is the cost J before the update of epoch k, penalty included;
        for mini-batches the mean over the batches, each before its update.
    loss_ : float or None
        Its last entry; None where Ctrl-C came before it.
    alpha_ : float
        The strength of the penalty that was used.
    validation_loss_curve_ : ndarray or None
        Weighted mean loss on the validation set after each epoch, without
        penalty. None without a validation set.
    validation_scores_ : ndarray or None
        The score after each epoch, the higher the better.
    best_iteration_ : int or None
        Index in ``loss_curve_`` of the epoch with the best validation score.

    See Also
    --------
    sknn2.Network : The equations, without an estimator.
    sknn2.check_gradient : See that the gradient is right.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.model_selection import train_test_split
    >>> from sknn2 import ShallowNNClassifier
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    >>> model = ShallowNNClassifier(random_state=0).fit(X_train, y_train)
    >>> bool(model.score(X_test, y_test) > 0.95)
    True
    >>> model.predict_proba(X_test[:2]).shape
    (2, 2)
    """

    classes_: np.ndarray

    def __init__(
        self,
        hidden_units: int = 100,
        *,
        activation: str | Activation = "relu",
        solver: str | Optimizer | LBFGS = "adam",
        learning_rate: float | str = "auto",
        schedule: str | Schedule = "auto",
        batch_size: int | str = "auto",
        alpha: float | str = "auto",
        standardize: bool = True,
        init: str | Parameters = "auto",
        max_iter: int | str = "auto",
        tol: float | None = 1e-4,
        n_iter_no_change: int = 10,
        early_stopping: bool | str = "auto",
        validation_fraction: float = 0.1,
        scoring: str | Callable[..., float] = "loss",
        class_weight: dict[Any, float] | str | None = None,
        warm_start: bool = False,
        shuffle: bool = True,
        n_jobs: int | None = None,
        verbose: bool | int = False,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.hidden_units = hidden_units
        self.activation = activation
        self.solver = solver
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.batch_size = batch_size
        self.alpha = alpha
        self.standardize = standardize
        self.init = init
        self.max_iter = max_iter
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.scoring = scoring
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.shuffle = shuffle
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.random_state = random_state

    @with_callbacks
    def fit(
        self,
        X: npt.ArrayLike,
        y: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None = None,
        *,
        X_val: npt.ArrayLike | None = None,
        y_val: npt.ArrayLike | None = None,
        sample_weight_val: npt.ArrayLike | None = None,
    ) -> Self:
        """Train on a table.

        Parameters
        ----------
        X : array-like or sparse of shape (m, n_features)
            One row per example: numbers, finite. float32 stays float32,
            everything else is taken as float64.
        y : array-like of shape (m,)
            Labels of any type, of at least two classes.
        sample_weight : array-like of shape (m,), default=None
            At least 0. A row of weight 0 is a row that is not there, a weight
            of k is k such rows.
        X_val, y_val, sample_weight_val : array-like, default=None
            A validation set; see ``early_stopping``. In a pipeline let
            ``Pipeline(transform_input=["X_val"])`` bring ``X_val`` to the form
            of ``X``. A search (``GridSearchCV``) slices whatever has as many
            rows as ``X`` by its training rows, so a validation set must have
            another number of rows than ``X``.

        Returns
        -------
        self : ShallowNNClassifier

        Raises
        ------
        ValueError, TypeError
            If an argument, X, y or a weight cannot be used; the message says
            which and why.

        Warns
        -----
        DivergenceWarning
            If training was stopped because the cost exploded.
        sklearn.exceptions.ConvergenceWarning
            If ``max_iter`` epochs were not enough for ``tol`` (not with a
            cosine schedule, which plans for just as many).
        """
        validation = X_val, y_val, sample_weight_val
        return self._train(X, y, sample_weight, validation, one_pass=False)

    @available_if(_has_partial_fit)
    @with_callbacks
    def partial_fit(
        self,
        X: npt.ArrayLike,
        y: npt.ArrayLike,
        *,
        classes: npt.ArrayLike | None = None,
        sample_weight: npt.ArrayLike | None = None,
    ) -> Self:
        """Make one pass over some rows, going on from what there is.

        The statistics of ``standardize`` run along with the rows seen, and
        what that changes is taken back in the first layer, so that the
        function learnt so far does not jump.

        Parameters
        ----------
        X : array-like or sparse of shape (m, n_features)
        y : array-like of shape (m,)
            Not every class has to be in it.
        classes : array-like of shape (n_classes,), default=None
            All labels that will come; needed in the first call.
        sample_weight : array-like of shape (m,), default=None

        Returns
        -------
        self : ShallowNNClassifier

        Raises
        ------
        ValueError, TypeError
            As in ``fit``, and for what only ``fit`` can do:
            ``class_weight="balanced"``, ``early_stopping=True`` and a cosine
            schedule. The model is then as it was before. With
            ``solver="lbfgs"`` there is no ``partial_fit``.
        """
        self._check_partial_fit(classes)
        return self._train(X, y, sample_weight, one_pass=True, classes=classes)

    def predict(self, X: npt.ArrayLike) -> np.ndarray:
        """Return the most probable label of each row.

        Parameters
        ----------
        X : array-like or sparse of shape (m, n_features)

        Returns
        -------
        ndarray of shape (m,)
            Labels as in ``y``.
        """
        Z = self._logits(X)
        codes = (Z[0] > 0).astype(np.intp) if Z.shape[0] == 1 else Z.argmax(axis=0)
        labels: np.ndarray = self.classes_[codes]
        return labels

    def predict_proba(self, X: npt.ArrayLike) -> np.ndarray:
        """Return the probability of each class for each row.

        Parameters
        ----------
        X : array-like or sparse of shape (m, n_features)

        Returns
        -------
        ndarray of shape (m, n_classes)
            Columns in the order of ``classes_``; rows sum to 1.
        """
        Z = self._logits(X)
        return np.ascontiguousarray(self.network_.loss.proba(Z).T)

    def predict_log_proba(self, X: npt.ArrayLike) -> np.ndarray:
        """Return the logarithms of the probabilities, computed without them.

        Parameters
        ----------
        X : array-like or sparse of shape (m, n_features)

        Returns
        -------
        ndarray of shape (m, n_classes)
            Never -inf, where ``log(predict_proba(X))`` would be.
        """
        Z = self._logits(X)
        return np.ascontiguousarray(self.network_.loss.log_proba(Z).T)

    def decision_function(self, X: npt.ArrayLike) -> np.ndarray:
        """Return the logits ``Z[L]``.

        Parameters
        ----------
        X : array-like or sparse of shape (m, n_features)

        Returns
        -------
        ndarray of shape (m,) or (m, n_classes)
            For two classes the log odds of ``classes_[1]``; for more one
            column for each class, equal to the log probability up to a
            constant in each row.
        """
        Z = self._logits(X)
        return Z[0] if Z.shape[0] == 1 else np.ascontiguousarray(Z.T)

    def _hidden_layers(self) -> tuple[int, ...]:
        Arguments(self).integer("hidden_units", low=0)
        return (int(self.hidden_units),) if self.hidden_units else ()

    def _learn_targets(self, y: np.ndarray, classes: Any, resume: bool) -> ClassTargets:
        if classes is not None:
            classes = ClassTargets.of(column_or_1d(classes))
        if not resume:
            return classes or ClassTargets.of(y)
        if classes is not None and not np.array_equal(classes.classes, self.classes_):
            raise ValueError(
                f"classes={classes.classes.tolist()} differ from those of the fit, "
                f"{self.classes_.tolist()}: leave classes out, or start afresh."
            )
        return ClassTargets(self.classes_)

    def _class_weights(
        self, targets: ClassTargets, codes: np.ndarray, sample_weight: np.ndarray | None
    ) -> np.ndarray | None:
        return targets.weights(self.class_weight, codes, sample_weight)

    def _check_partial_fit(self, classes: npt.ArrayLike | None) -> None:
        """Raise a ValueError for what one chunk of rows cannot serve."""
        if classes is None and not self.__sklearn_is_fitted__():
            raise ValueError(
                "classes must be passed on the first call to partial_fit: later calls "
                "may bring labels that this one does not have."
            )
        if isinstance(self.class_weight, str):
            raise ValueError(
                f"class_weight={self.class_weight!r} is not supported for partial_fit, "
                "which sees one chunk of the rows: give the weights as a dict, e.g. "
                "from sklearn.utils.class_weight.compute_class_weight on all labels."
            )
        if isinstance(self.early_stopping, (bool, np.bool_)) and self.early_stopping:
            raise ValueError(
                "early_stopping=True is not supported for partial_fit, which runs one "
                "epoch: stop calling it instead."
            )
