"""What users hand over: X, y and weights. The lowest folder that knows scikit-learn.

input_checks        checks of X and of the sample weights
argument_checks     checks of the arguments of a constructor
table_checks        frames of sparse columns; errors that name what is not a number
labels              labels and targets as arrays, without a cast or a missing value
rows                X, y and weights together; the rows held out for validation
targets             what y means to a network (abstract)
class_targets       one class for each row
multilabel_targets  several labels for each row
regression_targets  numbers, scaled for the training
folds               the folds of a cross-validation
stored_state        what a file holds is the model that was stored
"""
