"""The Verilog testbench passes on what was written, and fails on a circuit that was changed."""

import numpy as np
import pytest
from reference.additive_netlists import additive_netlist
from reference.circuit_edits import edited
from reference.tiny_ends import tiny_netlist

from logicjsc.api.netlists import Netlist
from logicjsc.check.benches.bench import known_benches, run_bench
from logicjsc.core.errors import CircuitError
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.targets.record import beside
from logicjsc.emit.verilog import write_circuit

ICARUS, VERILATOR = (
    next(bench for bench in known_benches() if bench.name.startswith(name))
    for name in ("Icarus, Verilog", "Verilator, Verilog")
)

STYLES = {
    "codes": CircuitOptions(),
    "wires": CircuitOptions(pipeline=0, register_outputs=False),
    "words": CircuitOptions(encoder=True, argmax=True, register_inputs=True),
    "stream": CircuitOptions(encoder=True, axi_stream=True),
    "enabled": CircuitOptions(clock_enable=True, beats=7, batch=3, reset="asynchronous"),
    "regrouped": CircuitOptions(encoder=True, argmax=True, axi_stream=True, beats=2, batch=3),
}


def written(folder, options, wanted=("testbench",)):
    writer = beside({name: {} for name in wanted})
    return write_circuit(tiny_netlist(), folder, options, beside=writer)


@pytest.mark.parametrize("style", STYLES)
def test_icarus_finds_no_difference_in_what_was_written(tmp_path, style):
    circuit = written(tmp_path / "c", STYLES[style])
    outcome = run_bench(ICARUS, circuit)
    assert outcome.mismatches == 0
    assert outcome.vectors >= 1000


def test_verilator_finds_the_same_differences_with_the_same_testbench(tmp_path):
    circuit = written(tmp_path / "c", STYLES["stream"])
    changed = edited(circuit, "tiny_t.v", "T0_1 = 32'hcccccccc", "T0_1 = 32'hcccccc4c")
    outcome = run_bench(VERILATOR, changed)
    assert outcome == run_bench(ICARUS, changed)
    assert 0 < outcome.mismatches < outcome.vectors


@pytest.mark.parametrize(
    ("style", "file", "pattern", "replacement"),
    [
        ("codes", "tiny_t.v", "T0_1 = 32'hcccccccc", "T0_1 = 32'hcccccc4c"),
        ("codes", "pipeline_register.v", "out_data <= in_data", "out_data <= ~in_data"),
        ("codes", "tiny.v", "assign out_valid = rank1_valid", "assign out_valid = in_valid"),
        ("stream", "axi_stream_buffer.v", "write_next != read_next", "free != PLACES"),
        ("enabled", "pipeline_register_ce.v", r"if \(ce\) out_data", "out_data"),
        ("enabled", "beat_collector.v", r"\{in_data, stored\}", "{stored, in_data}"),
        ("enabled", "result_batch.v", "taken & place", "place"),
        ("regrouped", "beat_collector.v", r"in_valid & last", "in_valid"),
        ("regrouped", "result_batch.v", r"~complete \| out_ready", "1'b1"),
    ],
)
def test_a_changed_circuit_fails(tmp_path, style, file, pattern, replacement):
    circuit = written(tmp_path / "c", STYLES[style])
    changed = edited(circuit, file, pattern, replacement)
    assert run_bench(ICARUS, changed).mismatches > 0


def test_a_circuit_without_testbench_is_refused_with_the_option_to_add(tmp_path):
    circuit = written(tmp_path / "c", STYLES["codes"], ())
    with pytest.raises(CircuitError, match="--for testbench"):
        run_bench(ICARUS, circuit)


def test_adders_left_to_tools_read_the_tables_that_a_chain_would_hold(tmp_path):
    net = Netlist(additive_netlist(np.random.default_rng(0)))
    luts = net.map("low", adders="carry")
    circuit = luts.emit(tmp_path / "c", targets={"testbench": {"vectors": 100}})
    assert run_bench(ICARUS, circuit.folder).mismatches == 0
