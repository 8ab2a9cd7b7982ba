"""Netlist to Verilog, its network mapped to LUTs if that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from logicjsc.core.errors import ConfigError
from logicjsc.core.progress import OnProgress, silent
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.verilog.circuit import Circuit, write_circuit
from logicjsc.map.lut_network import LutNetwork
from logicjsc.map.mapper import MappedNetlist
from logicjsc.map.sums import Adders
from logicjsc.netlist import Netlist, SumLayer


@dataclass(frozen=True)
class Mapping:
    """How a circuit's network becomes LUTs.

    Attributes:
        effort: ``low``, ``medium`` or ``high``.
        adders: sums as LUTs, on carry chains, or each in the way that takes fewer LUTs. Chains are
            instantiated, with the tables they add inside their LUTs, where primitives are Xilinx's;
            elsewhere sums are left to the vendor's tools.
        formal: let ABC prove every table and the whole network before anything is written.
        mapped: the LUTs, if they are there already, as `map_for_options` finds them.
    """

    effort: str
    adders: Adders = "lut"
    formal: bool = False
    mapped: MappedNetlist | None = None


def export_verilog(
    netlist: Netlist,
    out: Path,
    options: CircuitOptions | None = None,
    *,
    mapping: Mapping | None = None,
    on_progress: OnProgress = silent,
    beside: Callable[[Circuit], None] | None = None,
) -> Circuit:
    """Write the circuit of a netlist.

    With ``mapping`` the network is mapped to 6-input LUTs first, each table's proven equal to it.
    What ``beside`` writes into its folder is part of it; see `logicjsc.emit.targets`.

    Raises:
        ConfigError: the options need LUTs and there is no ``mapping`` to find them.
        ToolFailedError: a proof failed.
    """
    options = options or CircuitOptions()
    luts = None
    if mapping is None:
        options.refuse_tables()
    else:
        options = replace(options, adders=mapping.adders)
        _refuse_adders(options, mapping)
        luts = _map(netlist, mapping, options, on_progress)
    return write_circuit(netlist, out, options, luts, beside)


def words_of_width(netlist: Netlist, bits: int) -> FixedPoint | None:
    """Words of a width that a network was trained on; None if it was trained on numbers.

    Raises:
        ConfigError: it was trained on words of another width.
    """
    own = None if netlist.encoder is None else netlist.encoder.words
    if own is None:
        return None
    if own.widest != bits:
        raise ConfigError(
            f"netlist {netlist.name!r} was trained on words of {own.widest} bits, so its encoder "
            f"cannot take words of {bits}; leave the width away"
        )
    return own


def _refuse_adders(options: CircuitOptions, mapping: Mapping) -> None:
    if mapping.adders == "best" and not options.chained:
        raise ConfigError(
            "only carry chains that are instantiated can be weighed against LUTs; use --primitives "
            "xilinx with --adders best, or --adders carry"
        )
    if options.latency_ps and mapping.adders != "lut" and not options.chained:
        raise ConfigError(
            "a latency is that of carry chains that are instantiated; use --primitives xilinx with "
            "--adders carry, or --adders lut"
        )
    if mapping.formal and options.chained:
        raise ConfigError(
            "carry chains are proven step by step, and ABC does not prove them again; leave "
            "--formal away, or use --adders lut"
        )


def _map(
    netlist: Netlist, mapping: Mapping, options: CircuitOptions, on_progress: OnProgress
) -> Sequence[LutNetwork | None]:
    """LUTs of each layer; None where adding is left to the vendor's tools."""
    from logicjsc.emit.verilog.mapping_by_time import map_for_options
    from logicjsc.map.formal import prove
    from logicjsc.map.mapper import map_netlist
    from logicjsc.map.tables import map_tables

    if mapping.mapped is not None or options.chained or options.latency_ps:
        mapped = mapping.mapped or map_for_options(
            netlist, options, effort=mapping.effort, on_progress=on_progress
        )
        if mapping.formal:
            prove(mapped)
        return [area.network for area in mapped.layers]
    if mapping.adders == "carry" and not mapping.formal:
        return map_tables(netlist, effort=mapping.effort, on_progress=on_progress)
    mapped = map_netlist(netlist, effort=mapping.effort, on_progress=on_progress)
    if mapping.formal:
        prove(mapped)
    return [
        None if mapping.adders == "carry" and isinstance(layer, SumLayer) else area.network
        for layer, area in zip(mapped.netlist.layers, mapped.layers, strict=True)
    ]
