"""AIGER: and-inverter graphs with a symbol table."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from logicjsc.frontend.importer import Asked, Imported, Importer
from logicjsc.frontend.logic import LogicSettings, imported_logic


class AigerImporter(Importer):
    """Combinational AIGER."""

    title: ClassVar[str] = "combinational AIGER (.aag, .aig) with its symbol table"
    settings: ClassVar[type[Any]] = LogicSettings
    starts_at_codes: ClassVar[bool] = True

    def recognises(self, model: object) -> bool:
        """Files by their suffix."""
        return isinstance(model, Path) and model.suffix.lower() in {".aag", ".aig"}

    def read(self, model: Any, asked: Asked) -> Imported:  # noqa: ANN401 - a path
        """The netlist of an AIGER file: an input and an output per name, or per word."""
        from logicjsc.frontend.aiger.read import read_aiger
        from logicjsc.frontend.model_files import path_of, read_content

        path = path_of(model, "AIGER file")
        logic = read_aiger(read_content(path), path)
        settings = asked.settings
        return imported_logic(
            logic, asked.name, path, words=settings.words, most=settings.joined_inputs
        )


IMPORTER = AigerImporter()
