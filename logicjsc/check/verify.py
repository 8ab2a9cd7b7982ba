"""The verification ladder of anything that has a circuit or C code."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logicjsc.artefacts.netlists import is_of_trees, netlist_of, samples_of
from logicjsc.artefacts.sources import Source
from logicjsc.core.errors import CircuitError, DataError, LibraryError, OtherSamplesError
from logicjsc.core.places import DEFAULT_CIRCUITS
from logicjsc.core.run import Run
from logicjsc.dataset import Samples
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.samples import Array
from logicjsc.emit.c.library import load_library
from logicjsc.emit.verilog import Circuit, load_circuit
from logicjsc.methods.method import Models, find_method
from logicjsc.netlist import Netlist, digest_of
from logicjsc.netlist.scoring import check_features

if TYPE_CHECKING:
    from logicjsc.check.rung import Rung
    from logicjsc.check.verdict import Verdict
    from logicjsc.emit.c.fast_network import FastNetwork


@dataclass(frozen=True)
class Compared:
    """What goes through every stage.

    Attributes:
        features: float32 ``[samples, features]``.
        title: what they are.
        samples: number of real samples; 0 if features were drawn.
        source: where they come from.
        remark: why there are no real ones, if so.
        for_torch: what torch is compared on instead: drawn features without those on thresholds,
            which torch and onnxruntime may round either way.
    """

    features: Array
    title: str
    samples: int
    source: str
    remark: str = ""
    for_torch: Array | None = None


def climb(
    source: Source,
    circuit_path: Path | None,
    data: Path | None,
    on_rung: Callable[[Rung], None],
    *,
    library_path: Path | None = None,
    samples: Samples | None = None,
    formal: bool | None = None,
    model: Path | None = None,
) -> Verdict:
    """Climb the verification ladder of a source; write ``verify.json`` into it or its circuit.

    A run is compared from its checkpoint to its circuit, a model from ONNX on, a netlist and a
    circuit from the netlist to Verilog.
    If the circuit was given words that the network was not trained on, everything is compared on
    features that are rounded to them. C code is compared with its netlist, either alone or, from
    ``library_path``, on top of the ladder. Where there are no samples, features are drawn around
    the thresholds of the encoder.

    Args:
        source: what to verify.
        circuit_path: the source's circuit, if it is none itself; by default in ``hw/build``.
        data: where to take samples from; by default from where the source came.
        on_rung: told of each rung that is done.
        library_path: C code to compare as well.
        samples: the samples themselves.
        formal: let Yosys read the circuit's text and ABC prove it; by default where that is quick.
        model: ONNX model that the netlist was made of, to be compared as well.

    Raises:
        CircuitError: there is no circuit, or it belongs to another netlist than the source's.
        LibraryError: the C code is incomplete or belongs to another netlist.
        DataError: ``data`` cannot be read, or has other features.
        OtherSamplesError: the samples that the source was made from have changed.
    """
    if source.kind == "library":
        return _climb_library(source, data, on_rung, samples)
    from logicjsc.check.ladder import Rungs
    from logicjsc.check.parts import NETWORK, roles_of
    from logicjsc.check.simulator import build_simulator
    from logicjsc.frontend.onnx.agreement import optimisation_note
    from logicjsc.frontend.onnx.graph import load_onnx

    models: Models | None = None
    onnx: Path | None = None
    if source.kind == "circuit":
        circuit = load_circuit(source.path)
    else:
        circuit = _circuit_of(circuit_path or DEFAULT_CIRCUITS / source.name, source)
    if source.kind == "run":
        run = Run.open(source.path)
        models = find_method(run.header().method).models(run)
        onnx = None if models is None else models.onnx
    elif source.kind == "onnx" and not is_of_trees(source):
        onnx = source.path  # of trees, the netlist is the start: its leaves are rounded by choice
    onnx = onnx if model is None else model
    words = circuit.manifest.options.words
    compared = _compared(source, circuit.netlist, data, samples, words)
    started = time.perf_counter()
    library = None if library_path is None else _library_of(circuit, library_path)
    simulators = {role: build_simulator(circuit, role=role) for role in roles_of(circuit)}
    build_seconds = time.perf_counter() - started
    network = simulators.pop(NETWORK)
    ladder = Rungs(
        circuit.netlist,
        compared.features,
        network,
        None if onnx is None else load_onnx(onnx),
        None if models is None else models.output_codes,
        simulators,
        library,
        compared.title,
        compared.for_torch,
    )
    rungs = []
    for rung in ladder.climb():
        on_rung(rung)
        rungs.append(rung)
    if ladder.graph is not None:
        note = optimisation_note(ladder.graph, circuit.netlist.encoder)
        compared = replace(compared, remark="; ".join(filter(None, (compared.remark, note))))
    for made in _beyond(circuit, formal):
        if isinstance(made, str):
            compared = replace(compared, remark="; ".join(filter(None, (compared.remark, made))))
        else:
            on_rung(made)
            rungs.append(made)
    simulator = f"Verilator {network.verilator}"
    place = source.path if source.kind == "run" else circuit.directory
    return _conclude(
        source,
        place,
        circuit.netlist,
        compared,
        rungs,
        simulator=simulator,
        build_seconds=build_seconds,
    )


def _beyond(circuit: Circuit, formal: bool | None) -> Iterator[Rung | str]:  # noqa: FBT001 - three
    """Rungs of the proof and of the targets beside a circuit, or why there is none."""
    from logicjsc.check.benches.rungs import target_rungs
    from logicjsc.check.formal.rung import proof_rung

    if formal is not False:
        proven, remark = proof_rung(circuit, forced=bool(formal))
        yield from proven
        yield remark
    yield from target_rungs(circuit, forced=bool(formal))


def _compared(
    source: Source,
    netlist: Netlist,
    data: Path | None,
    samples: Samples | None,
    words: FixedPoint | None = None,
) -> Compared:
    """Samples to compare on, or drawn features."""
    from logicjsc.netlist.vectors import random_features

    remark = ""
    if samples is None:
        try:
            samples = samples_of(source, "test", data)
        except DataError as error:
            if data is not None or isinstance(error, OtherSamplesError):
                raise
            remark = f"no samples were compared: {error}"
    if samples is None:
        encoder = netlist.encoder
        if encoder is None:
            drawn: Any = [[0.0]]
            return Compared(drawn, "no features", 0, "none", remark)
        formats = words or encoder.words
        features = random_features(encoder, formats)
        for_torch = random_features(encoder, formats, borders=False)
        return Compared(features, "random features", 0, "random features", remark, for_torch)
    check_features(netlist, samples)
    features = samples.features if words is None else words.values(samples.features)
    # Without an encoder there is no way from samples to codes; random codes have to do.
    count = len(samples) if netlist.encoder is not None else 0
    return Compared(features, "test samples", count, samples.source)


def _climb_library(
    source: Source,
    data: Path | None,
    on_rung: Callable[[Rung], None],
    samples: Samples | None,
) -> Verdict:
    """Compare C code with its netlist."""
    from logicjsc.check.c_library import library_rungs
    from logicjsc.core.programs import find_cxx
    from logicjsc.emit.c.fast_network import FastNetwork
    from logicjsc.netlist.vectors import verification_vectors

    library = load_library(source.path)
    compared = _compared(source, library.netlist, data, samples)
    cxx = find_cxx()
    started = time.perf_counter()
    network = FastNetwork.compiled(library, cxx=cxx)
    build_seconds = time.perf_counter() - started
    rungs = []
    vectors = verification_vectors(library.netlist, compared.features, compared.title)
    for rung in library_rungs(library.netlist, network, vectors):
        on_rung(rung)
        rungs.append(rung)
    compiler = f"{cxx.name} {cxx.version}"
    place = source.path
    return _conclude(
        source,
        place,
        library.netlist,
        compared,
        rungs,
        simulator=compiler,
        build_seconds=build_seconds,
    )


def _conclude(
    source: Source,
    place: Path,
    netlist: Netlist,
    compared: Compared,
    rungs: Sequence[Rung],
    *,
    simulator: str,
    build_seconds: float,
) -> Verdict:
    """Write ``verify.json``."""
    from logicjsc.check.verdict import Verdict

    verdict = Verdict(
        subject=str(source.path),
        netlist_digest=digest_of(netlist),
        simulator=simulator,
        samples=compared.samples,
        sample_source=compared.source,
        build_seconds=build_seconds,
        rungs=tuple(rungs),
        remark=compared.remark,
    )
    verdict.write(place / "verify.json")
    return verdict


def _library_of(circuit: Circuit, path: Path) -> FastNetwork:
    """The compiled C code of a circuit's netlist."""
    from logicjsc.emit.c.fast_network import FastNetwork

    library = load_library(path)
    if library.facts.netlist_digest != digest_of(circuit.netlist):
        raise LibraryError(
            f"the C library in {path} belongs to another netlist than the circuit in "
            f"{circuit.directory}; write it again with logicjsc export-c {circuit.directory} "
            f"--out {path}"
        )
    return FastNetwork.compiled(library)


def _circuit_of(directory: Path, source: Source) -> Circuit:
    """The circuit in a directory, which must be the source's."""
    netlist = netlist_of(source)
    if not (directory / "manifest.json").is_file():
        raise CircuitError(
            f"there is no circuit in {directory}; write it with logicjsc export-verilog "
            f"{source.path}, or name it with --circuit"
        )
    circuit = load_circuit(directory)
    if digest_of(netlist) != digest_of(circuit.netlist):
        raise CircuitError(
            f"the circuit in {directory} belongs to another netlist than {source.path}; write it "
            f"again with logicjsc export-verilog {source.path}"
        )
    return circuit
