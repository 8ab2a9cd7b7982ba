"""LogicNets-style Verilog: a module per neuron, modules of layers, a top that chains them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.importer import Asked, Imported, Importer
from logicjsc.frontend.logicnets.settings import LogicnetsSettings


class LogicnetsImporter(Importer):
    """Verilog of the LogicNets family."""

    title: ClassVar[str] = (
        "Verilog of one case per neuron (LogicNets, PolyLUT, PolyLUT-Add, NeuraLUT), file or folder"
    )
    settings: ClassVar[type[Any]] = LogicnetsSettings
    starts_at_codes: ClassVar[bool] = True

    def recognises(self, model: object) -> bool:
        """Files by their suffix."""
        return isinstance(model, Path) and model.suffix.lower() == ".v"

    def read(self, model: Any, asked: Asked) -> Imported:  # noqa: ANN401 - a path
        """The netlist of the top module; registers between layers are left out."""
        from logicjsc.frontend.logicnets.elaborate import imported_verilog
        from logicjsc.frontend.logicnets.sources import Sources

        if not isinstance(model, Path):
            raise ImportedModelError(
                f"an object of type {type(model).__name__} is no file or folder of Verilog"
            )
        sources = Sources(model)
        return imported_verilog(sources, asked.name, asked.settings)


IMPORTER = LogicnetsImporter()
