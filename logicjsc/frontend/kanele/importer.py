"""KANELÉ's ``truth_tables.json``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from logicjsc.core.settings import Section, setting
from logicjsc.frontend.importer import Asked, Imported, Importer


@dataclass(frozen=True)
class KaneleSettings(Section):
    """What the truth tables do not say."""

    output_bits: int = setting(
        0,
        "bits that the last layer saturates to (0: the last of layers_bitwidth of the config.json "
        "beside the tables)",
        at_least=0,
        at_most=20,
    )
    target: Literal["classes", "value"] = setting(
        "classes", "what the outputs are; a single output is always a value"
    )


class KaneleImporter(Importer):
    """Truth tables of KANELÉ."""

    title: ClassVar[str] = "truth tables of KANELÉ (truth_tables.json: a table per edge, sums)"
    settings: ClassVar[type[Any]] = KaneleSettings
    starts_at_codes: ClassVar[bool] = True
    file_names: ClassVar[tuple[str, ...]] = ("truth_tables.json",)

    def recognises(self, model: object) -> bool:
        """The file by the name that it always has."""
        return isinstance(model, Path) and model.name in self.file_names

    def read(self, model: Any, asked: Asked) -> Imported:  # noqa: ANN401 - a path
        """The netlist from codes of the inputs to saturated sums of the last layer."""
        from logicjsc.frontend.kanele.build import imported_kan
        from logicjsc.frontend.kanele.read import read_layers
        from logicjsc.frontend.model_files import path_of

        path = path_of(model, "file of truth tables")
        layers = read_layers(path, asked.settings.output_bits)
        return imported_kan(layers, path, asked)


IMPORTER = KaneleImporter()
