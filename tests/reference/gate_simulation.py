"""Programs of gates, one vector at a time."""

from __future__ import annotations

from logicjsc.emit.c.gates import Tree
from logicjsc.emit.c.program import Program


def tree_value(tree: Tree, index: int) -> int:
    """Value of gates over variables that are the bits of ``index``."""
    if isinstance(tree, int):
        return index >> tree & 1
    row = sum(tree_value(source, index) << bit for bit, source in enumerate(tree.sources))
    return tree.table >> row & 1


def program_outputs(program: Program, inputs: list[int]) -> list[int]:
    """Output bits of input bits."""
    values = [0, *inputs]
    for operation in program.operations:
        row = sum(values[source] << bit for bit, source in enumerate(operation.sources))
        values.append(operation.table >> row & 1)
    return [values[variable] for variable in program.outputs]


def network_outputs(program: Program, widths: list[int], out_widths: list[int], row) -> list[int]:
    """Output codes of a row of input codes."""
    bits = [int(c) >> bit & 1 for c, width in zip(row, widths, strict=True) for bit in range(width)]
    outputs = iter(program_outputs(program, bits))
    return [sum(next(outputs) << bit for bit in range(width)) for width in out_widths]
