"""A layer of tables whose contents are loaded at run time, as Verilog."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from logicjsc.emit.hdl.bus import Bus
from logicjsc.emit.hdl.names import comment_text
from logicjsc.emit.hdl.text import concatenation, instance, module_text, slice_of, vector
from logicjsc.emit.reload.image import Shape
from logicjsc.netlist import Netlist, TableLayer


@dataclass(frozen=True)
class LoadPort:
    """Widths of the port through which tables are read and written, for a layer or a network.

    Attributes:
        node_bits: of the number of a table.
        row_bits: of the number of a row.
        width: of a word, without parity.
    """

    node_bits: int
    row_bits: int
    width: int

    def ports(self) -> list[tuple[str, str, int]]:
        """Ports as `module_text` takes them."""
        return [
            ("input", "table_node", self.node_bits),
            ("input", "table_row", self.row_bits),
            ("input", "table_row_bank", 0),
            ("input", "table_write", 0),
            ("input", "table_data", self.width),
            ("output", "table_found", self.width + 1),
        ]

    def narrowed(self, layer: TableLayer, shape: Shape) -> LoadPort:
        """The port of one layer of the network."""
        return LoadPort(self.node_bits, shape.address_bits, int(layer.widths.max()))


LOAD_NAMES = tuple(name for _, name, _ in LoadPort(1, 1, 1).ports())

LOAD_WIRES = tuple(name.removeprefix("table_") for name in LOAD_NAMES[:-1])
"""Nets that drive the inputs of a load port, in the order of `LoadPort.ports`."""


def reloadable_table_module(
    name: str,
    netlist: Netlist,
    layer: TableLayer,
    shape: Shape,
    *,
    port: LoadPort,
    buses: tuple[Bus, Bus],
    memory: str,
    labels: Sequence[str],
) -> str:
    """Text of the module of a table layer.

    Args:
        name: of the module.
        netlist: the netlist without dead nodes.
        layer: the layer, whose tables are the contents from the start.
        shape: which of all tables it has.
        port: widths of its load port.
        buses: what it reads and what it writes.
        memory: name of the module of one table.
        labels: name of every signal, for comments.
    """
    reads, writes = buses
    ports = [("input", "clk", 0), *port.ports(), ("input", "bank", 0)]
    ports += [("input", reads.name, reads.width), ("output", writes.name, writes.width)]
    body = _tables(netlist, layer, shape, port, buses=buses, memory=memory, labels=labels)
    return module_text(name, ports, body)


def _tables(
    netlist: Netlist,
    layer: TableLayer,
    shape: Shape,
    port: LoadPort,
    *,
    buses: tuple[Bus, Bus],
    memory: str,
    labels: Sequence[str],
) -> Iterator[str]:
    reads, writes = buses
    yield from _registered(port)
    for node, signal in enumerate(writes.signals):
        width = int(layer.widths[node])
        sources = [int(source) for source in layer.inputs[node]]
        named = ", ".join(comment_text(labels[source]) for source in sources)
        yield f"  // {comment_text(labels[signal])}: address from {named}"
        slices = [slice_of(reads, source, int(netlist.widths[source])) for source in sources[::-1]]
        address = concatenation(slices, "  ")
        yield f"  wire {vector(shape.address_bits)} a{node} = {address};"
        yield f"  wire hit{node} = node == {port.node_bits}'d{shape.first + node};"
        yield f"  wire {vector(width + 1)} f{node};"
        contents = _contents(layer, node, width)
        yield from instance(
            memory,
            f"t{node}",
            (
                ("clk", "clk"),
                ("write", f"write & hit{node}"),
                ("row_bank", "row_bank"),
                ("row", "row"),
                ("data", "data" if width == port.width else f"data[{width - 1}:0]"),
                ("found", f"f{node}"),
                ("bank", "bank"),
                ("address", f"a{node}"),
                ("value", str(slice_of(writes, signal, width))),
            ),
            {"ADDRESS_BITS": shape.address_bits, "WIDTH": width, "INIT": contents},
        )
    found = " |\n      ".join(
        f"({{{port.width + 1}{{hit{node}}}}} & {widened(f'f{node}', int(width), port.width)})"
        for node, width in enumerate(layer.widths)
    )
    yield f"  reg {vector(port.width + 1)} found;"
    yield f"  always @(posedge clk) found <= {found};"
    yield "  assign table_found = found;"


def _registered(port: LoadPort) -> Iterator[str]:
    """The load port behind registers, so that its nets are no longer than a layer."""
    for name, (_, wire, width) in zip(LOAD_WIRES, port.ports(), strict=False):
        yield f"  reg {vector(width) + ' ' if width else ''}{name};"
        yield f"  always @(posedge clk) {name} <= {wire};"
    yield ""


def _contents(layer: TableLayer, node: int, width: int) -> str:
    """Rows of a table as one number, row 0 at its lowest bits."""
    rows = layer.tables[node].tolist()
    text = "".join(f"{row:0{width}b}" for row in reversed(rows))
    digits = -(-len(text) // 4)
    return f"{len(text)}'h{int(text, 2):0{digits}x}"


def widened(word: str, width: int, wanted: int) -> str:
    """A word of a table at the width of a wider port; the highest bit stays the highest."""
    if width == wanted:
        return word
    return f"{{{word}[{width}], {wanted - width}'d0, {word}[{width - 1}:0]}}"
