"""What a reader of a skops file has to trust.

A file of skops names types and holds their state as plain values; nothing is read
whose type the reader has not named. Here are the names: what the estimators and
encoders are made of, and what scikit-learn's searches add to them.
"""

from typing import Any

from sklearn import metrics, model_selection

from sknn2.estimators.classifiers import DeepNNClassifier, ShallowNNClassifier
from sknn2.estimators.classifiers_cv import ShallowNNClassifierCV
from sknn2.estimators.regressors import DeepNNRegressor, ShallowNNRegressor
from sknn2.estimators.regressors_cv import ShallowNNRegressorCV
from sknn2.network import losses
from sknn2.training import optimizers, schedules
"""

