"""BLIF, the text in which logic goes to ABC and comes back.

Berkeley Logic Interchange Format, as ABC reads and writes it: ``.names`` lists the inputs and the
output of a node and then its cover, one product per line.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import chain, count, product
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.core.errors import ToolFailedError
from logicjsc.map.bits import output_places
from logicjsc.map.decision_diagram import diagram_levels
from logicjsc.map.lut_network import CONSTANTS, Lut, LutNetwork
from logicjsc.netlist import Netlist

Array: TypeAlias = npt.NDArray[Any]

_MULTIPLEXER = "01- 1\n1-1 1\n"


def table_blif(columns: Array, order: Sequence[int]) -> str:
    """Each output as the list of its ones; inputs are declared in ``order``.

    ABC's own diagrams start from the order of declaration, so it matters.
    """
    outputs, variables = columns.shape[0], columns.ndim - 1
    axes = (0, *(1 + variable for variable in order))
    flat = columns.transpose(axes).reshape(outputs, -1)
    names = " ".join(f"i{variable}" for variable in order)
    lines = [node_header(order, outputs)]
    for output in range(outputs):
        ones = np.flatnonzero(flat[output])
        if ones.size in {0, flat.shape[1]}:
            lines.append(f".names o{output}\n" + ("1\n" if ones.size else ""))
            continue
        lines.append(f".names {names} o{output}\n")
        lines += [f"{row:0{variables}b} 1\n" for row in ones.tolist()]
    return "".join([*lines, ".end\n"])


def diagram_blif(columns: Array, order: Sequence[int]) -> str:
    """The shared decision diagram as multiplexers."""
    names = [f"i{variable}" for variable in range(columns.ndim - 1)]
    head = node_header(order, columns.shape[0])
    return f"{head}{multiplexers(columns, order, names)}.end\n"


def multiplexers(columns: Array, order: Sequence[int], names: Sequence[str]) -> str:
    """The shared decision diagram of a function of named signals, as multiplexers.

    Args:
        columns: see `output_columns`; output ``k`` is called ``o<k>``.
        order: the diagram's order of the variables.
        names: name of each variable.
    """
    lines = [".names n0\n.names n1\n1\n"]
    roots = columns.reshape(columns.shape[0], -1).astype(np.int64)
    for variable, created, nodes in diagram_levels(columns, order):
        lines += [
            f".names {names[variable]} n{low} n{high} n{number}\n{_MULTIPLEXER}"
            for number, low, high in created.tolist()
        ]
        roots = nodes
    lines += [f".names n{root} o{output}\n1 1\n" for output, root in enumerate(roots[:, 0])]
    return "".join(lines)


def parse_network(text: str, inputs: int, outputs: int) -> LutNetwork:
    """The LUT network in BLIF that ABC wrote, without buffers.

    Raises:
        ToolFailedError: the text is not such a network.
    """
    try:
        return _parse(text, inputs, outputs)
    except (KeyError, ValueError, IndexError) as error:
        raise ToolFailedError(f"ABC wrote BLIF that cannot be read ({error!r})") from error


def node_header(order: Sequence[int], outputs: int) -> str:
    """First lines of a node's model; inputs are declared in ``order``."""
    names = " ".join(f"i{variable}" for variable in order)
    targets = " ".join(f"o{output}" for output in range(outputs))
    return f".model node\n.inputs {names}\n.outputs {targets}\n"


def _parse(text: str, inputs: int, outputs: int) -> LutNetwork:
    signal_of = {f"i{index}": CONSTANTS + index for index in range(inputs)}
    nodes = {entry[0][-1]: entry for entry in _nodes(text)}
    luts: list[Lut] = []
    for name in _topological(nodes, signal_of):
        (*sources, _), cover = nodes[name]
        table = _cover_table(cover, len(sources))
        if table in {0, (1 << (1 << len(sources))) - 1}:
            signal_of[name] = int(table != 0)
        elif len(sources) == 1 and table == 0b10:  # noqa: PLR2004 - the identity: a buffer
            signal_of[name] = signal_of[sources[0]]
        else:
            signal_of[name] = CONSTANTS + inputs + len(luts)
            luts.append(Lut(tuple(signal_of[source] for source in sources), table))
    return LutNetwork(
        inputs, tuple(luts), tuple(signal_of[f"o{output}"] for output in range(outputs))
    )


def _nodes(text: str) -> Iterator[tuple[list[str], list[str]]]:
    """Names and cover of every node."""
    names: list[str] = []
    cover: list[str] = []
    for line in text.replace("\\\n", " ").splitlines():
        content = line.partition("#")[0].strip()
        if not content:
            continue
        if content.startswith("."):
            if names:
                yield names, cover
            names, cover = (content.split()[1:], []) if content.startswith(".names") else ([], [])
        elif names:
            cover.append(content)
    if names:
        yield names, cover


