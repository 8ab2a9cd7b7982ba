"""``logicjsc timing``."""

from __future__ import annotations

import numpy as np
import pytest
from reference.random_netlists import random_netlist
from reference.sums_of_tables import sums_of_tables

from logicjsc.core.files import shipped
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.emit.verilog import CircuitOptions, write_circuit
from logicjsc.netlist import Decoder, Netlist, save_netlist
from logicjsc.netlist.word_inputs import word_encoder


def compared_words():
    """Two words, of which the class is the greater one."""
    names = ("x", "y")
    encoder = word_encoder(names, FixedPoint((3, 3), (0, 0), (0, 0)))
    decoder = Decoder(("a", "b"), np.arange(8), signed=False)
    ends = (names, [3, 3], [False, False], (), [0, 1])
    return Netlist("words", *ends, encoder=encoder, decoder=decoder)


@pytest.fixture
def netlist(tmp_path, monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    path = tmp_path / "some.npz"
    save_netlist(random_netlist(4, name="some", stages=2), path)
    return path


def test_figures_and_paths_are_printed_with_their_error(cli, netlist):
    text = cli("timing", netlist, "--effort", "low").stdout
    assert "Slowest path, network, pipelined" in text
    assert "Slowest path, network, no registers inside" in text
    assert "not a vendor's figure" in text


def test_json_has_both_ways(cli, netlist):
    report = cli.json("timing", netlist, "--effort", "low")
    assert report["part"] == "ultrascale-plus-routed"
    assert report["pipelined"]["cycles"] == 2
    assert report["single"]["cycles"] == 1
    assert report["pipelined"]["fmax_mhz"] >= report["single"]["fmax_mhz"]
    none = cli.json("timing", netlist, "--effort", "low", "--pipeline", "0")
    assert none["pipelined"]["latency_ns"] == none["single"]["latency_ns"]


def test_the_whole_circuit_is_timed_with_its_ends(cli, tmp_path, monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    path = tmp_path / "words.npz"
    save_netlist(compared_words(), path)
    report = cli.json("timing", path, "--pipeline", "0")
    whole = report["whole"]
    assert (report["lut"], report["whole_note"]) == (0, "")
    assert whole["lut"] == 1
    assert whole["single"]["latency_ns"] > report["single"]["latency_ns"]
    assert "Slowest path, whole circuit, no registers inside" in cli("timing", path).stdout


def test_a_network_that_tells_nothing_of_its_ends_is_timed_alone(cli, netlist):
    report = cli.json("timing", netlist, "--effort", "low")
    assert report["whole"] is None
    assert "does not say" in report["whole_note"]
    assert "The whole circuit is not timed" in cli("timing", netlist, "--effort", "low").stdout


def test_a_circuit_is_timed_with_its_own_registers(cli, netlist, tmp_path):
    options = CircuitOptions(0, register_inputs=True)
    circuit = write_circuit(random_netlist(4, name="some", stages=2), tmp_path / "c", options)
    report = cli.json("timing", circuit.directory, "--effort", "low")
    assert report["pipelined"]["cycles"] == circuit.latency_cycles == 2
    said = cli("timing", circuit.directory, "--pipeline", "2", code=2).stderr
    assert "leave --pipeline, --adders and --latency away" in said


def test_a_front_and_a_clock_are_mapped_for(cli, tmp_path, monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    path = tmp_path / "sums.npz"
    save_netlist(sums_of_tables(terms=5, sums=2), path)
    carry = ("--adders", "carry", "--effort", "low")
    report = cli.json("map", path, *carry, "--front", "--clock", "1.1ns")
    front, timing = report["front"], report["timing"]
    assert front[-1]["latency_ns"] < front[0]["latency_ns"]
    assert timing["pipelined"]["slack_ps"] >= 0
    assert timing["lut"] == report["lut"] == front[0]["lut"]
    shown = cli("map", path, *carry, "--front", "--latency", "2.5ns").stdout
    assert "LUTs and latency" in shown
    assert "slack ps" in shown
    assert "is not reached" in cli.refused("map", path, *carry, "--latency", "0.2ns")
    assert "is not reached" in cli.refused("timing", path, *carry, "--latency", "0.2ns")
    said = cli("map", path, "--front", "--across-nodes", code=2).stderr
    assert "leave no choice by time" in said


def test_an_unknown_part_is_refused_with_those_that_are_known(cli, netlist):
    said = cli.refused("timing", netlist, "--part", "stratix")
    assert "there are no delays of 'stratix'" in said
    assert "artix-7, ecp5, ultrascale-plus" in said


def test_every_part_is_told_with_what_is_known_of_its_error(cli, netlist):
    reports = {
        part: cli.json("timing", netlist, "--effort", "low", "--part", part)
        for part in ("artix-7", "ecp5", "ultrascale-plus-routed")
    }
    assert [report["part"] for report in reports.values()] == list(reports)
    latencies = [report["pipelined"]["latency_ns"] for report in reports.values()]
    assert latencies[2] == min(latencies)  # by far the newest
    assert "no clock period of a circuit was compared" in reports["artix-7"]["note"]
    assert "nextpnr" in reports["ecp5"]["note"]
    wide = cli.json("timing", netlist, "--effort", "low", "--part", "artix-7", "--wide")
    assert wide["single"]["latency_ns"] <= 1.2 * reports["artix-7"]["single"]["latency_ns"]


def test_a_delay_file_without_a_cell_is_refused_by_name(cli, netlist, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\nabout = "nothing"\n')
    assert "lacks the cell [lut]" in cli.refused("timing", netlist, "--part", path)


def test_the_frontier_shows_estimates_on_request(cli, tmp_path, monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    point = shipped("zoo", "beans", "beans-lut-11")
    (row,) = cli.json("frontier", point, "--timing")["rows"]
    assert row["latency"]["single_ns"] <= row["latency"]["pipelined_ns"]
    whole = row["latency"]["whole"]
    assert whole["single_ns"] > row["latency"]["single_ns"]
    assert abs(whole["lut"] - row["figures"]["whole"]["lut"]) <= 4  # its decision is mapped by us
    text = cli("frontier", point, "--timing").stdout
    assert "estimated LUT ns" in text
    assert row["latency"]["note"] in text
    assert "estimated" not in cli("frontier", point).stdout
    cli("frontier", point, "--timing", "--out", tmp_path / "out")
    page = (tmp_path / "out" / "frontier.md").read_text()
    assert "(frontier-time.png)" in page
    assert (tmp_path / "out" / "frontier-time.png").read_bytes().startswith(b"\x89PNG")
    cli("frontier", point, "--out", tmp_path / "plain")
    assert not (tmp_path / "plain" / "frontier-time.png").exists()
