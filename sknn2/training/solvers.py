"""The solvers by name: the one place that knows both kinds."""

from sknn2.training.lbfgs import LBFGS
from sknn2.training.optimizers import (
    Adam,
    AdamW,
    GradientDescent,
    Momentum,
    Nesterov,
    Optimizer,
    RMSProp,
)

SOLVERS: dict[str, Optimizer | LBFGS] = {
    optimizer.name: optimizer
    for optimizer in (
        GradientDescent(),
        Momentum(),
        Nesterov(),
        RMSProp(),
        Adam(),
        AdamW(),
        LBFGS(),
    )
}
