"""A layer as 6-input LUTs in Verilog."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from logicjsc.emit.hdl.bus import Bus
from logicjsc.emit.hdl.names import comment_text
from logicjsc.emit.hdl.text import Slice, module_text, sink, slice_of
from logicjsc.emit.verilog.primitives import NamedLut, lut_text
from logicjsc.map.lut_network import CONSTANTS, LutNetwork
from logicjsc.netlist import Layer, Netlist


def lut_module(
    name: str,
    netlist: Netlist,
    layer: Layer,
    reads: Bus,
    writes: Bus,
    *,
    network: LutNetwork,
    labels: Sequence[str],
    primitives: str,
) -> tuple[str, int]:
    """Text of the module of a mapped layer, and its cells of the target.

    Args:
        name: name of the module.
        netlist: the netlist without dead nodes.
        layer: the layer.
        reads: the bus that the module reads.
        writes: the bus that it writes.
        network: the layer's LUTs; inputs are the bits of all signals before the layer.
        labels: name of every signal, for comments.
        primitives: style of the LUTs.
    """
    ports = [("output", writes.name, writes.width)]
    if reads.signals:
        ports.insert(0, ("input", reads.name, reads.width))
    sources = _Sources(netlist, reads, network)
    luts = lut_text(list(_named(network, sources)), primitives)
    body = [*_unused(reads, sources), *luts.lines, *[""] * bool(luts.lines)]
    body += _outputs(layer, writes, network, sources, labels)
    return module_text(name, ports, body), luts.cells


class _Sources:
    """Verilog names of a LUT network's signals."""

    def __init__(self, netlist: Netlist, reads: Bus, network: LutNetwork) -> None:
        self._first_lut = network.first_lut
        self._bits: list[Slice | None] = []
        for signal, width in enumerate(netlist.widths.tolist()):
            if len(self._bits) == network.inputs:
                break
            known = signal in reads.position
            self._bits += [
                Slice(reads.name, reads.width, reads.position[signal] + bit, 1) if known else None
                for bit in range(width)
            ]
        self.read: set[int] = set()
        for lut in network.luts:
            self._note(lut.inputs)
        self._note(network.outputs)

    def _note(self, signals: Sequence[int]) -> None:
        for signal in signals:
            bit = self.bit(signal)
            if bit is not None:
                self.read.add(bit.lsb)

    def bit(self, signal: int) -> Slice | None:
        """The input bit that a signal is, if it is one."""
        if CONSTANTS <= signal < self._first_lut:
            return self._bits[signal - CONSTANTS]
        return None

    def name(self, signal: int) -> str:
        """The Verilog expression of a signal."""
        if signal < CONSTANTS:
            return f"1'b{signal}"
        if signal >= self._first_lut:
            return f"l{signal - self._first_lut}"
        return str(self.bit(signal))


def _named(network: LutNetwork, sources: _Sources) -> Iterator[NamedLut]:
    for number, lut in enumerate(network.luts):
        names = tuple(sources.name(source) for source in lut.inputs)
        yield NamedLut(f"l{number}", names, lut.table)


def _outputs(
    layer: Layer, writes: Bus, network: LutNetwork, sources: _Sources, labels: Sequence[str]
) -> Iterator[str]:
    outputs = iter(network.outputs)
    for signal, width in zip(writes.signals, layer.widths.tolist(), strict=True):
        bits = [sources.name(next(outputs)) for _ in range(width)]
        value = bits[0] if width == 1 else "{" + ", ".join(reversed(bits)) + "}"
        target = slice_of(writes, signal, width)
        yield f"  assign {target} = {value};  // {comment_text(labels[signal])}"


def _unused(reads: Bus, sources: _Sources) -> list[str]:
    unread = [bit for bit in range(reads.width) if bit not in sources.read]
    bits = [Slice(reads.name, reads.width, bit, 1) for bit in unread] if reads.signals else []
    return sink(bits, "No LUT depends on these.")
