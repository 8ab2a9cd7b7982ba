"""The whole road in one call, with the figures of every stage."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logicjsc.artefacts.netlists import netlist_of
from logicjsc.artefacts.sources import identify
from logicjsc.check.verify import climb
from logicjsc.core.places import DEFAULT_CIRCUITS
from logicjsc.core.progress import OnProgress, silent
from logicjsc.emit.verilog import Circuit
from logicjsc.emit.verilog.export import export_verilog
from logicjsc.methods.loading import LoadedConfig
from logicjsc.methods.result import Result
from logicjsc.methods.train import train

if TYPE_CHECKING:
    from logicjsc.check.verdict import Verdict


@dataclass(frozen=True)
class DemoReport:
    """Figures of every stage.

    Attributes:
        result: what training reached.
        circuit: the circuit written.
        verdict: the verification ladder's.
        seconds: wall time by stage.
    """

    result: Result
    circuit: Circuit
    verdict: Verdict
    seconds: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            **self.result.to_dict(),
            "table_rows": self.circuit.netlist.table_rows,
            "verilog_bytes": sum(file.stat().st_size for file in self.circuit.verilog_files),
            "latency_cycles": self.circuit.latency_cycles,
            "samples_simulated": self.verdict.samples,
            "vectors": self.verdict.vectors,
            "mismatches": self.verdict.mismatches,
            "ok": self.verdict.ok,
            "seconds": self.seconds,
        }


def run_demo(loaded: LoadedConfig, path: Path, on_progress: OnProgress = silent) -> DemoReport:
    """Train, tabulate, write the circuit and verify it; an earlier demo is replaced."""
    seconds: dict[str, float] = {}

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        on_progress(0, 0, name)
        started = time.perf_counter()
        yield
        seconds[name] = time.perf_counter() - started

    with stage("train"):
        result = train(loaded, path, overwrite=True, on_progress=on_progress)
    source = identify(path)
    with stage("export ONNX, tabulate"):
        netlist = netlist_of(source, None, on_progress)
    with stage("write Verilog"):
        circuit = export_verilog(netlist, DEFAULT_CIRCUITS / source.name)
    with stage("verify"):
        verdict = climb(source, circuit.directory, None, lambda rung: on_progress(0, 0, rung.name))
    return DemoReport(result, circuit, verdict, seconds)
