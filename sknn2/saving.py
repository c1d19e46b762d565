"""What a reader of a skops file has to trust.

A file of skops names types and holds their state as plain values, and nothing is
read whose type the reader has not named. These are the types that our models are
made of, and those that scikit-learn's searches add to them.
"""

from sklearn import model_selection
from sklearn.metrics import accuracy_score, check_scoring, make_scorer
from sklearn.utils.metadata_routing import MetadataRequest

from sknn2.data.class_targets import ClassTargets
from sknn2.data.multilabel_targets import MultilabelTargets
from sknn2.data.regression_targets import RegressionTargets
from sknn2.estimators.classifiers import DeepNNClassifier, ShallowNNClassifier
from sknn2.estimators.classifiers_cv import ShallowNNClassifierCV
from sknn2.estimators.regressors import DeepNNRegressor, ShallowNNRegressor
from sknn2.estimators.regressors_cv import ShallowNNRegressorCV
from sknn2.inputs.standardization import Standardization
from sknn2.network.losses import LOSSES
from sknn2.network.network import Network
from sknn2.network.parameters import Parameters
from sknn2.preprocessing.piecewise_linear import PiecewiseLinearEncoder
from sknn2.preprocessing.table import Levels, TableEncoder
from sknn2.training.schedules import SCHEDULES
from sknn2.training.solvers import SOLVERS

MODELS = (
    ShallowNNClassifier,
    ShallowNNClassifierCV,
    DeepNNClassifier,
    ShallowNNRegressor,
    ShallowNNRegressorCV,
    DeepNNRegressor,
    PiecewiseLinearEncoder,
    TableEncoder,
)
"""The estimators and the encoders."""


PARTS = (
    Network,
    Parameters,
    Standardization,
    ClassTargets,
    MultilabelTargets,
    RegressionTargets,
    Levels,
)
"""What is in them when they are fitted: numbers, labels and names."""


SETTINGS = tuple(
    type(setting)
    for table in (LOSSES, SOLVERS, SCHEDULES)
    for setting in dict.fromkeys(table.values())
)
"""What can be an argument of theirs, or of a grid: names and numbers."""


SEARCHES = (
    # With scoring=None, and by a name or make_scorer.
    type(check_scoring(ShallowNNClassifier())),
    type(make_scorer(accuracy_score)),
    # What they take beside X and y.
    MetadataRequest,
    type(model_selection.KFold().get_metadata_routing().split),
    *(
        getattr(model_selection, name)
        for name in (
            *("KFold", "StratifiedKFold", "GroupKFold", "StratifiedGroupKFold"),
            *("RepeatedKFold", "RepeatedStratifiedKFold", "TimeSeriesSplit"),
            *("ShuffleSplit", "StratifiedShuffleSplit", "GroupShuffleSplit"),
            *("LeaveOneOut", "LeaveOneGroupOut", "PredefinedSplit"),
        )
    ),
)
"""What a search of scikit-learn keeps: how it scored and how it split."""


SKOPS_TRUSTED = tuple(
    f"{cls.__module__}.{cls.__qualname__}"
    for cls in (*MODELS, *PARTS, *SETTINGS, *SEARCHES)
)
"""What ``skops.io.load`` has to trust to read a model of this package.

``load(file, trusted=SKOPS_TRUSTED)`` reads every estimator and encoder, the models of
`make_tabular_classifier` and `make_tabular_regressor`, and scikit-learn's searches over
them. All are classes, most of them sknn2's, the last ones scikit-learn's scorers and
splitters, which a search keeps. To make one of them keeps values and runs nothing else;
there is no function among them.
"""
