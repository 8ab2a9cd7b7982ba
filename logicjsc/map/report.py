"""Netlist to 6-input LUTs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from logicjsc.core.errors import ConfigError, OutputError
from logicjsc.core.executor import Jobs
from logicjsc.core.files import atomic_file
from logicjsc.core.progress import OnProgress, silent
from logicjsc.map.across import rewrite_across, rewrite_at_depth
from logicjsc.map.aiger import mapped_aiger
from logicjsc.map.blif import mapped_blif
from logicjsc.map.formal import FormalReport, prove
from logicjsc.map.lut_network import LutNetwork
from logicjsc.map.mapper import MappedNetlist, map_netlist
from logicjsc.map.sums import Adders
from logicjsc.netlist import Netlist, TableLayer, digest_of, save_netlist


def _blif(netlist: Netlist, networks: Sequence[LutNetwork]) -> bytes:
    return mapped_blif(netlist, networks).encode("ascii")


_FORMATS: Final[dict[str, Callable[[Netlist, Sequence[LutNetwork]], bytes]]] = {
    ".blif": _blif,
    ".aig": partial(mapped_aiger, binary=True),
    ".aag": partial(mapped_aiger, binary=False),
}

_NETLIST: Final = ".npz"

FORMATS: Final = (*_FORMATS, _NETLIST)
"""Suffixes of what mapped networks are written as."""


@dataclass(frozen=True)
class LayerArea:
    """LUTs of one layer.

    Attributes:
        layer: its name.
        nodes: live nodes.
        table_bits: truth-table bits.
        lut: LUTs of one to six inputs, inverters included.
        depth: LUTs on the longest path through the layer.
    """

    layer: str
    nodes: int
    table_bits: int
    lut: int
    depth: int


@dataclass(frozen=True)
class MapReport:
    """What mapping reached.

    Attributes:
        name: the netlist's name.
        netlist_digest: digest of the netlist as given.
        effort: how hard was searched.
        adders: what sums became: ``lut``, ``carry`` or ``best``.
        lut: LUTs of the network; encoder and argmax are not part of it, nor are carry chains.
        depth: LUTs on the longest path from input to output.
        layers: areas by layer.
        out: BLIF or AIGER file written, if any.
        formal: what ABC proved, if it was asked to.
    """

    name: str
    netlist_digest: str
    effort: str
    adders: str
    lut: int
    depth: int
    layers: tuple[LayerArea, ...]
    out: str | None
    formal: FormalReport | None = None

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)


def map_report(
    netlist: Netlist,
    *,
    effort: str,
    jobs: Jobs | None,
    out: Path | None,
    on_progress: OnProgress = silent,
    adders: Adders = "lut",
    formal: bool = False,
    across_nodes: bool = False,
    seconds: float | None = None,
    mapped: MappedNetlist | None = None,
    depth: int | None = None,
    seed: int = 0,
) -> MapReport:
    """Map a netlist, unless that is done; every table is proven.

    With ``formal``, ABC proves each table and the whole network once more, before anything is
    written. With ``across_nodes``, all LUTs are rewritten together after that, by `rewrite_across`
    or, with ``depth``, by `rewrite_at_depth`, which prove what they made. None of them knows carry
    chains. With ``seconds``, searches end after that time, about; what the tables leave of it is
    spent on the search of `rewrite_across`, whose ``seed`` it is.

    Raises:
        ConfigError: carry chains are to be proven by ABC or rewritten.
        OutputError: the suffix of ``out`` is none of `FORMATS`.
        ToolFailedError: the proof failed.
    """
    if out is not None and out.suffix not in FORMATS:
        raise OutputError(
            f"{out} has no suffix that names a format; use one of {', '.join(FORMATS)}"
        )
    if adders != "lut" and (formal or across_nodes):
        raise ConfigError(
            "carry chains are proven step by step, and are neither proven by ABC nor rewritten "
            "across nodes; leave --formal and --across-nodes away, or use --adders lut"
        )
    started = time.monotonic()
    if mapped is None:
        mapped = map_netlist(
            netlist,
            effort=effort,
            adders=adders,
            jobs=jobs,
            on_progress=on_progress,
            seconds=seconds,
        )
    proof = prove(mapped) if formal else None
    if across_nodes:
        left = None if seconds is None else max(0.0, seconds - (time.monotonic() - started))
        rewritten = (
            rewrite_across(
                mapped,
                seconds=left,
                seed=seed,
                jobs=jobs,
                on_progress=on_progress,
            )
            if depth is None
            else rewrite_at_depth(mapped, depth)
        )
        # Its nodes are LUTs, so mapping it is a formality.
        mapped = map_netlist(rewritten, effort="low", jobs=jobs)
    if out is not None:
        networks = [layer.network for layer in mapped.layers]
        if out.suffix == _NETLIST:
            save_netlist(mapped.netlist, out)
        else:
            with atomic_file(out) as temporary:
                temporary.write_bytes(_FORMATS[out.suffix](mapped.netlist, networks))
    return MapReport(
        name=netlist.name,
        netlist_digest=digest_of(netlist),
        effort=effort,
        adders=adders,
        lut=mapped.luts,
        depth=mapped.depth,
        layers=tuple(areas_of(mapped)),
        out=str(out) if out is not None else None,
        formal=proof,
    )


def areas_of(mapped: MappedNetlist) -> list[LayerArea]:
    """Areas of the layers, in their order."""
    return [
        LayerArea(
            layer=layer.name,
            nodes=layer.nodes,
            table_bits=(1 << layer.address_bits) * int(layer.widths.sum())
            if isinstance(layer, TableLayer)
            else 0,
            lut=area.network.area,
            depth=area.network.depth,
        )
        for layer, area in zip(mapped.netlist.layers, mapped.layers, strict=True)
    ]
