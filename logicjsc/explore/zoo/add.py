"""Committing a trained network: measured, verified, and written only if everything holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from logicjsc import __version__
from logicjsc.artefacts.netlists import dataset_of, netlist_of, provenance_of, samples_of
from logicjsc.artefacts.sources import POINT, Source
from logicjsc.check.verify import climb
from logicjsc.core.errors import NetlistError, ToolFailedError
from logicjsc.core.files import atomic_directory, refuse_foreign_directory, write_text
from logicjsc.core.temporary import temporary_folder
from logicjsc.dataset import Samples
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.provenance import KEY, Provenance
from logicjsc.dataset.samples import Array
from logicjsc.emit.verilog import CircuitOptions, write_circuit
from logicjsc.explore.zoo.checks import check_point, own_samples
from logicjsc.explore.zoo.lut_file import save_luts
from logicjsc.explore.zoo.mapping import ACROSS, Found
from logicjsc.explore.zoo.measure import Measuring, OnStep, Solution, solve
from logicjsc.explore.zoo.origin import origin_of
from logicjsc.explore.zoo.placed import read_placed
from logicjsc.explore.zoo.points import (
    ACROSS_NETLIST,
    CONFIG,
    ENCODED_NETLIST,
    LUTS,
    NETLIST,
    Header,
    Point,
    Words,
    write_point,
)
from logicjsc.explore.zoo.seeds import read_seeds
from logicjsc.explore.zoo.tested import tested_on
from logicjsc.map.lut_network import LutNetwork
from logicjsc.map.mapper import map_netlist
from logicjsc.netlist import Netlist, digest_of, evaluate, save_netlist

if TYPE_CHECKING:
    from logicjsc.check.rung import Rung


@dataclass(frozen=True)
class Details:
    """What a point says about itself, and how it is measured.

    Attributes:
        title: one line; empty for the source's name.
        data: file or folder of the samples that it is tested on; None for the source's own.
        samples_of: what those samples are called; empty for the name of their file or task.
        config: the config that trained it, if the source is no run.
        command: the one command that trains it again; empty for ``logicjsc train`` of the config.
        seeds: further runs of the same config with other seeds.
        encoder_bits: width of words for a network that was trained on float features.
        synth: report of ``logicjsc synth --json`` with a clock frequency.
        measuring: how areas are measured.
    """

    title: str = ""
    data: Path | None = None
    samples_of: str = ""
    config: Path | None = None
    command: str = ""
    seeds: tuple[Path, ...] = ()
    encoder_bits: int = 8
    synth: Path | None = None
    measuring: Measuring = field(default_factory=Measuring)


def add_point(source: Source, folder: Path, details: Details, on_step: OnStep) -> Point:
    """Measure and verify a network, and write it as a point.

    Raises:
        OutputError: ``folder`` holds something else.
        ConfigError: the config or the command that made it is not known, or the point is not the
            seed that validates best.
        DataError: its samples cannot be had.
        NetlistError: the netlist has no encoder or decoder.
        RunError: the run is not finished, or its test is another one than its netlist's.
        ToolError: a tool is missing or failed, or a check did not hold; nothing was written.
    """
    refuse_foreign_directory(folder, POINT)
    origin = origin_of(source, folder, details.config, details.command)
    text = origin.text()  # refuses what cannot be committed before anything is measured
    on_step("reading netlist and samples")
    netlist = _portable(netlist_of(source), provenance_of(source))
    test = samples_of(source, "test", details.data)
    words = _words(source, netlist, details)
    format_ = None if words is None else words.format
    tested = tested_on(netlist, test, format_, details.samples_of or name_of(test))
    own, bundled = own_samples(netlist), None
    if own is not None and own.fingerprint() != test.fingerprint():
        bundled = tested_on(netlist, own, format_, own.source)
    seeds = read_seeds(source, origin, tested, details.seeds)
    known: dict[str, LutNetwork] = {}
    solution = solve(netlist, format_, details.measuring, on_step, known)
    placed = None
    if details.synth is not None:
        placed = read_placed(details.synth, _digests(netlist, solution))
    point = Point(
        header=Header(
            title=details.title or source.name,
            command=origin.command,
            netlist_digest=digest_of(netlist),
            effort=details.measuring.effort,  # type: ignore[arg-type]  # checked by the mapper
            logicjsc_version=__version__,
        ),
        test=tested,
        bundled=bundled,
        seeds=seeds,
        words=words,
        figures=solution.figures,
        placed=placed,
    )
    _climb(source, netlist, solution, details.measuring, on_step, test)
    with atomic_directory(folder, POINT) as temporary:
        save_netlist(netlist, temporary / NETLIST)
        write_text(temporary / CONFIG, text)
        write_solution(solution, known, point, temporary)
        check_written(temporary, on_step)
    return point


def write_solution(
    solution: Solution, known: Mapping[str, LutNetwork], point: Point, folder: Path
) -> None:
    """Write a point's LUTs and figures beside its netlist and config."""
    save_luts(known, folder / LUTS)
    if solution.core.way == ACROSS:
        save_netlist(solution.core.mapped.netlist, folder / ACROSS_NETLIST)
    if solution.encoded is not None and solution.encoded.way == ACROSS:
        save_netlist(solution.encoded.mapped.netlist, folder / ENCODED_NETLIST)
    write_point(point, folder / POINT)


