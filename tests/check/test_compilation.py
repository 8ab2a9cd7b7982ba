"""Compiled simulators: never those that somebody else put into the cache."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pytest
from reference.random_netlists import random_netlist

from logicjsc.check import compilation
from logicjsc.check.simulator import build_simulator
from logicjsc.core.errors import OutputError
from logicjsc.core.programs import Tool, find_cxx
from logicjsc.emit.verilog import write_circuit
from logicjsc.netlist import evaluate


@pytest.fixture
def circuit(tmp_path):
    netlist = random_netlist(3, inputs=3, stages=1, nodes=2, outputs=2)
    return write_circuit(netlist, tmp_path / "circuit")


def agree(circuit, simulator):
    codes = np.zeros((8, circuit.netlist.inputs), np.uint8)
    return (simulator.run(codes) == evaluate(circuit.netlist, codes)).all()


@pytest.mark.parametrize(("little", "pays"), [(0, 0), (10**9, 1000)])
def test_as_one_unit_or_two_with_the_header_in_either_form(
    tmp_path, cache, monkeypatch, little, pays
):
    monkeypatch.setattr(compilation, "_LITTLE", little)
    monkeypatch.setattr(compilation, "_HEADER_PAYS", pays)
    commands = []
    run = Tool.run

    def watched(tool, arguments, **options):
        commands.append([str(argument) for argument in arguments])
        return run(tool, arguments, **options)

    monkeypatch.setattr(Tool, "run", watched)
    seed = 50 + 2 * (little > 0) + (pays > 0)
    netlist = random_netlist(seed, inputs=3, stages=1, nodes=2, outputs=2)
    circuit = write_circuit(netlist, tmp_path / "circuit")
    assert agree(circuit, build_simulator(circuit, cache))
    assert any("slow.cpp" in command for command in commands) == (little == 0)
    assert any("-include" in command for command in commands) == (pays == 0)


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to another user")
def test_planted_programs_are_not_run(circuit, cache, tmp_path, capsys):
    build_simulator(circuit, cache)
    cache = shutil.copytree(cache, tmp_path / "cache")  # without compiling all of it again
    program = build_simulator(circuit, cache).program
    assert capsys.readouterr().err == ""
    marker = tmp_path / "marker"
    script = f"#!/bin/sh\ntouch {marker}\n"
    program.write_text(script)
    os.chown(program, 4242, 4242)
    cache.chmod(0o1777)
    assert agree(circuit, build_simulator(circuit, cache))
    assert "is built anew, because" in capsys.readouterr().err
    # The runtime's object file becomes part of every program that is compiled later.
    (tmp_path / "theirs.cpp").write_text(
        "#include <cstdio>\n__attribute__((constructor)) static void mark()"
        f'{{ std::fclose(std::fopen("{marker}", "w")); }}\n'
    )
    ours, theirs = tmp_path / "ours.o", tmp_path / "theirs.o"
    find_cxx().run(["-c", tmp_path / "theirs.cpp", "-o", theirs], timeout=60)
    for runtime in (cache / "runtime").glob("*.o"):  # one of each Verilator
        ours.write_bytes(runtime.read_bytes())
        find_cxx().run(["-r", "-nostdlib", ours, theirs, "-o", runtime], timeout=60)
    program.unlink()
    (cache / "simulators").chmod(0o777)  # as a umask of 0 leaves it
    assert agree(circuit, build_simulator(circuit, cache))
    assert "is not used, because others may write to" in capsys.readouterr().err
    assert not marker.exists()


def test_where_nothing_may_be_executed(circuit, cache, monkeypatch):
    real = os.access

    def noexec(path, mode):
        return "simulators" not in str(path) and real(path, mode)

    monkeypatch.setattr("os.access", noexec)
    with pytest.raises(OutputError, match=r"noexec.*; set LOGICJSC_CACHE to a directory"):
        build_simulator(circuit, cache)
