"""Trees as tables, and the sums of their leaves.

Every threshold of the ensemble is an input of one bit; parts that are equal become one node.
"""

from __future__ import annotations

from collections.abc import Mapping

from logicjsc.core.errors import ImportedModelError
from logicjsc.core.progress import OnProgress
from logicjsc.frontend.trees.quantise import MOST_OUTPUT_BITS, TERMS, Quantised, sum_range, width_of
from logicjsc.frontend.trees.tree_tables import TreeTables
from logicjsc.netlist import NetlistBuilder

_MOST_NETLIST_NODES = 2_000_000
_MOST_TABLE_BYTES = 1 << 30


def sums_of_trees(
    builder: NetlistBuilder,
    quantised: Quantised,
    inputs: Mapping[tuple[int, float], int],
    table_bits: int,
    on_progress: OnProgress,
) -> tuple[list[int], int, bool]:
    """Add the nodes of all trees and the sum of each output.

    Args:
        builder: that has the inputs.
        quantised: the trees, with whole numbers for leaves.
        inputs: signal by feature and threshold.
        table_bits: most address bits of a table of thresholds.
        on_progress: told of finished trees.

    Returns:
        Signals of the outputs, and the width and sign that they share.

    Raises:
        ImportedModelError: the netlist would be too large, or its sums too wide.
    """
    ensemble = quantised.ensemble
    _refuse_large(quantised, table_bits)
    terms: list[list[int]] = [[] for _ in range(ensemble.outputs)]
    for number, (tree, leaves) in enumerate(zip(ensemble.trees, quantised.leaves, strict=True)):
        made = TreeTables(builder, tree, leaves, inputs, table_bits).build()
        for column, signal in made.items():
            terms[tree.outputs[column]].append(signal)
        on_progress(number + 1, len(ensemble.trees), "trees")
    gathered = [_gathered(builder, signals) for signals in terms]
    offsets = quantised.offsets.tolist()
    low, high = sum_range(quantised)
    width, signed = width_of(low, high), low < 0
    if width > MOST_OUTPUT_BITS:
        raise ImportedModelError(
            f"leaves of {quantised.bits} bits add up to {width} bits, outputs have at most "
            f"{MOST_OUTPUT_BITS}; lower leaf_bits"
        )
    outputs = [
        builder.add(signals, offset=offset, width=width, signed=signed)
        if signals
        else builder.constant(offset, width, signed=signed)
        for signals, offset in zip(gathered, offsets, strict=True)
    ]
    return outputs, width, signed


def _gathered(builder: NetlistBuilder, signals: list[int]) -> list[int]:
    """Few enough terms for one sum."""
    while len(signals) > TERMS:
        signals = [
            builder.add(part) if len(part) > 1 else part[0]
            for part in (signals[at : at + TERMS] for at in range(0, len(signals), TERMS))
        ]
    return signals


def _refuse_large(quantised: Quantised, table_bits: int) -> None:
    """Tell the size before anything is built."""
    nodes = size = 0
    for tree in quantised.ensemble.trees:
        splits = int((~tree.is_leaf).sum())
        columns = len(tree.outputs)
        if splits <= table_bits:
            nodes += columns
            size += columns * 2 << splits
            continue
        bits = int(tree.is_leaf.sum() - 1).bit_length()
        parts = -(-splits // max(table_bits // 2, 1))
        nodes += bits * parts + columns
        size += (bits * parts << table_bits) + (columns * 2 << bits)
    if nodes > _MOST_NETLIST_NODES or size > _MOST_TABLE_BYTES:
        raise ImportedModelError(
            f"the netlist of {len(quantised.ensemble.trees):,} trees would have about {nodes:,} "
            f"nodes and {size / 2**30:.1f} GiB of tables, the limits are {_MOST_NETLIST_NODES:,} "
            f"and 1 GiB; train fewer or smaller trees, or lower table_bits"
        )
