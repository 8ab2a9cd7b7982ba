"""Weightless networks of torch_dwn and dwn2rtl."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from logicjsc.core.settings import Section, setting
from logicjsc.frontend.importer import Asked, Imported, Importer


@dataclass(frozen=True)
class DwnSettings(Section):
    """What a state dictionary of torch_dwn does not hold."""

    thermometer: str = setting(
        "", "file (.pt, .npz, .json) with thresholds, and mean and scale if features were scaled"
    )
    classes: int = setting(0, "number of classes (0: as the file says)", at_least=0)
    arithmetic: Literal["float64", "float32"] = setting(
        "float64", "precision in which the training computed (feature - mean) / scale"
    )


class DwnImporter(Importer):
    """Checkpoints of weightless networks."""

    title: ClassVar[str] = "weightless networks (checkpoints of torch_dwn and dwn2rtl, .npz)"
    settings: ClassVar[type[Any]] = DwnSettings

    def read(self, model: Any, asked: Asked) -> Imported:  # noqa: ANN401 - a path
        """The netlist from raw features to the count of each class."""
        from logicjsc.frontend.dwn.build import imported_dwn
        from logicjsc.frontend.dwn.read import read_dwn
        from logicjsc.frontend.model_files import path_of

        path = path_of(model, "checkpoint of a weightless network")
        settings = asked.settings
        beside = Path(settings.thermometer) if settings.thermometer else None
        network = read_dwn(path, beside, settings.classes)
        return imported_dwn(network, path, asked)


IMPORTER = DwnImporter()
