"""Which tables of a netlist may be taken apart where carry chains add them.

A table is taken apart only where nothing but sums reads it: then it is not built. Its rest has LUTs
of its own; see `logicjsc.map.table_split`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.map.bits import address_places, bit_offsets
from logicjsc.map.lut_network import LutNetwork
from logicjsc.map.sums import sum_nodes, wires_of
from logicjsc.map.table_split import TableSplit, split_table
from logicjsc.map.tasks import TableTask
from logicjsc.netlist import Netlist, SumLayer, TableLayer
from logicjsc.netlist.codes import values_of

Array: TypeAlias = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class SplitTable:
    """A table that may be taken apart.

    Attributes:
        split: what it becomes.
        values: of the table, by address.
        rest: LUTs of the rest; input 0 and output 0 are the lowest bits.
        whole: LUTs of the table as it is.
    """

    split: TableSplit
    values: Array
    rest: LutNetwork
    whole: int

    @property
    def saved(self) -> int:
        """LUTs that taking it apart saves if one chain adds it, about."""
        bits = int(self.values.max() - self.values.min()).bit_length()
        apart = self.rest.area + self.split.part_bits + self.split.rest_width - 1
        return self.whole + bits - apart


def rest_task(split: TableSplit) -> TableTask:
    """The rest of a table, to be mapped."""
    return TableTask(split.rest.astype(np.uint32), split.rest_width)


def candidates(netlist: Netlist) -> dict[int, TableSplit]:
    """Tables that are read by sums alone, and estimated to take fewer LUTs apart.

    Args:
        netlist: the netlist without dead nodes.
    """
    signs = _read_by_sums(netlist)
    offsets = bit_offsets(netlist.widths)
    found = {}
    for first, layer in zip(netlist.first_signals, netlist.layers, strict=True):
        if not isinstance(layer, TableLayer):
            continue
        for node in range(layer.nodes):
            places = address_places(netlist, layer, node, offsets)
            if first + node not in signs or len(set(places)) < len(places):
                continue
            split = split_table(values_by_address(layer, node), negated=signs[first + node])
            if split is not None:
                found[first + node] = split
    return found


def values_by_address(layer: TableLayer, node: int) -> Array:
    """The integers that a table's codes stand for, int64 ``[2**address_bits]``."""
    return values_of(
        layer.tables[node].astype(np.int64),
        int(layer.widths[node]),
        signed=bool(layer.signed[node]),
    )


def split_tables(
    netlist: Netlist,
    splits: Mapping[int, TableSplit],
    rests: Mapping[int, LutNetwork],
    whole: Mapping[int, int],
) -> dict[int, SplitTable]:
    """Tables that take fewer LUTs apart than as they are, by the LUTs that were found for both.

    Args:
        netlist: the netlist without dead nodes.
        splits: by signal.
        rests: LUTs of the rests, by signal.
        whole: how many LUTs the tables take as they are, by signal.
    """
    found = {}
    for first, layer in zip(netlist.first_signals, netlist.layers, strict=True):
        for signal in range(first, first + layer.nodes):
            if signal in splits and isinstance(layer, TableLayer):
                values = values_by_address(layer, signal - first)
                table = SplitTable(splits[signal], values, rests[signal], whole[signal])
                if table.saved > 0:
                    found[signal] = table
    return found


def _read_by_sums(netlist: Netlist) -> dict[int, bool]:
    """Signals that nothing reads but sums that add all their bits; whether most subtract them."""
    added: dict[int, list[bool]] = {}
    others = set(netlist.outputs.tolist())
    for layer in netlist.layers:
        if not isinstance(layer, SumLayer):
            others |= set(layer.inputs.ravel().tolist())
            continue
        for number, node in enumerate(sum_nodes(netlist, layer)):
            wires = wires_of(node) is not None
            for signal, term in zip(layer.inputs[number].tolist(), node.terms, strict=True):
                if wires or term.shift < 0:
                    others.add(signal)
                added.setdefault(signal, []).append(term.negated)
    return {
        signal: 2 * sum(signs) > len(signs)
        for signal, signs in added.items()
        if signal not in others
    }
