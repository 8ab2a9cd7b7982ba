"""Committing a trained network: measured, verified, and written only if everything holds."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from logicjsc import __version__
from logicjsc.artefacts.circuit import build_netlist
from logicjsc.artefacts.measure import check_features
from logicjsc.artefacts.runs import AnyConfig, load_any_config, run_of
from logicjsc.artefacts.sources import Source
from logicjsc.check.verify import climb
from logicjsc.core.errors import ConfigError, NetlistError, RunError, ToolFailedError
from logicjsc.core.files import atomic_directory, refuse_foreign_directory, write_text
from logicjsc.dataset import Samples, load_dataset
from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.load import load_test
from logicjsc.emit.verilog import CircuitOptions, write_circuit
from logicjsc.explore.frontier.accuracy import score
from logicjsc.explore.frontier.checks import check_point
from logicjsc.explore.frontier.lut_file import save_luts
from logicjsc.explore.frontier.mapping import ACROSS, Found
from logicjsc.explore.frontier.measure import Measuring, OnStep, Solution, solve
from logicjsc.explore.frontier.origin import Origin
from logicjsc.explore.frontier.placed import read_placed
from logicjsc.explore.frontier.points import (
    ACROSS_NETLIST,
    CONFIG,
    LUTS,
    NETLIST,
    POINT,
    Header,
    Point,
    Tested,
    Words,
    write_point,
)
from logicjsc.explore.frontier.seeds import read_seeds, tested_on
from logicjsc.map.lut_network import LutNetwork
from logicjsc.map.mapper import map_netlist
from logicjsc.methods.gradient.rundir import RunDirectory
from logicjsc.netlist import Netlist, digest_of, evaluate, save_netlist

if TYPE_CHECKING:
    from logicjsc.check.rung import Rung

RE_CREATED: Final = "re-created jets"


@dataclass(frozen=True)
class Details:
    """What a point says about itself, and how it is measured.

    Attributes:
        title: one line; empty for the source's name.
        data: folder or file whose test part it is tested on; None for the run's own jets.
        jets_of: what those jets are.
        config: the config that trained it, if the source is no run.
        command: the one command that trains it again; empty for ``logicjsc train`` of the config.
        seeds: further runs of the same config with other seeds.
        encoder_bits: width of words for a network that was trained on float features.
        synth: report of ``logicjsc synth --json`` with a clock frequency.
        measuring: how areas are measured.
    """

    title: str = ""
    data: Path | None = None
    jets_of: str = RE_CREATED
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
        NetlistError: the netlist has no encoder or decoder.
        RunError: the run has no test, or another one than its netlist.
        ToolError: a tool is missing or failed, or a check did not hold; nothing was written.
    """
    refuse_foreign_directory(folder, POINT)
    origin = _origin(source, folder, details)
    on_step("reading netlist and jets")
    netlist = build_netlist(source)
    own = DataConfig(path=str(details.data)) if details.data is not None else origin.data
    test, bundled = load_test(own), load_test(DataConfig())
    words = _words(netlist, replace(origin.data, path=own.path), details.encoder_bits)
    tested = _tested(netlist, test, words, details.jets_of)
    if source.kind == "run":
        _same_as_training(RunDirectory.open(source.path), test, tested)
    seeds = read_seeds(source, origin, tested, details.seeds)
    known: dict[str, LutNetwork] = {}
    format_ = None if words is None else words.format
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
        bundled=_tested(netlist, bundled, words, "bundled sample of re-created jets"),
        seeds=seeds,
        words=words,
        figures=solution.figures,
        placed=placed,
    )
    _climb(source, netlist, solution, details.measuring, on_step)
    with atomic_directory(folder, POINT) as temporary:
        save_netlist(netlist, temporary / NETLIST)
        save_luts(known, temporary / LUTS)
        if solution.core.way == ACROSS:
            save_netlist(solution.core.mapped.netlist, temporary / ACROSS_NETLIST)
        write_text(temporary / CONFIG, origin.text())
        write_point(point, temporary / POINT)
        on_step("checking what was written")
        for check in check_point(temporary, quick=None):
            if not check.ok:
                raise ToolFailedError(
                    f"{check.name} does not hold ({check.found}); nothing written"
                )
    return point


