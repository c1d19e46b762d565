"""The estimators that users call.

base            what all estimators share: fit, partial_fit, the fitted attributes
classifiers     the classifiers
regressors      the regressors
base_cv         what the estimators that choose their penalty share
classifiers_cv  the classifier that chooses its penalty
regressors_cv   the regressor that chooses its penalty
docstrings      builds docstrings from the parts that estimators share
embedding       transform: the last hidden layer as columns
html            what a notebook shows: the diagram and the fitted state
"""
