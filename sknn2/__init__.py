"""Neural networks for scikit-learn, with backpropagation written by hand."""

from sknn2._version import __version__
from sknn2.activations import Activation
from sknn2.classifiers import DeepNNClassifier, ShallowNNClassifier
from sknn2.classifiers_cv import ShallowNNClassifierCV
from sknn2.encoding import PiecewiseLinearEncoder
from sknn2.exceptions import DivergenceWarning
from sknn2.initializers import initialize
from sknn2.inspection import GradientReport, check_gradient
from sknn2.losses import (
    AbsoluteError,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Huber,
    Pinball,
    Poisson,
    SquaredError,
)
from sknn2.network import (
    Network,
    layer_backward,
    layer_forward,
    linear_backward,
    linear_forward,
)
from sknn2.optimizers import (
    LBFGS,
    Adam,
    AdamW,
    GradientDescent,
    Momentum,
    Nesterov,
    RMSProp,
)
from sknn2.parameters import Parameters
from sknn2.refusals import Cache
from sknn2.regressors import DeepNNRegressor, ShallowNNRegressor
from sknn2.regressors_cv import ShallowNNRegressorCV
from sknn2.schedules import (
    Constant,
    Cosine,
    DivideOnStall,
    Exponential,
    InverseTime,
    Step,
    WarmUp,
)
from sknn2.table import TableEncoder
from sknn2.tabular import make_tabular_classifier, make_tabular_regressor
from sknn2.training import TrainingResult, train

__all__ = [
    "LBFGS",
    "AbsoluteError",
    "Activation",
    "Adam",
    "AdamW",
    "BinaryCrossEntropy",
    "Cache",
    "CategoricalCrossEntropy",
    "Constant",
    "Cosine",
    "DeepNNClassifier",
    "DeepNNRegressor",
    "DivergenceWarning",
    "DivideOnStall",
    "Exponential",
    "GradientDescent",
    "GradientReport",
    "Huber",
    "InverseTime",
    "Momentum",
    "Nesterov",
    "Network",
    "Parameters",
    "PiecewiseLinearEncoder",
    "Pinball",
    "Poisson",
    "RMSProp",
    "ShallowNNClassifier",
    "ShallowNNClassifierCV",
    "ShallowNNRegressor",
    "ShallowNNRegressorCV",
    "SquaredError",
    "Step",
    "TableEncoder",
    "TrainingResult",
    "WarmUp",
    "__version__",
    "check_gradient",
    "initialize",
    "layer_backward",
    "layer_forward",
    "linear_backward",
    "linear_forward",
    "make_tabular_classifier",
    "make_tabular_regressor",
    "train",
]
