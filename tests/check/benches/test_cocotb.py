"""cocotb drives circuits, streams by cocotbext-axi, and sees a change."""

import importlib.metadata

import pytest
from reference.circuit_edits import edited
from reference.tiny_ends import tiny_netlist

from logicjsc.check.benches.bench import known_benches, run_bench
from logicjsc.core.errors import ToolNotFoundError
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.targets.record import beside
from logicjsc.emit.verilog import write_circuit

COCOTB = next(bench for bench in known_benches() if bench.name.startswith("cocotb (Icarus"))

STYLES = {
    "wires": CircuitOptions(pipeline=0, register_outputs=False),
    "words": CircuitOptions(encoder=True, argmax=True),
    "stream": CircuitOptions(encoder=True, axi_stream=True, beats=2, batch=3),
    "enabled": CircuitOptions(clock_enable=True, beats=7, batch=2, reset="asynchronous"),
}


def written(folder, options):
    writer = beside({"cocotb": {}, "testbench": {"vectors": 60}})
    return write_circuit(tiny_netlist(), folder, options, beside=writer)


@pytest.mark.parametrize("style", STYLES)
def test_every_vector_comes_out_as_the_netlist_says(tmp_path, style):
    outcome = run_bench(COCOTB, written(tmp_path / "c", STYLES[style]))
    assert outcome.vectors >= 60
    assert outcome.mismatches == 0


@pytest.mark.parametrize("style", ["stream", "enabled"])
def test_a_changed_table_is_seen_behind_beats(tmp_path, style):
    circuit = written(tmp_path / "c", STYLES[style])
    changed = edited(circuit, "tiny_t.v", "T0_1 = 32'hcccccccc", "T0_1 = 32'hcccccc00")
    assert run_bench(COCOTB, changed).mismatches > 0


def test_without_cocotb_the_extra_is_named(monkeypatch):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    with pytest.raises(ToolNotFoundError, match=r"cocotb is not installed; pip install"):
        COCOTB.find()
