"""How the cost is minimised. It needs NumPy, no scikit-learn.

objective   the cost and its gradient over a training set, J(theta)
workers     the sums of the cost and the gradient over one block of rows
state       all that a training needs to go on where it stopped
one_hot     one-hot targets of many classes, made block by block
optimizers  the first-order optimisers: gradient descent, momentum, Adam, ...
descent     epochs of mini-batches with a first-order optimiser
lbfgs       the same objective minimised with L-BFGS
line_search the step of L-BFGS along a direction, by the strong Wolfe conditions
solvers     all solvers by name; SOLVERS
schedules   the learning rate over the epochs; SCHEDULES
stopping    patience: when the loss no longer improves
train       training of a network without an estimator
"""
