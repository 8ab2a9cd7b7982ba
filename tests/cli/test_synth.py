from __future__ import annotations

import json
from pathlib import Path

import pytest
from reference.naive_luts import naive_luts
from reference.random_netlists import random_netlist
from reference.tiny_ends import tiny_netlist
from reference.vivado_reports import timing, utilization

from logicjsc.emit.verilog import CircuitOptions, write_circuit
from logicjsc.netlist import save_netlist


@pytest.fixture
def circuit(tmp_path, monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    return write_circuit(random_netlist(4, name="some", stages=1), tmp_path / "circuit").directory


@pytest.fixture
def yosys(tmp_path, monkeypatch):
    """Makes a Yosys that does what a script says."""

    def make(script, version="Yosys 0.70"):
        path = tmp_path / "yosys"
        path.write_text(f'#!/bin/sh\n[ "$1" = -V ] && echo "{version}" && exit\n{script}\n')
        path.chmod(0o755)
        monkeypatch.setenv("LOGICJSC_YOSYS", str(path))

    return make


@pytest.fixture
def synth(cli, circuit):
    """What a command that must fail for a tool's sake says."""
    return lambda *options: cli.refused("synth", circuit, *options, code=3)


def test_a_circuit_with_the_default_back_ends_and_a_picture(cli, circuit, tmp_path):
    picture = tmp_path / "layers.png"
    report = cli.json("synth", circuit, "--effort", "low", "--plot", picture)
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert (report["name"], report["style"]) == ("some", "table")
    mapper, yosys = report["back_ends"]
    for end in (mapper, yosys):
        network, whole = end["parts"]
        assert whole == network | {"part": "whole"}
        assert network["lut"] > 0
        assert network["depth"] > 0
        assert network["latency_cycles"] == report["latency_cycles"]
        assert network["fmax_mhz"] is None
    # Both measured the same layers, each on its own.
    assert [row["part"] for row in mapper["layers"]] == [row["part"] for row in yosys["layers"]]
    assert sum(row["lut"] for row in mapper["layers"]) == mapper["parts"][0]["lut"]
    # Registers of a constant are none, and Yosys merges equal ones.
    assert 0 < yosys["parts"][0]["ff"] <= mapper["parts"][0]["ff"]
    assert Path(yosys["logs"]).is_dir()


def test_segments_are_drawn_under_their_own_names(cli, tmp_path, monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    netlist = random_netlist(4, stages=1)
    write_circuit(netlist, tmp_path / "c", CircuitOptions(lut_depth=99), naive_luts(netlist))
    picture = tmp_path / "parts.png"
    report = cli.json("synth", tmp_path / "c", "--with", "yosys-xcup", "--plot", picture)
    (yosys,) = report["back_ends"]
    assert [row["part"] for row in yosys["layers"]] == ["segment1"]
    assert picture.is_file()


def test_a_netlist_is_mapped_first_and_nothing_is_left_behind(cli, tmp_path, monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    monkeypatch.chdir(tmp_path)
    save_netlist(tiny_netlist(), tmp_path / "tiny.npz")
    report = cli.json("synth", "tiny.npz", "--with", "mapper", "--effort", "low")
    assert report["style"] == "mapped"
    assert {path.name for path in tmp_path.iterdir()} == {"tiny.npz"}


def test_the_table_names_what_is_counted(cli, circuit):
    result = cli("synth", circuit, "--with", "mapper", "--effort", "low")
    assert "some (table), mapper: logicjsc, 6-input LUTs" in result.stdout
    assert "longest path between registers" in result.stdout


def test_vivado_scripts_are_written_and_their_reports_read(cli, circuit, tmp_path):
    out = tmp_path / "vivado"
    assert f"wrote {out}" in cli("synth", circuit, "--with", "vivado", "--out", out).stdout
    assert "there are no reports" in cli.refused("synth", "--read", out, code=3)
    (out / "reports").mkdir()
    start = out / "reports" / "network_1.000ns_routing"
    start.with_name(f"{start.name}_utilization.rpt").write_text(utilization(12, 34))
    start.with_name(f"{start.name}_timing.rpt").write_text(timing("0.200", 1.0))
    report = cli.json("synth", "--read", out)
    (end,) = report["back_ends"]
    (row,) = end["parts"]
    assert (row["lut"], row["ff"], row["fmax_mhz"]) == (12, 34, 1250.0)


@pytest.mark.parametrize(
    ("script", "options", "message"),
    [
        ("sleep 60", ["--timeout", "0.5"], "network: Yosys did not finish within 0.5 s"),
        ("echo 'ERROR: bad'; exit 1", [], "network: Yosys failed with exit code 1: ERROR: bad"),
        ("kill -SEGV $$", [], "network: Yosys was killed by SIGSEGV"),
        ("kill -KILL $$", ["--memory", "2"], "ran out of memory (it may use 2.0 GiB)"),
        ("echo nonsense", [], "network: Yosys wrote no usable statistics"),
    ],
)
def test_a_yosys_that_fails_is_one_sentence_with_its_log(synth, yosys, script, options, message):
    yosys(script)
    said = synth("--with", "yosys-xcup", *options)
    assert message in said
    log = Path(said.rpartition("see ")[2].rstrip(")"))
    assert log.is_file()


def test_what_others_measured_is_shown_before_the_failure(cli, circuit, yosys):
    yosys("exit 1")
    arguments = ("synth", circuit, "--with", "mapper,yosys-xcup", "--effort", "low")
    result = cli(*arguments, "--json", code=3)
    mapper, failed = json.loads(result.stdout)["back_ends"]
    assert mapper["parts"][0]["lut"] > 0
    assert failed["parts"][0]["lut"] is None
    assert failed["parts"][0]["problem"] in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_missing_tool_stops_before_any_work(cli, circuit, monkeypatch, tmp_path, yosys):
    yosys("", version="Yosys 0.9")
    said = cli.refused("synth", circuit, "--with", "mapper,yosys-xc7", code=3)
    assert "version 0.9, 0.33 or newer is needed; pip install 'logicjsc[synth]'" in said
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--with", "vivado"], "scripts for Vivado need a folder"),
        (["--with", "mapper", "--out", "x"], "scripts for Vivado need a folder"),
        (["--with", "ecp5", "--plot", "x.png"], "only mapper, yosys-xcup and yosys-xc7 measure"),
    ],
)
def test_combinations_that_make_no_sense(cli, circuit, arguments, message):
    assert message in cli.refused("synth", circuit, *arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give a SOURCE, or --read FOLDER alone"),
        (["x", "--read", "y"], "give a SOURCE, or --read FOLDER alone"),
        (["x", "--with", "quartus"], "'quartus' is no back end; use mapper, yosys-xcup"),
    ],
)
def test_usage(cli, arguments, message):
    assert message in cli("synth", *arguments, code=2).stderr
