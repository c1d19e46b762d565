"""Neural networks for scikit-learn, with backpropagation written by hand."""

from sknn2 import dask as dask
from sknn2 import onnx as onnx
from sknn2._version import __version__
from sknn2.environment import show_versions
from sknn2.estimators.classifiers import DeepNNClassifier, ShallowNNClassifier
from sknn2.estimators.classifiers_cv import ShallowNNClassifierCV
from sknn2.estimators.regressors import DeepNNRegressor, ShallowNNRegressor
from sknn2.estimators.regressors_cv import ShallowNNRegressorCV
from sknn2.exceptions import DivergenceWarning
from sknn2.inspection.displays import LossCurveDisplay, PenaltyPathDisplay
from sknn2.inspection.gradient_check import GradientReport, check_gradient
from sknn2.inspection.input_gradients import input_gradients
from sknn2.network.activations import Activation
from sknn2.network.custom_loss import CustomLoss
from sknn2.network.initializers import initialize
from sknn2.network.layers import (
    Cache,
    layer_backward,
    layer_forward,
    linear_backward,
    linear_forward,
)
from sknn2.network.losses import (
    AbsoluteError,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Huber,
    Pinball,
    Poisson,
    RegressionLoss,
    SquaredError,
)
from sknn2.network.network import Network
from sknn2.network.parameters import Parameters
from sknn2.preprocessing.piecewise_linear import PiecewiseLinearEncoder
from sknn2.preprocessing.table import TableEncoder
from sknn2.saving import SKOPS_TRUSTED
from sknn2.tabular import make_tabular_classifier, make_tabular_regressor
from sknn2.training.lbfgs import LBFGS
from sknn2.training.optimizers import (
    Adam,
    AdamW,
    GradientDescent,
    Momentum,
    Nesterov,
    RMSProp,
)
from sknn2.training.schedules import (
    Constant,
    Cosine,
    DivideOnStall,
    Exponential,
    InverseTime,
    Step,
    WarmUp,
)
from sknn2.training.train import TrainingResult, train

__all__ = [
    "LBFGS",
    "SKOPS_TRUSTED",
    "AbsoluteError",
    "Activation",
    "Adam",
    "AdamW",
    "BinaryCrossEntropy",
    "Cache",
    "CategoricalCrossEntropy",
    "Constant",
    "Cosine",
    "CustomLoss",
    "DeepNNClassifier",
    "DeepNNRegressor",
    "DivergenceWarning",
    "DivideOnStall",
    "Exponential",
    "GradientDescent",
    "GradientReport",
    "Huber",
    "InverseTime",
    "LossCurveDisplay",
    "Momentum",
    "Nesterov",
    "Network",
    "Parameters",
    "PenaltyPathDisplay",
    "PiecewiseLinearEncoder",
    "Pinball",
    "Poisson",
    "RMSProp",
    "RegressionLoss",
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
    "input_gradients",
    "layer_backward",
    "layer_forward",
    "linear_backward",
    "linear_forward",
    "make_tabular_classifier",
    "make_tabular_regressor",
    "show_versions",
    "train",
]
