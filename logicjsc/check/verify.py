"""The verification ladder of a run or a circuit."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from logicjsc.artefacts.measure import check_features, jets_for
from logicjsc.artefacts.sources import DEFAULT_CIRCUITS, Source
from logicjsc.core.errors import CircuitError, ConfigError, LibraryError, RunError
from logicjsc.dataset import Samples
from logicjsc.emit.c.library import load_library
from logicjsc.emit.verilog import Circuit, load_circuit
from logicjsc.methods.gradient.rundir import RunDirectory
from logicjsc.netlist import Netlist, digest_of, load_netlist

if TYPE_CHECKING:
    from logicjsc.check.rung import Rung
    from logicjsc.check.verdict import Verdict
    from logicjsc.emit.c.fast_network import FastNetwork


def climb(
    source: Source,
    circuit_path: Path | None,
    data: Path | None,
    on_rung: Callable[[Rung], None],
    library_path: Path | None = None,
) -> Verdict:
    """Climb the verification ladder of a run or a circuit and write ``verify.json``.

    A run is compared from its checkpoint to its circuit, a circuit from its netlist to its Verilog.
    If the circuit was given words that the network was not trained on, everything is compared on
    jets that are rounded to them. C code is compared with its netlist, either alone or, from
    ``library_path``, on top of the ladder.

    Raises:
        CircuitError: there is no circuit, or it belongs to another netlist than the run's.
        LibraryError: the C code is incomplete or belongs to another netlist.
    """
    if source.kind == "library":
        return _climb_library(source, data, on_rung)
    from logicjsc.check.ladder import Rungs
    from logicjsc.check.parts import NETWORK, roles_of
    from logicjsc.check.simulator import build_simulator

    if source.kind not in {"run", "circuit"}:
        raise ConfigError(
            f"verify takes a run or a circuit directory, or a C library; {source.path} is none"
        )
    jets = jets_for(source, data)
    if source.kind == "circuit":
        directory, model, output_codes = source.path, None, None
        circuit = load_circuit(directory)
    else:
        directory = circuit_path or DEFAULT_CIRCUITS / source.name
        circuit = _circuit_of_run(directory, source)
        model, output_codes = _model_of(RunDirectory.open(source.path))
    check_features(circuit.netlist, jets)
    words = circuit.manifest.options.words
    features = jets.features if words is None else words.values(jets.features)
    started = time.perf_counter()
    library = None if library_path is None else _library_of(circuit, library_path)
    simulators = {role: build_simulator(circuit, role=role) for role in roles_of(circuit)}
    build_seconds = time.perf_counter() - started
    network = simulators.pop(NETWORK)
    rungs = []
    parts = (network, model, output_codes, simulators, library)
    for rung in Rungs(circuit.netlist, features, *parts).climb():
        on_rung(rung)
        rungs.append(rung)
    simulator = f"Verilator {network.verilator}"
    return _conclude(
        source, circuit.netlist, jets, rungs, simulator=simulator, build_seconds=build_seconds
    )


def _climb_library(source: Source, data: Path | None, on_rung: Callable[[Rung], None]) -> Verdict:
    """Compare C code with its netlist."""
    from logicjsc.check.c_library import library_rungs
    from logicjsc.check.ladder import verification_vectors
    from logicjsc.core.programs import find_cxx
    from logicjsc.emit.c.fast_network import FastNetwork

    library = load_library(source.path)
    jets = jets_for(source, data)
    check_features(library.netlist, jets)
    cxx = find_cxx()
    started = time.perf_counter()
    network = FastNetwork.compiled(library, cxx=cxx)
    build_seconds = time.perf_counter() - started
    rungs = []
    vectors = verification_vectors(library.netlist, jets.features)
    for rung in library_rungs(library.netlist, network, vectors):
        on_rung(rung)
        rungs.append(rung)
    compiler = f"{cxx.name} {cxx.version}"
    return _conclude(
        source, library.netlist, jets, rungs, simulator=compiler, build_seconds=build_seconds
    )


def _conclude(
    source: Source,
    netlist: Netlist,
    jets: Samples,
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
        # Without an encoder there is no way from jets to codes; random codes have to do.
        jets=len(jets) if netlist.encoder is not None else 0,
        jet_source=jets.source,
        build_seconds=build_seconds,
        rungs=tuple(rungs),
    )
    verdict.write(source.path / "verify.json")
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


def _model_of(run: RunDirectory) -> tuple[Any, Callable[[Any], Any]]:
    """The run's ONNX model, and its network's output integers as a function of raw features."""
    import torch

    from logicjsc.frontend.onnx.graph import load_onnx
    from logicjsc.methods.gradient import checkpoint
    from logicjsc.methods.gradient.network.network import SparseNetwork

    network, _, _ = checkpoint.load_model(run)
    if not isinstance(network, SparseNetwork):
        raise RunError(f"{run.path} holds a dense float network, which has no circuit to verify")

    def output_codes(features: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.asarray(network.output_codes(torch.from_numpy(features)).numpy())

    return load_onnx(run.onnx), output_codes


def _circuit_of_run(directory: Path, source: Source) -> Circuit:
    if not (directory / "manifest.json").is_file():
        raise CircuitError(
            f"there is no circuit in {directory}; write it with logicjsc export-verilog "
            f"{source.path}, or name it with --circuit"
        )
    circuit = load_circuit(directory)
    run = RunDirectory.open(source.path)
    if not run.netlist.is_file():
        raise CircuitError(
            f"{source.path} has no netlist that could tell whose circuit is in {directory}; write "
            f"both with logicjsc export-verilog {source.path}"
        )
    if digest_of(load_netlist(run.netlist)) != digest_of(circuit.netlist):
        raise CircuitError(
            f"the circuit in {directory} belongs to another netlist than {source.path}; write it "
            f"again with logicjsc export-verilog {source.path}"
        )
    return circuit
