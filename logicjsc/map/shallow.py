"""Networks of few levels for one truth table, from which timing chooses where it matters.

The search of `logicjsc.map.portfolio` minimises LUTs alone. Here each starting structure is mapped
for depth first, with area recovered where depth allows (ABC's `if`), and what is found makes a
front of LUTs and depth. Every network is compared with its table on all addresses.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.core.cache import entry, read_entry, write_entry
from logicjsc.core.errors import NetlistError
from logicjsc.core.programs import Tool
from logicjsc.map.blif import diagram_blif, table_blif
from logicjsc.map.decision_diagram import good_orders, output_columns
from logicjsc.map.lut_network import LUT_INPUTS, Lut, LutNetwork
from logicjsc.map.portfolio import DEPTH_SCRIPTS, realises, reversed_inputs, run_scripts
from logicjsc.map.shannon import shannon_network

Array: TypeAlias = npt.NDArray[Any]

_FORMAT: Final = 1

_ORDERS: Final = 3
"""Orders of the variables that structures are made in."""


def shallow_networks(table: Array, width: int, abc: Tool) -> list[LutNetwork]:
    """Networks of a table, none of which is beaten in both LUTs and depth by another.

    Args:
        table: output codes by address, unsigned ``[2**address_bits]``.
        width: output bits.
        abc: see `logicjsc.map.abc.find_abc`.

    Returns:
        The shallowest first; none for a table of one LUT per bit, which has no other network.

    Raises:
        ToolFailedError: ABC failed.
    """
    if table.size <= 1 << LUT_INPUTS:
        return []
    digest = hashlib.sha256(table.astype("<u4").tobytes()).hexdigest()
    path = entry("shallow", [_FORMAT, digest, width, abc.identity])
    found = _read(read_entry(path))
    if found is None or not all(realises(network, table, width) for network in found):
        found = _search(table, width, abc)
        write_entry(path, [_text(network) for network in found])
    return found


def _search(table: Array, width: int, abc: Tool) -> list[LutNetwork]:
    columns = output_columns(table, width)
    variables = columns.ndim - 1
    seed = int.from_bytes(hashlib.sha256(table.tobytes()).digest()[:8], "big")
    orders = good_orders(columns, np.random.default_rng(seed), 1)[:_ORDERS]
    starts = [
        start
        for order in dict.fromkeys([*orders, tuple(range(variables))])
        for start in (
            (table_blif(columns, order), "collapse; muxes; "),
            (diagram_blif(columns, order), ""),
        )
    ]
    made = run_scripts(starts, DEPTH_SCRIPTS, variables, width, abc)
    networks = [reversed_inputs(network) for network in made]
    networks.append(shannon_network(table, width))
    right = [network for network in networks if realises(network, table, width)]
    right.sort(key=lambda network: (network.depth, network.area))
    front: list[LutNetwork] = []
    for network in right:
        if not front or network.area < front[-1].area:
            front.append(network)
    return front


def _text(network: LutNetwork) -> dict[str, Any]:
    luts = [[list(lut.inputs), lut.table] for lut in network.luts]
    return {"inputs": network.inputs, "luts": luts, "outputs": list(network.outputs)}


def _read(kept: Any) -> list[LutNetwork] | None:  # noqa: ANN401 - JSON
    """Networks found before; None if there are none that can be read."""
    try:
        return [
            LutNetwork(
                one["inputs"],
                tuple(Lut(tuple(inputs), table) for inputs, table in one["luts"]),
                tuple(one["outputs"]),
            )
            for one in kept
        ]
    except (ValueError, KeyError, TypeError, NetlistError):
        return None
