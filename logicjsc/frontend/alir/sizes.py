"""How large the network of a program will be, told before anything is built."""

from __future__ import annotations

from typing import Final

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.alir.program import Operation, Program

MOST_NODES: Final = 2_000_000
MOST_TABLE_BYTES: Final = 1 << 30

_BY_BITS: Final = {"choice": 2, "relu": 2, "bits": 2, "bitwise": 2}
"""Nodes per bit of operations that go bit by bit."""

_AT_LEAST: Final = 4
"""Of a table's entry, in bytes."""


def check_size(program: Program) -> tuple[int, int]:
    """Refuse programs whose network would be too large.

    Returns:
        Most nodes and bytes of tables of the network.

    Raises:
        ImportedModelError: it would have too many nodes, or too large tables.
    """
    nodes = sum(_nodes(program, operation) for operation in program.operations)
    entries = sum(
        1 << program.operations[operation.sources[0]].format.width
        for operation in program.operations
        if operation.kind == "table"
    )
    check_nodes(nodes)
    if entries * _AT_LEAST > MOST_TABLE_BYTES:
        raise ImportedModelError(
            f"the tables of the network would take {entries * _AT_LEAST >> 20} MiB, "
            f"{MOST_TABLE_BYTES >> 20} are possible; use fewer bits for what they read"
        )
    return nodes, entries * _AT_LEAST


def check_nodes(nodes: int) -> None:
    """Refuse more nodes than there may be.

    Raises:
        ImportedModelError: there are.
    """
    if nodes > MOST_NODES:
        raise ImportedModelError(
            f"the network would have up to {nodes} nodes, {MOST_NODES} are possible; split the "
            f"model, prune it or quantise it to fewer bits"
        )


def _nodes(program: Program, operation: Operation) -> int:
    widths = [program.operations[source].format.width for source in operation.sources]
    widest = max([operation.format.width, *widths])
    if operation.kind == "product":
        # Parts of four bits, each with each.
        parts = [-(-width // 4) for width in widths]
        return sum(parts) + parts[0] * parts[1] + 2
    return 3 + len(widths) + _BY_BITS.get(operation.kind, 0) * widest
