"""Sharing between nodes: all LUTs of a network rewritten together, as a netlist of LUTs.

Mapping node by node cannot use that two nodes compute alike, or that what a node does in some case
is not seen at any output. Rewriting the whole network does, and in return its LUTs belong to no
node any more: the result is a netlist of its own, whose nodes are the LUTs. It stands for the same
function, which ABC proves, and goes wherever a netlist goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.core.errors import NetlistError, ToolFailedError
from logicjsc.core.temporary import temporary_folder
from logicjsc.map.abc import find_abc
from logicjsc.map.bits import output_places
from logicjsc.map.blif import mapped_blif, network_blif
from logicjsc.map.equivalence import are_equal
from logicjsc.map.formal import netlist_blif
from logicjsc.map.lut_network import CONSTANTS, Lut, LutNetwork
from logicjsc.map.mapper import MappedNetlist
from logicjsc.map.portfolio import ACROSS_SCRIPTS, AT_DEPTH_SCRIPTS, run_scripts
from logicjsc.netlist import Netlist, TableLayer

Array: TypeAlias = npt.NDArray[Any]

PROVENANCE_KEY: Final = "rewritten_across_nodes"

_WIDEST_PORT: Final = 12
"""Tables of so many bits take inputs apart and put outputs together."""


def rewrite_across(mapped: MappedNetlist) -> Netlist:
    """A netlist of LUTs, proven equal to a mapped one and not larger.

    Raises:
        NetlistError: an input or output is too wide to be taken apart by a table.
        ToolFailedError: ABC failed, or the result differs.
    """
    netlist = mapped.netlist
    _refuse_wide_ports(netlist)
    abc = find_abc()
    whole = flat_network(mapped)
    start = [(network_blif(whole), "")]
    found = run_scripts(start, ACROSS_SCRIPTS, whole.inputs, len(whole.outputs), abc)
    best = min([whole, *found], key=lambda network: (len(network.luts), network.depth))
    result = netlist_of_luts(netlist, best)
    prove_rewritten(mapped, result)
    return result


def rewrite_at_depth(mapped: MappedNetlist, depth: int) -> Netlist:
    """A netlist of the fewest LUTs found that are at most so many deep, proven equal.

    All LUTs are mapped anew together, across nodes, for the least area at that depth.

    Args:
        mapped: the network.
        depth: most LUTs on a path from input to output.

    Raises:
        NetlistError: nothing that shallow was found, or an input or output is too wide.
        ToolFailedError: ABC failed, or the result differs.
    """
    netlist = mapped.netlist
    _refuse_wide_ports(netlist)
    whole = flat_network(mapped)
    scripts = {name: text.format(depth=depth) for name, text in AT_DEPTH_SCRIPTS.items()}
    start = [(network_blif(whole), "")]
    made = run_scripts(
        start, tuple(scripts), whole.inputs, len(whole.outputs), find_abc(), known=scripts
    )
    found = [whole, *made]
    shallow = [network for network in found if network.depth <= depth]
    if not shallow:
        least = min(found, key=lambda network: (network.depth, network.area))
        raise NetlistError(
            f"no network of {depth} LUTs in depth was found; the shallowest has {least.depth}, "
            f"with {least.area:,} LUTs"
        )
    result = netlist_of_luts(netlist, min(shallow, key=lambda one: (one.area, one.depth)))
    prove_rewritten(mapped, result)
    return result


def prove_rewritten(mapped: MappedNetlist, rewritten: Netlist) -> None:
    """Let ABC prove a netlist of LUTs equal to the mapped netlist that it was made from.

    Raises:
        ToolFailedError: it differs, or ABC failed.
    """
    abc = find_abc()
    # From the layers given to the netlist returned, so that nothing in between is believed.
    given = mapped_blif(mapped.netlist, [layer.network for layer in mapped.layers])
    with temporary_folder("across") as folder:
        if are_equal(abc, [(given, netlist_blif(rewritten))], folder) != [True]:
            raise ToolFailedError("the network rewritten across nodes differs from the one given")


def _refuse_wide_ports(netlist: Netlist) -> None:
    widths = [*netlist.input_widths.tolist(), *netlist.widths[netlist.outputs].tolist()]
    names = [*netlist.input_names, *(netlist.node_name(int(out)) for out in netlist.outputs)]
    for name, width in zip(names, widths, strict=True):
        if width > _WIDEST_PORT:
            raise NetlistError(
                f"{name} has {width} bits; networks are rewritten across nodes only if no input or "
                f"output is wider than {_WIDEST_PORT}"
            )


def flat_network(mapped: MappedNetlist) -> LutNetwork:
    """All layers as one network; inputs and outputs are the netlist's, bit by bit."""
    netlist = mapped.netlist
    inputs = int(netlist.input_widths.sum())
    signals = list(range(CONSTANTS, CONSTANTS + inputs))
    luts: list[Lut] = []
    for layer in mapped.layers:
        local = [0, 1, *signals[: layer.network.inputs]]
        for lut in layer.network.luts:
            local.append(CONSTANTS + inputs + len(luts))
            luts.append(Lut(tuple(local[source] for source in lut.inputs), lut.table))
        signals += [local[output] for output in layer.network.outputs]
    outputs = tuple(signals[place] for place in output_places(netlist))
    return LutNetwork(inputs, tuple(luts), outputs).cone(outputs)


