"""ONNX models: quantised, from raw features to scores, few bits per neuron."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from logicjsc.core.errors import OnnxModelError
from logicjsc.core.settings import Section, setting
from logicjsc.frontend.importer import Asked, Imported, Importer


@dataclass(frozen=True)
class OnnxSettings(Section):
    """How an ONNX model becomes tables."""

    address_limit: int = setting(
        16, "most address bits of a neuron's table", at_least=1, at_most=24
    )


class OnnxImporter(Importer):
    """Quantised ONNX models."""

    title: ClassVar[str] = "quantised ONNX models (QCDQ), of any exporter"
    settings: ClassVar[type[Any]] = OnnxSettings

    def recognises(self, model: object) -> bool:
        """Files by their suffix."""
        return isinstance(model, Path) and model.suffix.lower() == ".onnx"

    def read(self, model: Any, asked: Asked) -> Imported:  # noqa: ANN401 - a path
        """The netlist of an ONNX file."""
        from logicjsc.frontend.onnx.tabulate import tabulate_file

        if not isinstance(model, Path):
            raise OnnxModelError(f"an object of type {type(model).__name__} is no ONNX file")
        limit = asked.settings.address_limit
        return Imported(tabulate_file(model, asked.name, limit, asked.on_progress))


IMPORTER = OnnxImporter()
