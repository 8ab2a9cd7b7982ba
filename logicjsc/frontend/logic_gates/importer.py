"""Logic-gate networks: state dictionaries of difflogic and torchlogix."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from logicjsc.core.settings import Section, setting
from logicjsc.frontend.gates import JOINED_INPUTS
from logicjsc.frontend.importer import Asked, Imported, Importer


@dataclass(frozen=True)
class LogicGatesSettings(Section):
    """What a state dictionary of gates does not hold."""

    classes: int = setting(
        0, "number of classes, GroupSum's k (0: those of the samples)", at_least=0
    )
    connections: str = setting(
        "", "file (.npz, .pt, .json) with LAYER.indices of each layer, if the checkpoint has none"
    )
    thermometer: str = setting(
        "", "file (.npz, .pt, .json) with thresholds, and mean and scale if features were scaled"
    )
    parametrization: Literal["auto", "raw", "warp", "light"] = setting(
        "auto", "what the weights of torchlogix are; warp and light look alike"
    )
    inputs: int = setting(
        0,
        "bits that go in, if the last of them are not connected (0: those that are)",
        at_least=0,
        at_most=1_000_000,
    )
    arithmetic: Literal["float64", "float32"] = setting(
        "float64", "precision in which the training computed (feature - mean) / scale"
    )
    joined_inputs: int = setting(
        JOINED_INPUTS, "inputs of the tables that gates are joined to", at_least=2, at_most=12
    )


class LogicGatesImporter(Importer):
    """Checkpoints of logic-gate networks."""

    title: ClassVar[str] = "logic-gate networks (state dictionaries of difflogic and torchlogix)"
    settings: ClassVar[type[Any]] = LogicGatesSettings

    def read(self, model: Any, asked: Asked) -> Imported:  # noqa: ANN401 - a path
        """The netlist from features, or bits, to the count of each class."""
        from logicjsc.frontend.logic_gates.build import imported_gates
        from logicjsc.frontend.logic_gates.read import read_gates
        from logicjsc.frontend.model_files import path_of

        path = path_of(model, "checkpoint of a logic-gate network")
        settings = asked.settings
        network = read_gates(
            path,
            Path(settings.connections) if settings.connections else None,
            Path(settings.thermometer) if settings.thermometer else None,
            settings.parametrization,
        )
        return imported_gates(network, path, asked)


IMPORTER = LogicGatesImporter()
