"""The delay file of routed circuits, its page and its results are what the benchmark computes."""

from __future__ import annotations

import importlib.util
import itertools
import json
import sys
import tomllib
from bisect import bisect_left
from dataclasses import replace
from pathlib import Path

import pytest

from logicjsc.map.timing.delays import load_delays

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
DELAYS = load_delays("ultrascale-plus-routed")


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location(
        "timing_routed_paths", BENCHMARKS / "timing_routed_paths.py"
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look themselves up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def report(script):
    return script.calibrate(DELAYS, script.routed_paths())


def test_results_page_and_file_are_the_fit(script, report):
    kept = json.loads((BENCHMARKS / "results" / "timing_routed_paths.json").read_text())
    assert kept["median_percent"] == pytest.approx(report["median_percent"], abs=0.2)
    assert kept["worst_percent"] == pytest.approx(report["worst_percent"], abs=0.2)
    assert DELAYS.net.per_doubling == pytest.approx(report["per_doubling"], rel=1e-2)
    assert DELAYS.net.last_base == pytest.approx(report["last_base"], rel=1e-2)
    assert (DELAYS.net.base, DELAYS.net.last_per_doubling) == (0, 0)
    assert DELAYS.calibration.median_percent == kept["median_percent"]
    assert DELAYS.calibration.worst_percent == kept["worst_percent"]
    assert DELAYS.calibration.points == len(kept["rows"]) == 14
    page = (BENCHMARKS.parent / "docs" / "timing.md").read_text()
    for line in (*script.table(kept), *script.table(kept["structures"])):
        assert line in page
    found = script.structures(DELAYS)
    assert found["median_percent"] == pytest.approx(kept["structures"]["median_percent"], abs=0.3)


def test_nets_are_averages_of_those_between_luts():
    facts = tomllib.loads((BENCHMARKS / "timing_routed_paths.toml").read_text())
    by_class = [[] for _ in DELAYS.net.readers_ps]
    for readers, ps in facts["between_luts"]["nets"]:
        by_class[bisect_left(DELAYS.net.most_readers, readers)].append(ps)
    means = [sum(found) / len(found) for found in by_class]
    assert DELAYS.net.readers_ps == pytest.approx(means, abs=0.6)


def test_a_path_by_hand(script):
    """Two LUTs behind nets of one and of three pins, a MUXF7, in a circuit of 16 LUTs."""
    path = script.RoutedPath("some", 16, 1.0, (1, 3), 1)
    expected = 79 + 10 + 62 + (0.25 * 4 * 147 + 110) + (0.25 * 4 * 150 + 110) + 100 * 0.5
    found = script.predict(script.with_nets(DELAYS, script.growing, (0.25, 0.5)), path)
    assert found == pytest.approx(expected)
    expected = 79 + 10 + 62 + (147 + 110) + (150 + 110) + 100 * (0.5 + 4 * 0.25)
    found = script.predict(script.with_nets(DELAYS, script.last_grows, (0.5, 0.25)), path)
    assert found == pytest.approx(expected)


def test_a_fit_finds_the_numbers_that_paths_were_made_with(script):
    truth = script.with_nets(DELAYS, script.growing, (0.1, 1.5))
    made = [
        replace(path, period_ps=script.predict(truth, path))
        for path in itertools.islice(script.routed_paths(), 8)
    ]
    net = script.fit(DELAYS, made).net
    assert (net.per_doubling, net.last_base) == pytest.approx((0.1, 1.5), rel=1e-3)
    assert script.left_out(DELAYS, made)["worst_percent"] == 0
    assert script.left_out(DELAYS, made, script.as_measured)["worst_percent"] > 1


def test_last_nets_grow_by_themselves():
    net = replace(DELAYS.net, last_base=1.0, last_per_doubling=0.5, into_register_ps=10.0)
    assert [net.last_ps(luts) for luts in (1, 2, 4, 1024)] == [15, 15, 20, 60]
    assert net.net_ps(1, 1024) == pytest.approx(10 * net.net_ps(1, 2))