def _topological(
    nodes: dict[str, tuple[list[str], list[str]]], known: dict[str, int]
) -> Iterator[str]:
    """Names of nodes, sources first."""
    done = set(known)
    for root in nodes:
        pending = [root]
        while pending:
            name = pending[-1]
            missing = [source for source in nodes[name][0][:-1] if source not in done]
            if name in done:
                pending.pop()
            elif missing:
                if len(pending) > len(nodes):
                    raise ValueError("the network has a cycle")
                pending += missing
            else:
                done.add(pending.pop())
                yield name


def _cover_table(cover: Sequence[str], inputs: int) -> int:
    """Truth table of a cover; the first input is the lowest bit of the index."""
    if not cover:
        return 0
    # A cover lists either the ones or the zeros of the function.
    value = cover[0].split()[-1]
    covered = 0
    for line in cover:
        *cubes, _ = line.split()
        cube = "".join(cubes)
        if len(cube) != inputs:
            raise ValueError(f"{line!r} does not cover {inputs} inputs")
        choices = [("01" if literal == "-" else literal) for literal in cube]
        for bits in product(*choices):
            covered |= 1 << int("".join(reversed(bits)) or "0", 2)
    everything = (1 << (1 << inputs)) - 1
    return covered if value == "1" else everything ^ covered


def network_blif(network: LutNetwork) -> str:
    """A LUT network, inputs ``i<k>`` and outputs ``o<k>``."""
    head = node_header(range(network.inputs), len(network.outputs))
    names = ["n0", "n1", *(f"i{index}" for index in range(network.inputs))]
    lines = [head, ".names n0\n.names n1\n1\n"]
    for number, lut in enumerate(network.luts):
        names.append(f"l{number}")
        sources = " ".join(names[source] for source in lut.inputs)
        lines.append(f".names {sources} {names[-1]}\n{_cover(lut)}")
    lines += [
        f".names {names[source]} o{index}\n1 1\n" for index, source in enumerate(network.outputs)
    ]
    return "".join([*lines, ".end\n"])


def port_names(netlist: Netlist) -> tuple[list[str], list[str]]:
    """A name for every bit that goes in and out, the lowest of each input and output first.

    They are ``<name>_<bit>`` after the netlist's inputs, and ``out<index>_<bit>``. An input whose
    name is taken gets a number behind it. No name without an underscore is among them.
    """
    taken = {f"out{index}" for index in range(len(netlist.outputs))}
    inputs = []
    for name, width in zip(netlist.input_names, netlist.input_widths.tolist(), strict=True):
        word = _distinct(_word(name), taken)
        taken.add(word)
        inputs += [f"{word}_{bit}" for bit in range(width)]
    outputs = [
        f"out{index}_{bit}"
        for index, signal in enumerate(netlist.outputs.tolist())
        for bit in range(int(netlist.widths[signal]))
    ]
    return inputs, outputs


def mapped_blif(netlist: Netlist, networks: Sequence[LutNetwork]) -> str:
    """A whole mapped netlist, one ``.names`` per LUT; no registers.

    Inputs and outputs are named by `port_names`, the LUTs of layer ``i`` ``l<i>n<number>``.

    Args:
        netlist: a netlist without dead nodes.
        networks: the LUTs of each of its layers.
    """
    inputs, outputs = port_names(netlist)
    lines = [f".model {_word(netlist.name)}\n.inputs {' '.join(inputs)}\n"]
    lines.append(f".outputs {' '.join(outputs)}\n.names c0\n.names c1\n1\n")
    signals = list(inputs)
    for layer, network in enumerate(networks):
        local = ["c0", "c1", *signals]
        for number, lut in enumerate(network.luts):
            local.append(f"l{layer}n{number}")
            names = " ".join(local[source] for source in lut.inputs)
            lines.append(f".names {names} {local[-1]}\n{_cover(lut)}")
        signals += [local[output] for output in network.outputs]
    sources = [signals[place] for place in output_places(netlist)]
    lines += [
        f".names {source} {name}\n1 1\n" for source, name in zip(sources, outputs, strict=True)
    ]
    return "".join([*lines, ".end\n"])


def _cover(lut: Lut) -> str:
    """A LUT's ones, the first input first."""
    count = len(lut.inputs)
    ones = [row for row in range(1 << count) if lut.table >> row & 1]
    return "".join(f"{row:0{count}b}"[::-1] + " 1\n" if count else "1\n" for row in ones)


def _word(name: str) -> str:
    """A name without characters that BLIF gives a meaning."""
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


def _distinct(word: str, taken: Collection[str]) -> str:
    """``word``, or with the first number behind it that makes it a new one."""
    numbered = (f"{word}_{number}" for number in count(2))
    return next(entry for entry in chain([word], numbered) if entry not in taken)
