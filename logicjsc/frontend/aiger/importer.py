"""AIGER: and-inverter graphs with a symbol table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from logicjsc.core.settings import Section, setting
from logicjsc.frontend.gates import JOINED_INPUTS
from logicjsc.frontend.importer import Asked, Imported, Importer


@dataclass(frozen=True)
class AigerSettings(Section):
    """How an and-inverter graph becomes a netlist."""

    words: bool = setting(False, "whether names such as x[3] are the bits of words of several bits")
    joined_inputs: int = setting(
        JOINED_INPUTS,
        "inputs of the tables that gates are joined to",
        at_least=2,
        at_most=12,
    )


class AigerImporter(Importer):
    """Combinational AIGER."""

    title: ClassVar[str] = "combinational AIGER (.aag, .aig) with its symbol table"
    settings: ClassVar[type[Any]] = AigerSettings
    starts_at_codes: ClassVar[bool] = True

    def recognises(self, model: object) -> bool:
        """Files by their suffix."""
        return isinstance(model, Path) and model.suffix.lower() in {".aag", ".aig"}

    def read(self, model: Any, asked: Asked) -> Imported:  # noqa: ANN401 - a path
        """The netlist of an AIGER file: an input and an output per name, or per word."""
        from logicjsc.frontend.aiger.read import read_aiger
        from logicjsc.frontend.logic import imported_logic
        from logicjsc.frontend.model_files import path_of, read_content

        path = path_of(model, "AIGER file")
        logic = read_aiger(read_content(path), path)
        settings = asked.settings
        return imported_logic(
            logic, asked.name, path, words=settings.words, most=settings.joined_inputs
        )


IMPORTER = AigerImporter()