def netlist_of_luts(netlist: Netlist, network: LutNetwork) -> Netlist:
    """A netlist whose nodes are LUTs of one bit; its ends are those of another.

    The first stage takes inputs apart into bits and the last puts outputs together again, both of
    which cost nothing; between them, a LUT's stage is one more than its level.

    Args:
        netlist: where names, widths, encoder and decoder come from.
        network: the LUTs; inputs and outputs are the netlist's bits.
    """
    levels = network.levels([0] * network.inputs)[network.first_lut :]
    last = max(levels, default=0) + 2
    nodes = [*_input_bits(netlist, network), *_lut_nodes(network, levels)]
    nodes += _output_nodes(netlist, network, last)
    # Nodes of one stage and shape make a layer; a stable sort keeps the order inside it.
    nodes.sort(key=lambda node: (node.stage, len(node.table)))
    signal_of: dict[Name, int] = {("input", index): index for index in range(netlist.inputs)}
    signal_of |= {node.name: netlist.inputs + place for place, node in enumerate(nodes)}
    layers = []
    for (stage, rows), members in groupby(nodes, key=lambda node: (node.stage, len(node.table))):
        kept = list(members)
        layers.append(
            TableLayer(
                f"stage{stage}_{rows}_rows",
                stage,
                np.array([[signal_of[name] for name in node.inputs] for node in kept]).reshape(
                    len(kept), -1
                ),
                np.array([node.table for node in kept]),
                np.array([node.width for node in kept]),
                np.array([node.signed for node in kept]),
            )
        )
    provenance = {**netlist.provenance, PROVENANCE_KEY: f"{len(network.luts)} LUTs"}
    return replace(
        netlist,
        layers=tuple(layers),
        outputs=np.array([signal_of["output", index] for index in range(len(netlist.outputs))]),
        provenance=dict(sorted(provenance.items())),
    )


Name: TypeAlias = tuple[str, int]
"""An input, a bit of the network's signals, or an output, by number."""


@dataclass(frozen=True)
class _Node:
    name: Name
    stage: int
    inputs: tuple[Name, ...]
    table: tuple[int, ...]
    width: int = 1
    signed: bool = False


def _input_bits(netlist: Netlist, network: LutNetwork) -> Iterator[_Node]:
    """Every bit of every input that something reads, and the constants."""
    read = {source for lut in network.luts for source in lut.inputs} | set(network.outputs)
    for constant in (0, 1):
        if constant in read:
            yield _Node(("bit", constant), 1, (), (constant,))
    bit = CONSTANTS
    for index, width in enumerate(netlist.input_widths.tolist()):
        for place in range(width):
            if bit in read:
                table = tuple(code >> place & 1 for code in range(1 << width))
                yield _Node(("bit", bit), 1, (("input", index),), table)
            bit += 1


def _lut_nodes(network: LutNetwork, levels: Sequence[int]) -> Iterator[_Node]:
    for number, (lut, level) in enumerate(zip(network.luts, levels, strict=True)):
        table = tuple(lut.table >> row & 1 for row in range(1 << len(lut.inputs)))
        # A LUT's first input is the lowest bit of its index, a node's the highest.
        inputs = tuple(("bit", source) for source in reversed(lut.inputs))
        yield _Node(("bit", network.first_lut + number), 1 + level, inputs, table)


def _output_nodes(netlist: Netlist, network: LutNetwork, stage: int) -> Iterator[_Node]:
    bits = iter(network.outputs)
    for index, signal in enumerate(netlist.outputs.tolist()):
        width = int(netlist.widths[signal])
        inputs = tuple(("bit", next(bits)) for _ in range(width))[::-1]
        table = tuple(range(1 << width))
        yield _Node(("output", index), stage, inputs, table, width, bool(netlist.signed[signal]))
