"""The fitted attributes by which an estimator predicts."""

from dataclasses import dataclass
from typing import Any

from sknn2.data.targets import Targets
from sknn2.inputs.standardization import Standardization
from sknn2.network.network import Network
from sknn2.network.parameters import Parameters


@dataclass(frozen=True)
class Model:
    """Everything that predictions need except the parameters, which training changes.

    Parameters
    ----------
    network : Network
    standardization : Standardization or None
    targets : Targets
    """

    network: Network
    standardization: Standardization | None
    targets: Targets

    def attributes(self, parameters: Parameters) -> dict[str, Any]:
        """Return the fitted attributes of an estimator with these parameters.

        Parameters
        ----------
        parameters : Parameters
            They are copied.

        Returns
        -------
        dict
        """
        return {
            "network_": self.network,
            "parameters_": parameters.copy(),
            "standardization_": self.standardization,
            "_targets": self.targets,
            **self.targets.attributes,
        }
