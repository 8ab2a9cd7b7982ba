"""Committed comparisons with nextpnr: what the delay file and the page say of them."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from logicjsc.map.timing.delays import load_delays

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
RESULTS = json.loads((BENCHMARKS / "results" / "timing_place_and_route.json").read_text())
PAGE = (BENCHMARKS.parent / "docs" / "timing.md").read_text()


@pytest.fixture(scope="module")
def script():
    """The benchmark, loaded without leaving a trace."""
    before, path = set(sys.modules), list(sys.path)
    spec = importlib.util.spec_from_file_location(
        "timing_place_and_route", BENCHMARKS / "timing_place_and_route.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.path[:] = path
    for name in set(sys.modules) - before:
        if name.startswith("timing_"):
            del sys.modules[name]


def test_the_page_shows_the_rank_correlations(script):
    for line in script.table(RESULTS):
        assert line in PAGE
    for back_end in script.PARTS:
        assert RESULTS[back_end]["all"]["circuits"] == len(RESULTS[back_end]["rows"]) >= 20


def test_nets_of_ecp5_are_averages_of_the_measured_ones(script):
    delays = load_delays("ecp5")
    found = script.net_averages(script.read_rows("ecp5"), delays.net.most_readers)
    assert delays.net.readers_ps == found["readers_ps"]
    assert delays.net.into_register_ps == found["into_register_ps"]
    kept = RESULTS["ecp5_nets"]
    assert delays.net.base == delays.net.last_base == kept["base"]
    assert delays.net.per_doubling == delays.net.last_per_doubling == kept["per_doubling"]


def test_cells_of_ecp5_are_the_measured_ones(script):
    delays = load_delays("ecp5")
    seen = {}
    for row in script.read_rows("ecp5"):
        for kind, _, ps in row["path"]:
            seen.setdefault(kind, set()).add(ps)
    assert seen["clk-to-q"] == {delays.register.clock_to_q_ps}
    assert seen["setup"] == {delays.register.setup_ps}
    lut, (inner, outer) = delays.lut.pins_ps[0], delays.wide.data_ps
    # nextpnr has a LUT and the first multiplexer behind it as one step as well.
    assert seen["A"] | seen["B"] | seen["C"] | seen["D"] == {lut, lut + inner}
    assert seen["wide F1"] == {inner}
    assert seen["wide FXA"] | seen["wide FXB"] == {outer - 1, outer}
    assert seen["wide M"] == set(delays.wide.select_ps)


def test_the_delay_file_tells_the_error():
    calibration, found = load_delays("ecp5").calibration, RESULTS["ecp5"]["all"]
    assert calibration.points == calibration.levels_published == found["circuits"]
    assert calibration.median_percent == found["median_percent"]
    assert calibration.worst_percent == found["worst_percent"]
    errors = sorted(abs(row["error_percent"]) for row in RESULTS["ecp5"]["rows"])
    assert errors[-1] == found["worst_percent"]
    assert errors[len(errors) // 2] == found["median_percent"]


def test_the_critical_path_is_read_from_reports(script):
    """A step per cell and net; parts of one LUT are one reader, nets within a LUT are none."""
    reports = sys.modules["timing_routed"]

    def step(kind, delay, start, end, net=""):
        ports = {"from": {"port": start}, "to": {"port": end}}
        return {"type": kind, "delay": delay, "net": net, **ports}

    path = [
        step("clk-to-q", 0.4, "Q", "Q"),
        step("routing", 0.5, "Q", "A", "n[1]"),
        step("logic", 0.18, "A", "F"),
        step("routing", 0, "F", "F1"),
        step("logic", 0.126, "F1", "OFX"),
        step("setup", 0, "DI", "DI"),
    ]
    report = {
        "critical_paths": [
            {"from": "clk", "to": "clk", "path": path},
            {"from": "clk", "to": "<async>", "path": [step("routing", 9, "Q", "I", "n[0]")]},
        ]
    }

    def cell(kind, *bits):
        directions = {f"P{number}": "input" for number in range(len(bits))}
        connections = {f"P{number}": [bit] for number, bit in enumerate(bits)}
        return {"type": kind, "port_directions": directions, "connections": connections}

    cells = {
        "x_q0_lut": cell("LUT4", 3),
        "x_q1_lut": cell("LUT4", 3),
        "x_h0_mux": cell("PFUMX", 7),
        "register": cell("TRELLIS_FF", 3),
        "scope": cell("$scopeinfo", 3),
    }
    module = {"attributes": {"top": "1"}, "cells": cells, "netnames": {"n": {"bits": [2, 3]}}}
    found = reports.critical_path(report, {"modules": {"top": module}})
    assert found == [
        ["clk-to-q", 0, 400],
        ["net", 2, 500],
        ["A", 0, 180],
        ["wide F1", 0, 126],
        ["setup", 0, 0],
    ]
    assert reports.critical_path({}, {}) == []
