"""Images of table contents: what a circuit with run-time tables takes, and whose it takes.

An image is a sequence of 32-bit words, little-endian in a file: eight words of the wiring digest
(SHA-256, byte 0 at the lowest bits of word 0), one word per row of every table, tables in the order
of the netlist without dead nodes and rows in that of their address, and the CRC-32 of all these
bytes (that of IEEE 802.3, as ``zlib.crc32`` has it).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeGuard

import numpy as np

from logicjsc.core.errors import CircuitError
from logicjsc.core.files import atomic_file
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.verilog.circuit import Circuit
from logicjsc.netlist import Netlist, TableLayer, digest_of
from logicjsc.netlist.layers import Array, Layer
from logicjsc.netlist.passes import drop_dead_nodes

DIGEST_WORDS: Final = 8

MAX_TABLE_BITS: Final = 12
"""Most address bits of a table in distributed RAM, two banks of 4,096 rows."""


@dataclass(frozen=True)
class Shape:
    """What all tables of a layer have in common.

    Attributes:
        first: number of its first table among all tables.
        tables: how many there are.
        address_bits: address bits of each.
    """

    first: int
    tables: int
    address_bits: int


def shapes_of(built: Netlist) -> dict[int, Shape]:
    """Shapes of the table layers of a netlist without dead nodes, by index of the layer.

    Constants, which are tables without inputs, belong to the wiring.

    Raises:
        CircuitError: it has no tables, or one is too large for distributed RAM.
    """
    shapes: dict[int, Shape] = {}
    first = 0
    for index, layer in enumerate(built.layers):
        if not is_loaded(layer):
            continue
        if layer.address_bits > MAX_TABLE_BITS:
            raise CircuitError(
                f"layer {layer.name!r} has tables of {layer.address_bits} address bits, and tables "
                f"that are loaded at run time have {MAX_TABLE_BITS} at most; leave --reloadable "
                "away, or train with a smaller fan-in"
            )
        shapes[index] = Shape(first, layer.nodes, layer.address_bits)
        first += layer.nodes
    if not shapes:
        raise CircuitError(
            f"netlist {built.name!r} has no tables, so there is nothing to load at run time; leave "
            "--reloadable away"
        )
    return shapes


def is_loaded(layer: Layer) -> TypeGuard[TableLayer]:
    """Whether a layer's contents are loaded: it has tables, and they have inputs."""
    return isinstance(layer, TableLayer) and layer.fan_in > 0


def without_contents(netlist: Netlist) -> Netlist:
    """A netlist of the same wiring from whose tables nothing follows.

    No bit of a table is constant or a copy of an input, so whatever is built for it is right for
    all contents.
    """
    return replace(
        netlist,
        layers=tuple(
            replace(layer, tables=_unknown(layer)) if is_loaded(layer) else layer
            for layer in netlist.layers
        ),
    )


def _unknown(layer: TableLayer) -> Array:
    """Tables whose bits all are the parity of the address, inverted."""
    rows = np.arange(1 << layer.address_bits)
    even = np.ones(len(rows), np.int64)
    for bit in range(layer.address_bits):
        even ^= rows >> bit & 1
    return even * ((np.int64(1) << layer.widths.astype(np.int64)) - 1)[:, None]


def wiring_digest(netlist: Netlist, options: CircuitOptions) -> bytes:
    """SHA-256 of all of a circuit that is no table content.

    Which inputs every node reads, all widths and signs, sums with their constants, and the outputs;
    the encoder and the decision count where the circuit has them. Names do not count.

    Args:
        netlist: the network; dead nodes do not count.
        options: which ends the circuit has.
    """
    built = without_contents(drop_dead_nodes(netlist))
    layers = [replace(layer, name=f"{index}") for index, layer in enumerate(built.layers)]
    bare = replace(
        built,
        name="wiring",
        input_names=tuple(f"{index}" for index in range(built.inputs)),
        layers=tuple(layers),
        encoder=built.encoder if options.encoder else None,
        decoder=built.decoder if options.argmax else None,
        provenance={},
    )
    return bytes.fromhex(digest_of(bare))


def table_words(netlist: Netlist) -> Array:
    """Rows of all tables in the order of an image, uint32 ``[rows]``.

    Raises:
        CircuitError: there are no tables, or one is too large.
    """
    built = drop_dead_nodes(netlist)
    shapes_of(built)
    return np.concatenate(
        [layer.tables.astype(np.uint32).ravel() for layer in built.layers if is_loaded(layer)]
    )


def table_image(netlist: Netlist, circuit: Circuit) -> bytes:
    """The image of a netlist's tables for a circuit.

    Raises:
        CircuitError: the netlist has another wiring than the circuit's.
    """
    options = circuit.manifest.options
    digest = wiring_digest(netlist, options)
    own = wiring_digest(circuit.netlist, options)
    if digest != own:
        raise CircuitError(
            f"netlist {netlist.name!r} has wiring {digest.hex()[:12]}, and {circuit.directory} has "
            f"{own.hex()[:12]}; only tables of the same wiring can be loaded, so write a circuit "
            "of this netlist"
        )
    return image_of(digest, netlist)


def image_of(wiring: bytes, netlist: Netlist) -> bytes:
    """The image of a netlist's tables, whose wiring has this digest.

    Raises:
        CircuitError: there are no tables, or one is too large.
    """
    content = wiring + table_words(netlist).astype("<u4").tobytes()
    return content + zlib.crc32(content).to_bytes(4, "little")


def write_image(netlist: Netlist, circuit: Circuit, path: Path) -> bytes:
    """Write `table_image` to a file, whole or not at all; its bytes.

    Raises:
        CircuitError: the netlist has another wiring than the circuit's.
        OutputError: the file cannot be written.
    """
    image = table_image(netlist, circuit)
    with atomic_file(path) as temporary:
        temporary.write_bytes(image)
    return image
