"""What an estimator needs to predict."""

import numpy as np

from sknn2 import Network, initialize
from sknn2.data.class_targets import ClassTargets
from sknn2.fitting.model import Model
from sknn2.inputs.standardization import Standardization


def test_the_attributes_are_a_model_of_their_own():
    targets = ClassTargets(np.array(["a", "b"]))
    standardization = Standardization.of(np.arange(6.0).reshape(3, 2))
    model = Model(Network((2, 3, 1)), standardization, targets)
    parameters = initialize((2, 3, 1), rng=0)
    attributes = model.attributes(parameters)
    assert attributes["network_"] is model.network
    assert attributes["standardization_"] is standardization
    assert attributes["_targets"] is targets
    assert attributes["classes_"].tolist() == ["a", "b"]
    # Training goes on with the parameters, in place; the attributes keep theirs.
    before = parameters.theta.copy()
    parameters.theta += 1
    np.testing.assert_array_equal(attributes["parameters_"].theta, before)
