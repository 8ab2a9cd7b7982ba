"""ONNX models: quantised, from raw features to scores, few bits per neuron."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from logicjsc.core.errors import OnnxModelError
from logicjsc.core.settings import Section, setting
from logicjsc.frontend.importer import Asked, Imported, Importer, find_importer


@dataclass(frozen=True)
class OnnxSettings(Section):
    """How an ONNX model becomes tables."""

    address_limit: int = setting(
        16, "most address bits of a neuron's table", at_least=1, at_most=24
    )


class OnnxImporter(Importer):
    """Quantised ONNX models."""

    title: ClassVar[str] = "quantised ONNX models (QCDQ or QONNX), and torch modules"
    settings: ClassVar[type[Any]] = OnnxSettings

    def recognises(self, model: object) -> bool:
        """Files by their suffix, and torch modules."""
        from logicjsc.frontend.onnx.torch_export import is_torch_module

        if isinstance(model, Path):
            return model.suffix.lower() == ".onnx"
        return is_torch_module(model)

    def read(self, model: Any, asked: Asked) -> Imported:  # noqa: ANN401 - a path
        """The netlist of an ONNX file or a torch module; trees are handed to the kind of those."""
        from logicjsc.frontend.onnx.files import holds_trees, load_onnx
        from logicjsc.frontend.onnx.tabulate import tabulate, tabulate_file
        from logicjsc.frontend.onnx.torch_export import export_module, is_torch_module

        if isinstance(model, Path) and holds_trees(load_onnx(model)):
            trees = find_importer("trees")
            return trees.read(model, replace(asked, settings=trees.settings()))
        limit = asked.settings.address_limit
        notes: list[str] = []
        if isinstance(model, Path):
            netlist = tabulate_file(model, asked.name, limit, asked.on_progress, notes.append)
        elif is_torch_module(model):
            netlist = tabulate(
                export_module(model, asked.example),
                asked.name,
                address_limit=limit,
                on_progress=asked.on_progress,
                on_note=notes.append,
            )
        else:
            raise OnnxModelError(
                f"an object of type {type(model).__name__} is neither an ONNX file nor a torch "
                f"module"
            )
        return Imported(netlist, tuple(notes))


IMPORTER = OnnxImporter()
