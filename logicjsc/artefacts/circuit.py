"""Checkpoint to ONNX to netlist to Verilog."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from logicjsc.artefacts.sources import DEFAULT_CIRCUITS, Source
from logicjsc.core.errors import ConfigError
from logicjsc.core.files import sha256_of
from logicjsc.dataset import load_dataset
from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.emit.c.library import load_library
from logicjsc.emit.verilog import Circuit, CircuitOptions, load_circuit, write_circuit
from logicjsc.map.lut_network import LutNetwork
from logicjsc.map.sums import Adders
from logicjsc.methods.gradient.rundir import RunDirectory
from logicjsc.netlist import Netlist, SumLayer, load_netlist, save_netlist

if TYPE_CHECKING:
    from logicjsc.methods.gradient.export import OnnxFormat

_ONNX_DIGEST: Final = "onnx_digest"

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class Mapping:
    """How a circuit's network becomes LUTs.

    Attributes:
        effort: ``low``, ``medium`` or ``high``.
        adders: sums as LUTs, on carry chains, or each in the way that takes fewer LUTs. Chains are
            instantiated, with the tables they add inside their LUTs, where primitives are Xilinx's;
            elsewhere sums are left to the vendor's tools.
        formal: let ABC prove every table and the whole network before anything is written.
    """

    effort: str
    adders: Adders = "lut"
    formal: bool = False


def export_onnx(path: Path, out: Path | None = None, onnx_format: OnnxFormat = "qcdq") -> Path:
    """Write the ONNX model of a run; by default ``model.onnx`` (or ``model.qonnx.onnx``) in it."""
    from logicjsc.methods.gradient import checkpoint
    from logicjsc.methods.gradient.export import export_onnx as write_onnx

    run = RunDirectory.open(path)
    network, scaler, digest = checkpoint.load_model(run)
    target = out or (run.onnx if onnx_format == "qcdq" else run.onnx.with_suffix(".qonnx.onnx"))
    write_onnx(network, scaler, target, checkpoint_digest=digest, onnx_format=onnx_format)
    return target


def build_netlist(
    source: Source, address_limit: int | None = None, on_progress: OnProgress | None = None
) -> Netlist:
    """The netlist of a run (brought up to date), an ONNX model, a netlist file or a circuit."""
    if source.kind == "run":
        run = RunDirectory.open(source.path)
        _refresh_onnx(run)
        if run.netlist.is_file():
            netlist = load_netlist(run.netlist)
            if netlist.provenance.get(_ONNX_DIGEST) == sha256_of(run.onnx):
                return netlist
        netlist = _tabulate(run.onnx, run.name, address_limit, on_progress)
        save_netlist(netlist, run.netlist)
        return netlist
    if source.kind == "onnx":
        return _tabulate(source.path, source.name, address_limit, on_progress)
    return existing_netlist(source)


def existing_netlist(source: Source) -> Netlist:
    """The netlist of a netlist file, a circuit or a C library.

    Raises:
        ConfigError: the source is none of them.
    """
    if source.kind == "netlist":
        return load_netlist(source.path)
    if source.kind == "circuit":
        return load_circuit(source.path).netlist
    if source.kind == "library":
        return load_library(source.path).netlist
    raise ConfigError(f"{source.path} is a {source.kind}; a netlist or circuit is needed here")


def export_verilog(
    source: Source,
    out: Path | None,
    options: CircuitOptions,
    *,
    address_limit: int | None = None,
    encoder_bits: int | None = None,
    mapping: Mapping | None = None,
    on_progress: OnProgress | None = None,
) -> Circuit:
    """Write the circuit of a run, an ONNX model or a netlist; by default to ``hw/build/<name>``.

    With ``encoder_bits`` the circuit takes words of that many bits, whose formats are fitted on the
    training jets: the run's, or the bundled sample's. With ``mapping`` the network is mapped to
    6-input LUTs first, each table's proven equal to it.

    Raises:
        ConfigError: the network was trained on words of another width, or the options need LUTs
            and there is no ``mapping`` to find them.
        ToolFailedError: a proof failed.
    """
    if mapping is None:
        options.refuse_tables()
    netlist = build_netlist(source, address_limit, on_progress)
    if encoder_bits is not None:
        options = replace(options, encoder=True, words=_fit_words(source, netlist, encoder_bits))
    luts = None
    if mapping is not None:
        options = replace(options, adders=mapping.adders)
        _refuse_adders(options, mapping)
        luts = _map(netlist, mapping, options, on_progress)
    return write_circuit(netlist, out or DEFAULT_CIRCUITS / source.name, options, luts)


def _refuse_adders(options: CircuitOptions, mapping: Mapping) -> None:
    if mapping.adders == "best" and not options.chained:
        raise ConfigError(
            "only carry chains that are instantiated can be weighed against LUTs; use --primitives "
            "xilinx with --adders best, or --adders carry"
        )
    if mapping.formal and options.chained:
        raise ConfigError(
            "carry chains are proven step by step, and ABC does not prove them again; leave "
            "--formal away, or use --adders lut"
        )


def _map(
    netlist: Netlist, mapping: Mapping, options: CircuitOptions, on_progress: OnProgress | None
) -> Sequence[LutNetwork | None]:
    """LUTs of each layer; None where adding is left to the vendor's tools."""
    from logicjsc.map.formal import prove
    from logicjsc.map.mapper import map_netlist
    from logicjsc.map.tables import map_tables

    if options.chained:
        mapped = map_netlist(
            netlist, effort=mapping.effort, adders=mapping.adders, on_progress=on_progress
        )
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


def _fit_words(source: Source, netlist: Netlist, bits: int) -> FixedPoint | None:
    """Word formats for a network without its own; None if its own are just as wide."""
    from logicjsc.artefacts.measure import check_features

    own = None if netlist.encoder is None else netlist.encoder.words
    if own is not None:
        if own.bits != bits:
            raise ConfigError(
                f"{source.path} was trained on words of {own.bits} bits, so its encoder cannot "
                f"take words of {bits}; leave the width away"
            )
        return None
    run = source.kind == "run"
    config = RunDirectory.open(source.path).load_config().data if run else DataConfig()
    train = load_dataset(config).train
    check_features(netlist, train)
    return FixedPoint.fit(train, bits)


def _refresh_onnx(run: RunDirectory) -> None:
    """Export the run's ONNX model unless the one there is of the same checkpoint."""
    from logicjsc.frontend.onnx.graph import load_onnx, metadata_of
    from logicjsc.methods.gradient import checkpoint

    _, _, digest = checkpoint.load_model(run)
    if run.onnx.is_file() and metadata_of(load_onnx(run.onnx))["checkpoint_digest"] == digest:
        return
    export_onnx(run.path)


def _tabulate(
    path: Path, name: str, address_limit: int | None, on_progress: OnProgress | None
) -> Netlist:
    from logicjsc.frontend.onnx.graph import load_onnx
    from logicjsc.frontend.onnx.tabulate import DEFAULT_ADDRESS_LIMIT, tabulate

    netlist = tabulate(
        load_onnx(path),
        name,
        address_limit=address_limit or DEFAULT_ADDRESS_LIMIT,
        on_progress=on_progress,
    )
    provenance = {**netlist.provenance, _ONNX_DIGEST: sha256_of(path)}
    # In the order in which the netlist's file keeps it, so that manifests made before and after
    # reading it are equal.
    return replace(netlist, provenance=dict(sorted(provenance.items())))
