"""Formal proof of a mapped netlist: node by node, then all of it at once.

Every node has been compared with its table on all addresses before; this is a second opinion from
another program. The whole network is compared on every input at once, so it also covers the wires
between nodes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from logicjsc.core.errors import ToolFailedError
from logicjsc.core.temporary import temporary_folder
from logicjsc.map.abc import find_abc
from logicjsc.map.bits import address_places, bit_offsets, output_places
from logicjsc.map.blif import (
    diagram_blif,
    mapped_blif,
    multiplexers,
    network_blif,
    node_header,
    port_names,
)
from logicjsc.map.decision_diagram import output_columns
from logicjsc.map.equivalence import are_equal
from logicjsc.map.mapper import MappedNetlist
from logicjsc.map.sums import sum_nodes
from logicjsc.map.tasks import proven_counters
from logicjsc.netlist import Layer, Netlist, TableLayer


@dataclass(frozen=True)
class FormalReport:
    """What was proven.

    Attributes:
        tables: tables that ABC found equal to their LUTs.
        networks: 1: the whole network was found equal as well.
        seconds: wall time.
    """

    tables: int
    networks: int
    seconds: float


def prove(mapped: MappedNetlist) -> FormalReport:
    """Prove the LUTs of every table, and of the whole network, equal to the netlist.

    Raises:
        ToolFailedError: something differs, or ABC did not decide.
        ToolTimeoutError: it did not finish within an hour.
    """
    abc = find_abc()
    started = time.perf_counter()
    with temporary_folder("formal") as name:
        pairs = list(_tables(mapped))
        folder = Path(name)
        (folder / "tables").mkdir()
        for label, equal in zip(
            (label for label, _ in pairs),
            are_equal(abc, [pair for _, pair in pairs], folder / "tables"),
            strict=True,
        ):
            if not equal:
                raise ToolFailedError(f"the LUTs of {label} differ from its table")
        networks = [layer.network for layer in mapped.layers]
        whole = (netlist_blif(mapped.netlist), mapped_blif(mapped.netlist, networks))
        if are_equal(abc, [whole], folder) != [True]:
            raise ToolFailedError("the mapped network differs from its netlist")
    return FormalReport(len(pairs), 1, time.perf_counter() - started)


def _tables(mapped: MappedNetlist) -> Iterator[tuple[str, tuple[str, str]]]:
    """Name, table and LUTs of every node that is a table."""
    netlist, offsets = mapped.netlist, bit_offsets(mapped.netlist.widths)
    for layer, area, first in zip(
        netlist.layers, mapped.layers, netlist.first_signals, strict=True
    ):
        if not isinstance(layer, TableLayer):
            continue
        outputs = iter(area.network.outputs)
        for node, width in enumerate(layer.widths.tolist()):
            cone = area.network.cone([next(outputs) for _ in range(width)])
            columns = output_columns(layer.tables[node], width)
            names = [f"i{bit}" for bit in address_places(netlist, layer, node, offsets)]
            table = (
                node_header(range(cone.inputs), width)
                + multiplexers(columns, range(len(names)), names)
                + ".end\n"
            )
            yield netlist.node_name(first + node), (table, network_blif(cone))


def netlist_blif(netlist: Netlist) -> str:
    """A netlist as it is: a model per node, tables as decision diagrams, sums as counters.

    Ports are named as in `mapped_blif`.
    """
    inputs, outputs = port_names(netlist)
    offsets = bit_offsets(netlist.widths)
    bits = [*inputs, *(f"s{place}" for place in range(len(inputs), offsets[-1]))]
    top = [f".model whole\n.inputs {' '.join(inputs)}\n.outputs {' '.join(outputs)}\n"]
    models = []
    for layer, first in zip(netlist.layers, netlist.first_signals, strict=True):
        tables = isinstance(layer, TableLayer)
        for node, text in enumerate(_models(netlist, layer)):
            name = f"node{first + node}"
            models.append(text.replace(".model node\n", f".model {name}\n", 1))
            address = address_places(netlist, layer, node, offsets)
            # A sum's first input is the lowest bit, a table's the highest.
            read = [bits[place] for place in (address if tables else reversed(address))]
            written = bits[offsets[first + node] : offsets[first + node + 1]]
            ports = [f"i{port}={bit}" for port, bit in enumerate(read)]
            ports += [f"o{port}={bit}" for port, bit in enumerate(written)]
            top.append(f".subckt {name} {' '.join(ports)}\n")
    ends = [bits[place] for place in output_places(netlist)]
    top += [f".names {end} {name}\n1 1\n" for end, name in zip(ends, outputs, strict=True)]
    return "".join([*top, ".end\n", *models])


def _models(netlist: Netlist, layer: Layer) -> Iterator[str]:
    if isinstance(layer, TableLayer):
        for table, width in zip(layer.tables, layer.widths.tolist(), strict=True):
            columns = output_columns(table, width)
            yield diagram_blif(columns, range(columns.ndim - 1))
        return
    for node in sum_nodes(netlist, layer):
        # Adders of two shapes are beyond SAT; these are proven by other means.
        yield network_blif(proven_counters(node))