def check_written(folder: Path, on_step: OnStep, *, quick: int | None = None) -> None:
    """Verify a point that was just written; ``quick`` is as in `check_point`.

    Raises:
        ToolFailedError: something does not hold.
    """
    on_step("checking what was written")
    for check in check_point(folder, quick=quick):
        if not check.ok:
            raise ToolFailedError(
                f"{check.name} does not hold ({check.found}); nothing was written"
            )


def name_of(samples: Samples) -> str:
    """What samples are called in tables, which say nothing about where they lie on a machine."""
    path = Path(samples.source)
    return path.name if path.exists() else samples.source


def _portable(netlist: Netlist, provenance: Provenance | None) -> Netlist:
    """The netlist with a provenance that is true on every machine."""
    if provenance is None:
        return netlist
    own = {KEY: provenance.without_paths().to_text()}
    return replace(netlist, provenance={**netlist.provenance, **own})


def _words(source: Source, netlist: Netlist, details: Details) -> Words | None:
    """Formats of the words; of a network without its own, fitted to its training samples."""
    if netlist.encoder is None:
        return None
    own = netlist.encoder.words
    if own is not None:
        return Words.of("own", own)
    train = training_samples(source, details.data)
    return Words.of("fitted", FixedPoint.fit(train, details.encoder_bits))


def training_samples(source: Source, data: Path | None) -> Samples:
    """Training samples of a source; from ``data`` if they lie there now, or if nothing is known.

    Raises:
        DataError: they cannot be had.
    """
    known = provenance_of(source)
    if known is None or data is None:
        return dataset_of(source, data).train
    moved = known.moved(data)
    return dataset_of(source).train if moved is None else moved.train


def _digests(netlist: Netlist, solution: Solution) -> set[str]:
    """Digests of all netlists that stand for the point."""
    found = [solution.core, *([solution.encoded] if solution.encoded else [])]
    return {digest_of(netlist), *(digest_of(entry.mapped.netlist) for entry in found)}


def _climb(  # noqa: PLR0917 - called once
    source: Source,
    netlist: Netlist,
    solution: Solution,
    measuring: Measuring,
    on_step: OnStep,
    test: Samples,
) -> None:
    """Compare a run from its checkpoint to Verilog, and the circuit of both ends with the netlist.

    Raises:
        ToolFailedError: something differs.
    """
    with temporary_folder("zoo") as name:
        rungs = [whole_rung(solution.encoded or solution.core, Path(name, "whole"), test.features)]
        if source.kind == "run":
            mapped = map_netlist(netlist, effort=measuring.effort, jobs=measuring.jobs)
            luts = [layer.network for layer in mapped.layers]
            # The netlist as it is, dead nodes included, is what a run's circuit belongs to.
            write_circuit(netlist, Path(name, "run"), CircuitOptions(), luts)
            circuit = Path(name, "run")
            rungs += climb(source, circuit, None, _reporter(on_step), samples=test).rungs
    for rung in rungs:
        # Torch may differ from ONNX on a rounding border; of few samples, a single one is no rate.
        if not rung.ok and not (rung.tolerance and rung.mismatches == 1):
            raise ToolFailedError(
                f"{rung.name} does not hold ({rung.mismatches:,} of {rung.vectors:,} differ); "
                "nothing was written"
            )


def whole_rung(found: Found, folder: Path, features: Array) -> Rung:
    """Decisions of the simulated circuit with its end, on samples, random and corner codes.

    Values need no decision: their codes are compared.
    """
    from logicjsc.check.rung import Clock
    from logicjsc.check.simulator import build_simulator
    from logicjsc.netlist.vectors import verification_vectors

    netlist, clock = found.mapped.netlist, Clock()
    if netlist.decoder is None:
        raise NetlistError(f"netlist {netlist.name!r} has no decoder, so it decides nothing")
    decides = netlist.decoder.kind != "value"
    simulator = build_simulator(found.write(folder, argmax=decides))
    vectors = verification_vectors(netlist, features)
    codes = np.concatenate(list(vectors.values()))
    outputs = evaluate(netlist, codes)
    if decides:
        outputs = netlist.decoder.classify(outputs).reshape(len(codes), -1)
    return clock.rung("netlist = Verilog with its decision", outputs, simulator.run(codes))


def _reporter(on_step: OnStep) -> Callable[[Any], None]:
    return lambda rung: on_step(rung.name)
