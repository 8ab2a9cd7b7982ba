"""BLIF: one combinational model, each ``.names`` a cover."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from logicjsc.frontend.importer import Asked, Imported, Importer
from logicjsc.frontend.logic import LogicSettings, imported_logic


class BlifImporter(Importer):
    """Combinational BLIF."""

    title: ClassVar[str] = "combinational BLIF (.names), as ABC and Yosys write it"
    settings: ClassVar[type[Any]] = LogicSettings
    starts_at_codes: ClassVar[bool] = True

    def recognises(self, model: object) -> bool:
        """Files by their suffix."""
        return isinstance(model, Path) and model.suffix.lower() == ".blif"

    def read(self, model: Any, asked: Asked) -> Imported:  # noqa: ANN401 - a path
        """The netlist of a BLIF file: an input and an output per name, or per word."""
        from logicjsc.frontend.blif.read import read_blif
        from logicjsc.frontend.model_files import path_of, read_model_text

        path = path_of(model, "BLIF file")
        logic = read_blif(read_model_text(path, "BLIF file"), path)
        settings = asked.settings
        return imported_logic(
            logic, asked.name, path, words=settings.words, most=settings.joined_inputs
        )


IMPORTER = BlifImporter()