def _origin(source: Source, folder: Path, details: Details) -> Origin:
    """The settings and the command that made a network."""
    config: AnyConfig
    run, verb = run_of(source), "train"
    if details.config is not None:
        config = load_any_config(details.config)
    elif source.kind == "run":
        config = RunDirectory.open(source.path).load_config()
    elif run is not None:
        verb, settings = run
        config = load_any_config(settings)
    else:
        raise ConfigError(
            f"{source.path} is a {source.kind}, which does not say how it was trained; add "
            "--config and --command"
        )
    command = details.command
    if not command:
        if details.config is not None:
            raise ConfigError(
                f"the command that makes {source.path} again is not known; add --command"
            )
        data = " --set data.path=JETS" if config.data.path else ""
        name = folder.name
        command = f"logicjsc {verb} zoo/{name}/{CONFIG}{data} --out runs/{name}"
    origin = Origin(config, command)
    origin.text()  # refuses what cannot be committed before anything is measured
    return origin


def _words(netlist: Netlist, data: DataConfig, bits: int) -> Words | None:
    """Formats of the words; of a network without its own, fitted to its training jets."""
    if netlist.encoder is None:
        return None
    own = netlist.encoder.words
    if own is not None:
        return Words("own", own.bits, own.exponents, own.lows)
    train = load_dataset(data).train
    check_features(netlist, train)
    fitted = FixedPoint.fit(train, bits)
    return Words("fitted", fitted.bits, fitted.exponents, fitted.lows)


def _tested(netlist: Netlist, jets: Samples, words: Words | None, jets_of: str) -> Tested:
    right = score(netlist, jets).right
    by_words = -1 if words is None else score(netlist, jets, words.format).right
    return Tested(jets_of, jets.fingerprint(), len(jets), right, by_words)


def _same_as_training(run: RunDirectory, test: Samples, tested: Tested) -> None:
    """Compare the netlist's decisions with those of the network that was tested after training.

    Raises:
        RunError: training is not complete, or they differ in more jets than rounding explains.
    """
    from logicjsc.check.ladder import ROUNDING_TOLERANCE

    result = run.load_result()
    if "accuracy" not in result:
        raise RunError(f"{run.path} was not tested, for its training is not complete")
    if tested_on(result) != test.fingerprint():
        return
    trained = round(result["accuracy"] * tested.jets)
    if abs(trained - tested.right) > max(1.0, ROUNDING_TOLERANCE * tested.jets):
        raise RunError(
            f"{run.path} tested {trained:,} of {tested.jets:,} jets right, its netlist "
            f"{tested.right:,}; they do not belong together"
        )


def _digests(netlist: Netlist, solution: Solution) -> set[str]:
    """Digests of all netlists that stand for the point."""
    found = [solution.core, *([solution.encoded] if solution.encoded else [])]
    return {digest_of(netlist), *(digest_of(entry.mapped.netlist) for entry in found)}


def _climb(
    source: Source, netlist: Netlist, solution: Solution, measuring: Measuring, on_step: OnStep
) -> None:
    """Compare a run from its checkpoint to Verilog, and the circuit of both ends with the netlist.

    Raises:
        ToolFailedError: something differs.
    """
    with tempfile.TemporaryDirectory(prefix="logicjsc-zoo-") as name:
        rungs = [_whole_rung(solution.encoded or solution.core, Path(name, "whole"))]
        if source.kind == "run":
            mapped = map_netlist(netlist, effort=measuring.effort, jobs=measuring.jobs)
            luts = [layer.network for layer in mapped.layers]
            # The netlist as it is, dead nodes included, is what a run's circuit belongs to.
            write_circuit(netlist, Path(name, "run"), CircuitOptions(), luts)
            rungs += climb(source, Path(name, "run"), None, _reporter(on_step)).rungs
    for rung in rungs:
        # Torch may differ from ONNX on a rounding border; of few jets, a single one is no rate.
        if not rung.ok and not (rung.tolerance and rung.mismatches == 1):
            raise ToolFailedError(
                f"{rung.name} does not hold ({rung.mismatches:,} of {rung.vectors:,} differ); "
                "nothing was written"
            )


def _whole_rung(found: Found, folder: Path) -> Rung:
    """Classes of the simulated circuit with argmax, on bundled jets, random and corner codes."""
    from logicjsc.check.ladder import verification_vectors
    from logicjsc.check.rung import Clock
    from logicjsc.check.simulator import build_simulator

    simulator = build_simulator(found.write(folder, argmax=True))
    netlist, clock = found.mapped.netlist, Clock()
    if netlist.decoder is None:
        raise NetlistError(f"netlist {netlist.name!r} has no decoder, so it has no classes")
    vectors = verification_vectors(netlist, load_test(DataConfig()).features)
    codes = np.concatenate(list(vectors.values()))
    classes = netlist.decoder.classify(evaluate(netlist, codes))[:, None]
    return clock.rung("netlist = Verilog with argmax", classes, simulator.run(codes))


def _reporter(on_step: OnStep) -> Callable[[Any], None]:
    return lambda rung: on_step(rung.name)
