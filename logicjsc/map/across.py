"""Sharing between nodes: all LUTs of a network rewritten together, as a netlist of LUTs.

Mapping node by node cannot use that two nodes compute alike, or that what a node does in some case
is not seen at any output. Rewriting the whole network does, and in return its LUTs belong to no
node any more: the result is a netlist of its own, whose nodes are the LUTs. It stands for the same
function, which ABC proves, and goes wherever a netlist goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.core.errors import NetlistError, ToolFailedError
from logicjsc.core.executor import Jobs
from logicjsc.core.progress import OnProgress, silent
from logicjsc.core.temporary import temporary_folder
from logicjsc.map.abc import find_abc
from logicjsc.map.across_search import search_across
from logicjsc.map.bits import output_places
from logicjsc.map.blif import mapped_blif, network_blif
from logicjsc.map.equivalence import are_equal
from logicjsc.map.formal import netlist_blif
from logicjsc.map.lut_network import CONSTANTS, Lut, LutNetwork
from logicjsc.map.mapper import MappedNetlist
from logicjsc.map.portfolio import ACROSS_SCRIPTS, AT_DEPTH_SCRIPTS, run_scripts
from logicjsc.netlist import Layer, Netlist, SumLayer, TableLayer

Array: TypeAlias = npt.NDArray[Any]

PROVENANCE_KEY: Final = "rewritten_across_nodes"

_WIDEST_TABLE: Final = 8
"""Ports of so many bits are taken apart and put together by tables, wider ones by sums of bits."""


def rewrite_across(
    mapped: MappedNetlist,
    *,
    seconds: float | None = None,
    seed: int = 0,
    jobs: Jobs | None = 1,
    on_progress: OnProgress = silent,
) -> Netlist:
    """A netlist of LUTs, proven equal to a mapped one and not larger.

    Args:
        mapped: LUTs without carry chains.
        seconds: search for fewer LUTs for so long, about; see `search_across`. By default a few
            scripts are all.
        seed: of that search.
        jobs: its processes, None for one per core, or an executor.
        on_progress: told how it goes.

    Raises:
        NetlistError: there are carry chains among the LUTs.
        ToolFailedError: ABC failed, or the result differs.
    """
    netlist = mapped.netlist
    abc = find_abc()
    whole = flat_network(mapped)
    start = [(network_blif(whole), "")]
    found = run_scripts(start, ACROSS_SCRIPTS, whole.inputs, len(whole.outputs), abc)
    best = min([whole, *found], key=lambda network: (len(network.luts), network.depth))
    if seconds is not None:
        best = search_across(best, seconds=seconds, seed=seed, jobs=jobs, on_progress=on_progress)
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
        NetlistError: nothing that shallow was found.
        ToolFailedError: ABC failed, or the result differs.
    """
    netlist = mapped.netlist
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
    nodes.sort(key=_Node.shape)
    signal_of: dict[Name, int] = {("input", index): index for index in range(netlist.inputs)}
    signal_of |= {node.name: netlist.inputs + place for place, node in enumerate(nodes)}
    layers = [_layer(list(members), signal_of) for _, members in groupby(nodes, key=_Node.shape)]
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
    """A table, or with ``shifts`` a sum of bits that do not overlap: wires."""

    name: Name
    stage: int
    inputs: tuple[Name, ...]
    table: tuple[int, ...] = ()
    shifts: tuple[int, ...] = ()
    width: int = 1
    signed: bool = False

    def shape(self) -> tuple[int, bool, int]:
        """Nodes that are alike in it make a layer."""
        return self.stage, not self.table, len(self.table or self.shifts)


def _layer(nodes: Sequence[_Node], signal_of: Mapping[Name, int]) -> Layer:
    stage, is_sum, size = nodes[0].shape()
    inputs = np.array([[signal_of[name] for name in node.inputs] for node in nodes])
    inputs = inputs.reshape(len(nodes), -1)
    widths = np.array([node.width for node in nodes])
    signed = np.array([node.signed for node in nodes])
    if not is_sum:
        tables = np.array([node.table for node in nodes])
        return TableLayer(f"stage{stage}_{size}_rows", stage, inputs, tables, widths, signed)
    return SumLayer(
        f"stage{stage}_{size}_wires",
        stage,
        inputs,
        np.array([node.shifts for node in nodes]),
        np.zeros(inputs.shape, np.bool_),
        np.zeros(len(nodes), np.int64),
        widths,
        signed,
        np.ones(len(nodes), np.bool_),
    )


def _input_bits(netlist: Netlist, network: LutNetwork) -> Iterator[_Node]:
    """Every bit of every input that something reads, and the constants."""
    read = {source for lut in network.luts for source in lut.inputs} | set(network.outputs)
    for constant in (0, 1):
        if constant in read:
            yield _Node(("bit", constant), 1, (), (constant,))
    bit = CONSTANTS
    for index, width in enumerate(netlist.input_widths.tolist()):
        for place in range(width):
            if bit in read and width > _WIDEST_TABLE:
                yield _Node(("bit", bit), 1, (("input", index),), shifts=(-place,))
            elif bit in read:
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
        width, signed = int(netlist.widths[signal]), bool(netlist.signed[signal])
        inputs = tuple(("bit", next(bits)) for _ in range(width))[::-1]
        name = ("output", index)
        if width > _WIDEST_TABLE:
            shifts = tuple(reversed(range(width)))
            yield _Node(name, stage, inputs, shifts=shifts, width=width, signed=signed)
        else:
            table = tuple(range(1 << width))
            yield _Node(name, stage, inputs, table, width=width, signed=signed)
