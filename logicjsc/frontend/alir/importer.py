"""ALIR and DAIS programs, in which HGQ models end: JSON files and objects of alkaid and da4ml."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from logicjsc.core.settings import Section, setting
from logicjsc.frontend.alir.ends import build_inputs, build_outputs
from logicjsc.frontend.alir.files import is_program, program_of
from logicjsc.frontend.alir.numbers import Numbers
from logicjsc.frontend.alir.operations import build_operations
from logicjsc.frontend.alir.sizes import check_size
from logicjsc.frontend.importer import Asked, Imported, Importer
from logicjsc.netlist import NetlistBuilder


@dataclass(frozen=True)
class AlirSettings(Section):
    """What the ends of a program mean."""

    decides: Literal["auto", "classes", "binary", "labels", "value"] = setting(
        "auto",
        "what the outputs are: classes, the highest score wins; binary or labels, affirmed from 0 "
        "on; value; auto is what the samples say, else a value of one output, classes of several",
    )
    wrap_bits: int = setting(
        4,
        "bits that features may have above those that the program reads, which wrap there as it "
        "says; beyond, and with 0, features saturate",
        at_least=0,
        at_most=8,
    )


class AlirImporter(Importer):
    """Programs of fixed-point operations."""

    title: ClassVar[str] = "ALIR and DAIS programs of alkaid and da4ml (HGQ, HGQ2, HGQ-LUT)"
    settings: ClassVar[type[Any]] = AlirSettings

    def recognises(self, model: object) -> bool:
        """Objects by their type, and files by a name that says it: many kinds are JSON."""
        if isinstance(model, Path):
            return any(part in {".alir", ".dais"} for part in map(str.lower, model.suffixes))
        return is_program(model)

    def read(self, model: Any, asked: Asked) -> Imported:  # noqa: ANN401 - a path or an object
        """The netlist of a program, exact."""
        program = program_of(model)
        check_size(program)
        settings = asked.settings
        builder = NetlistBuilder(asked.name)
        numbers = Numbers(builder)
        inputs = build_inputs(program, builder, asked.dataset, settings.wrap_bits)
        found = build_operations(program, inputs.numbers, numbers, asked.on_progress)
        outputs, decoder = build_outputs(program, found, numbers, asked.dataset, settings.decides)
        netlist = builder.build(outputs, encoder=inputs.encoder, decoder=decoder)
        kinds = Counter(operation.kind for operation in program.operations)
        facts = {
            "format": program.origin,
            "operations": len(program.operations),
            **{f"operations_{kind}": count for kind, count in sorted(kinds.items())},
        }
        return Imported(netlist, _notes(netlist.depth), facts)


def _notes(depth: int) -> tuple[str, ...]:
    text = f"{depth} operations follow each other, each a stage: for circuits choose a LUT depth"
    return (text,)


IMPORTER = AlirImporter()
