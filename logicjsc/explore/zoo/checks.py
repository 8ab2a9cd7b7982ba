"""Whether a committed point is what it says: digest, decisions, LUTs and Verilog."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from logicjsc.artefacts.netlists import samples_of
from logicjsc.artefacts.sources import POINT, Source
from logicjsc.core.errors import (
    DataError,
    LogicjscError,
    OtherSamplesError,
    ToolNotFoundError,
)
from logicjsc.core.temporary import temporary_folder
from logicjsc.dataset import Samples
from logicjsc.dataset.load import load_test
from logicjsc.dataset.provenance import Provenance
from logicjsc.dataset.samples import Array
from logicjsc.dataset.task import known_tasks
from logicjsc.emit.verilog import Circuit
from logicjsc.explore.zoo.mapping import ACROSS
from logicjsc.explore.zoo.points import NETLIST, AnyTested, Point, read_point
from logicjsc.explore.zoo.recorded import recorded_encoded, recorded_luts
from logicjsc.explore.zoo.tested import agrees, shown, tested_on
from logicjsc.netlist import Netlist, digest_of, load_netlist
from logicjsc.netlist.scoring import check_features, check_target, ends_of

QUICK: Final = 2000
"""Circuits of more LUTs take Verilator's compiler, and ABC's proof across nodes, more than a few
seconds."""


@dataclass(frozen=True)
class Check:
    """One thing that a point says.

    Attributes:
        name: what it is.
        ok: whether it is so.
        found: what was found.
    """

    name: str
    ok: bool
    found: str


def check_point(
    folder: Path, *, data: Path | None = None, quick: int | None = QUICK
) -> Iterator[Check]:
    """Verify a point; nothing in it is believed, its LUTs are proven table by table.

    Args:
        folder: with ``point.toml``.
        data: the samples that the point was tested on, to test it on them again; by default it is
            tested on those that travel with the package for its task, if there are some.
        quick: of circuits of more LUTs, the Verilog is proven but not simulated, and LUTs that
            were rewritten across nodes are compared on samples, random and corner codes, not
            proven by ABC. None to spare no circuit.

    Raises:
        ConfigError: ``point.toml`` is missing or damaged.
        DataError: ``data`` cannot be read.
        OtherSamplesError: it holds other samples than those that the point was tested on.
        NetlistError: the netlist is missing or damaged.
        ToolError: a tool is missing.
    """
    point = read_point(folder / POINT)
    netlist = load_netlist(folder / NETLIST)
    digest = digest_of(netlist)
    same = digest == point.header.netlist_digest
    yield Check("digest of the netlist", same, digest[:16])
    own = own_samples(netlist)
    features, title = features_of(netlist, own), "random features"
    if own is not None:
        title = "test samples"
        recorded = point.test if point.bundled is None else point.bundled
        yield _decisions(f"test samples of {own.source}", netlist, point, recorded, own)
    if data is not None:
        test = samples_of(Source("point", folder), "test", data)
        if test.fingerprint() != point.test.fingerprint:
            raise OtherSamplesError(
                f"{folder}: the samples of {data} are not those that the point was tested on "
                f"(fingerprint {test.fingerprint()}, not {point.test.fingerprint}); name those "
                f"with --data, or leave it out"
            )
        yield _decisions("test samples", netlist, point, point.test, test)
    try:
        whole = quick is None or point.figures.core.lut <= quick
        found = recorded_luts(folder, netlist, point, None if whole else features)
        encoded = recorded_encoded(folder, netlist, point)
    except LogicjscError as error:
        yield Check("LUTs", ok=False, found=str(error))
        return
    wanted = point.figures.core.lut
    luts = found.mapped.luts
    text = f"{luts:,}, recorded {wanted:,}"
    if found.way == ACROSS and not whole:
        text += "; by node proven, across nodes compared on vectors"
    yield Check("LUTs", luts <= wanted, text)
    if encoded is not None and point.figures.encoded is not None:
        luts, wanted = encoded.mapped.luts, point.figures.encoded.lut
        text = f"{luts:,}, recorded {wanted:,}"
        yield Check("LUTs with the encoder", luts <= wanted, text)
    with temporary_folder("zoo") as name:
        circuit = found.write(Path(name, "circuit"))
        yield from _verilog(circuit, features, title, simulated=whole)


def own_samples(netlist: Netlist) -> Samples | None:
    """Test part of the samples that travel with the package for a netlist's task.

    They are read as the netlist's own samples were; None if there are none, or other columns.
    """
    known = Provenance.in_netlist(netlist.provenance)
    task = known_tasks().get(known.config.task) if known is not None else None
    if known is None or task is None or task.table is None:
        return None
    split = "ours" if known.config.split == "file" else known.config.split
    config = replace(known.config, path="", test_path="", split=split)
    try:
        own = load_test(config)
        check_features(netlist, own)
        check_target(netlist, own)
    except DataError:
        return None
    return own


def features_of(netlist: Netlist, own: Samples | None) -> Array:
    """Features to compare on: those of `own_samples`, or drawn ones where there are none."""
    from logicjsc.netlist.vectors import random_features

    if own is not None:
        return own.features
    encoder, _ = ends_of(netlist)
    return random_features(encoder, encoder.words)


def _decisions(
    name: str, netlist: Netlist, point: Point, recorded: AnyTested, samples: Samples
) -> Check:
    """Number of correctly classified samples, or error, which must be the recorded one exactly."""
    if samples.fingerprint() != recorded.fingerprint:
        return Check(name, ok=False, found="these are other samples than the recorded ones")
    words = None if point.words is None else point.words.format
    found = tested_on(netlist, samples, words, recorded.samples_of)
    return Check(name, agrees(found, recorded), shown(found, recorded))


def _verilog(circuit: Circuit, features: Array, title: str, *, simulated: bool) -> Iterator[Check]:
    """The Verilog on vectors, if it is simulated, and proven for every input."""
    from logicjsc.check.formal.rung import TITLE, proof_rung
    from logicjsc.check.ladder import Rungs
    from logicjsc.check.simulator import build_simulator

    if simulated:
        simulator = build_simulator(circuit)
        for rung in Rungs(circuit.netlist, features, simulator, title=title).climb():
            found = f"{rung.vectors:,} compared, {rung.mismatches:,} differ"
            yield Check(rung.name, rung.ok, found)
    try:
        (proof,), _ = proof_rung(circuit, forced=True)
    except ToolNotFoundError:
        raise
    except LogicjscError as error:
        yield Check(TITLE, ok=False, found=str(error))
        return
    found = proof.detail or f"{proof.vectors:,} output bits and flip-flops"
    yield Check(TITLE, proof.ok, found if simulated else f"{found}; not simulated")
