"""One call of fit, from constructor arguments to fitted attributes.

settings           names and "auto" become objects and numbers
objective_of_rows  the objective for rows, their targets and a standardisation
fit                one call of fit or partial_fit
blocked_fit        one call of fit on rows that lie elsewhere, in blocks
blocked_rows       what is asked of such blocks, and how the answers are merged
blocked_objective  the cost over such blocks, as sums in their order
start              the parameters that a training starts from, drawn or fitted
model              the fitted attributes that predictions need
validation_set     the loss and the score of parameters on a validation set
monitor            what happens after each epoch: histories, validation, early stopping
callbacks          scikit-learn's callbacks, where this version of scikit-learn has them
collapse           recognises a training that ended with a constant output, and why
advice             the sentences of the warnings at the end of a training
fit_cv             one call of fit of the estimators that choose their penalty
folded_rows        the rows with their folds; out-of-fold outputs and losses
penalty_path       the search for the best penalty
"""
