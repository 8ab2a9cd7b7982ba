"""Comparing the text of a mapped circuit with its netlist's nodes.

The network's module is followed from ``in_codes`` through its parts and registers to ``out_codes``.
Every wire has a place in time, the number of ranks in front of it; wires of different times never
meet. Which wires carry the bits of which node is told by their names. A wrong name cannot make a
wrong circuit pass: node by node the wires must be the netlist's functions of each other, from the
input ports to the output ports. Sums that were left to adders are not read. Of circuits with carry
chains, a list in the header says which bits are not built; nothing can be said of them, and nothing
may depend on them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from logicjsc.check.text.cell_text import read_cells, split_concatenation
from logicjsc.check.text.wire_graph import WireGraph, bind, compare_built, compare_layer, look_up
from logicjsc.core.errors import CircuitError, NetlistError
from logicjsc.emit.hdl.text import CHAIN_MODULE, LATENCY_LINE
from logicjsc.emit.verilog.flat import bit_names
from logicjsc.netlist import Netlist, SumLayer

_STATEMENT: Final = re.compile(
    r"^  wire \[\d+:0\] (?P<wire>\w+) = (?P<expression>[^;]+);"
    r"|^  (?P<module>\w+)(?: #\([^;]*?\n  \))? \w+ \(\n(?P<ports>[^;]*?)\n  \);"
    r"|^  assign out_codes = (?P<output>[^;]+);",
    re.MULTILINE,
)
_PORT: Final = re.compile(r"\.(\w+)\(([^()]*)\)")
_SLICE: Final = re.compile(r"(\w+)(?:\[(\d+)(?::(\d+))?\])?")
_SHARED: Final = re.compile(r"^//   (\w+) = (1'b[01]|\w+)$", re.MULTILINE)
_UNBUILT: Final = re.compile(r"^// Bits that nothing reads.*\n((?://   [\w, ]+\n)+)", re.MULTILINE)
_READ: Final = re.compile(r"^  wire (\w+) = in_codes(?:\[(\d+)\])?;$", re.MULTILINE)
_SUM: Final = re.compile(r"^  wire (\w+_n\d+_b\d+) = \w+_n\d+\[\d+\];$", re.MULTILINE)
_WRITTEN: Final = re.compile(r"^  assign out_codes(?:\[(\d+)\])? = (\w+);$", re.MULTILINE)


@dataclass(frozen=True)
class _Timed:
    """Wires of one bus, the lowest first, and the register ranks in front of them.

    What never changes has no time.
    """

    wires: tuple[int, ...]
    time: int | None


def compare_mapped(module: str, texts: Mapping[str, str], netlist: Netlist) -> tuple[int, int]:
    """Rows and vectors compared, and how many the circuit's LUTs get wrong; see `compare_layer`.

    Outputs that are not those of the netlist's nodes count like wrong rows, one each.

    Args:
        module: name of the network's module.
        texts: text of every module by name.
        netlist: the netlist without dead nodes.

    Raises:
        CircuitError: the text is not such a circuit.
    """
    try:
        reader = _Reader(texts, netlist)
        outputs = reader.follow(texts[module])
        signals = reader.signals(texts[module])
    except (KeyError, ValueError, IndexError, NetlistError) as error:
        raise CircuitError(f"cannot read LUTs from the Verilog text ({error})") from error
    rows = differing = 0
    for first, layer in zip(netlist.first_signals, netlist.layers, strict=True):
        if reader.unbuilt or reader.has_chains:
            more, wrong = compare_built(
                reader.graph, netlist, layer, signals, first=first, unbuilt=reader.unbuilt
            )
        else:
            sums = isinstance(layer, SumLayer)
            nodes = range(first, first + layer.nodes)
            made = [None if sums and reader.is_adder(node) else signals[node] for node in nodes]
            more, wrong = compare_layer(reader.graph, netlist, layer, signals, made)
        rows, differing = rows + more, differing + wrong
    expected = [wire for signal in netlist.outputs for wire in signals[signal]]
    if len(expected) != len(outputs):
        raise CircuitError(f"out_codes has {len(outputs)} bits, the netlist {len(expected)}")
    return rows, differing + sum(a != b for a, b in zip(expected, outputs, strict=True))


class _Reader:
    """Follows the wires; ``scope`` knows every wire by the name it was made under."""

    def __init__(self, texts: Mapping[str, str], netlist: Netlist) -> None:
        self.texts = texts
        self.netlist = netlist
        self.graph = WireGraph()
        self.names = bit_names(netlist)
        self.scope: dict[str, int] = {}
        self._adders: set[str] = set()
        self.unbuilt: set[int] = set()
        self.has_chains = any(f" {CHAIN_MODULE} #" in text for text in texts.values())
        inputs = [self.graph.free() for _ in range(int(netlist.input_widths.sum()))]
        flat = [name for names in self.names[: netlist.inputs] for name in names]
        for name, wire in zip(flat, inputs, strict=True):
            bind(self.scope, name, wire)
        self.buses = {"in_codes": _Timed(tuple(inputs), 0)}

    def follow(self, text: str) -> list[int]:
        """Wires of ``out_codes``, the lowest first."""
        outputs: _Timed | None = None
        for match in _STATEMENT.finditer(text):
            if match["wire"]:
                self.buses[match["wire"]] = self._gather(match["expression"])
            elif match["output"]:
                outputs = self._gather(match["output"])
            else:
                self._instance(match["module"], dict(_PORT.findall(match["ports"])))
        latency = re.search(rf"^{LATENCY_LINE}(\d+);$", text, re.MULTILINE)
        if outputs is None or latency is None:
            raise ValueError("out_codes or LATENCY_CYCLES is missing")
        if outputs.time not in {None, int(latency[1])}:
            raise ValueError(f"outputs come after {outputs.time} cycles, not {latency[1]}")
        return list(outputs.wires)

    def signals(self, text: str) -> list[list[int]]:
        """For every signal of the netlist the wires of its bits."""
        shared = dict(_SHARED.findall(text))
        found = _UNBUILT.search(text)
        for name in re.findall(r"\w+", found[1]) if found else ():
            bind(self.scope, name, self.graph.free())
            self.unbuilt.add(self.scope[name])
        return [
            [look_up(self.scope, shared.get(name, name)) for name in names] for names in self.names
        ]

    def is_adder(self, signal: int) -> bool:
        """Whether a signal is a sum that was left to adders."""
        return self._adders.issuperset(self.names[signal])

    def _instance(self, module: str, ports: Mapping[str, str]) -> None:
        if module == "pipeline_register":
            held = self.buses[ports["in_data"]]
            later = None if held.time is None else held.time + 1
            self.buses[ports["out_data"]] = _Timed(held.wires, later)
            return
        read = self.buses[ports["in_codes"]] if "in_codes" in ports else _Timed((), None)
        written = tuple(self._part(self.texts[module], read.wires))
        if "out_codes" in ports:
            self.buses[ports["out_codes"]] = _Timed(written, read.time)

    def _part(self, text: str, read: Sequence[int]) -> Iterator[int]:
        """Add a part's LUTs; the wires that it writes."""
        local: dict[str, int] = {}
        for place, (name, bit) in enumerate(_READ.findall(text)):
            if int(bit or 0) != place:
                raise ValueError(f"in_codes[{bit}] stands where bit {place} should")
            bind(local, name, read[place])
        brought = set(local)
        for name in _SUM.findall(text):
            bind(local, name, self.graph.free())
            self._adders.add(name)
        self.graph.add(read_cells(text), local)
        for name in local.keys() - brought:
            bind(self.scope, name, local[name])
        for place, (bit, name) in enumerate(_WRITTEN.findall(text)):
            if int(bit or 0) != place:
                raise ValueError(f"out_codes[{bit}] stands where bit {place} should")
            yield local[name]

    def _gather(self, expression: str) -> _Timed:
        wires: list[int] = []
        times = set[int | None]()
        for part in split_concatenation(expression):
            if re.fullmatch(r"1'b[01]", part):
                wires.append(int(part[-1]))
                continue
            found = _SLICE.fullmatch(part)
            if found is None:
                raise ValueError(f"{part!r} is no slice of a bus")
            bus = self.buses[found[1]]
            times |= {bus.time} - {None}
            msb = int(found[2]) if found[2] else len(bus.wires) - 1
            lsb = int(found[3] or found[2]) if found[2] else 0
            if not 0 <= lsb <= msb < len(bus.wires):
                raise ValueError(f"{part} is outside its bus")
            wires += bus.wires[lsb : msb + 1]
        if len(times) > 1:
            raise ValueError(f"bits of different cycles meet in {expression!r}")
        return _Timed(tuple(wires), times.pop() if times else None)
