"""The whole road in one call, with the figures of every stage."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logicjsc.artefacts.circuit import export_onnx, export_verilog
from logicjsc.artefacts.sources import DEFAULT_CIRCUITS, identify
from logicjsc.check.verify import climb
from logicjsc.emit.verilog import Circuit, CircuitOptions
from logicjsc.methods.gradient.loading import LoadedConfig
from logicjsc.methods.gradient.method import train

if TYPE_CHECKING:
    from logicjsc.check.verdict import Verdict
    from logicjsc.methods.gradient.report import EpochReport, TrainingReport


@dataclass(frozen=True)
class DemoReport:
    """Figures of every stage.

    Attributes:
        training: what training reached.
        circuit: the circuit written.
        verdict: the verification ladder's.
        seconds: wall time by stage.
    """

    training: TrainingReport
    circuit: Circuit
    verdict: Verdict
    seconds: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            **self.training.to_dict(),
            "table_rows": self.circuit.netlist.table_rows,
            "verilog_bytes": sum(file.stat().st_size for file in self.circuit.verilog_files),
            "latency_cycles": self.circuit.latency_cycles,
            "jets_simulated": self.verdict.jets,
            "vectors": self.verdict.vectors,
            "mismatches": self.verdict.mismatches,
            "ok": self.verdict.ok,
            "seconds": self.seconds,
        }


def run_demo(
    loaded: LoadedConfig,
    path: Path,
    on_epoch: Callable[[EpochReport], None],
    on_stage: Callable[[str], None],
) -> DemoReport:
    """Train, export, write the circuit and verify it; an earlier demo is replaced."""
    seconds: dict[str, float] = {}

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        on_stage(name)
        started = time.perf_counter()
        yield
        seconds[name] = time.perf_counter() - started

    with stage("train"):
        training = train(loaded, path, on_epoch, overwrite=True)
    source = identify(path)
    with stage("export ONNX"):
        export_onnx(path)
    with stage("tabulate, write Verilog"):
        circuit = export_verilog(source, DEFAULT_CIRCUITS / source.name, CircuitOptions())
    with stage("verify"):
        verdict = climb(source, circuit.directory, None, lambda rung: on_stage(rung.name))
    return DemoReport(training, circuit, verdict, seconds)
