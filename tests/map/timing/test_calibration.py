"""The delay file and the committed results are what the benchmark computes."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from logicjsc.map.timing.delays import load_delays

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location(
        "timing_calibration", BENCHMARKS / "timing_calibration.py"
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look themselves up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def report(script):
    return script.calibrate(load_delays("ultrascale-plus"), script.points())


def test_the_results_are_reproduced(report):
    kept = json.loads((BENCHMARKS / "results" / "timing_calibration.json").read_text())
    assert [row["design"] for row in kept["rows"]] == [row["design"] for row in report["rows"]]
    for kept_row, row in zip(kept["rows"], report["rows"], strict=True):
        assert kept_row["predicted_mhz"] == pytest.approx(row["predicted_mhz"], rel=1e-3)
    assert kept["median_percent"] == pytest.approx(report["median_percent"], abs=0.2)


def test_the_delay_file_holds_the_fit_and_its_error(report):
    delays = load_delays("ultrascale-plus")
    assert delays.net.per_doubling == pytest.approx(report["per_doubling"], rel=1e-2)
    assert delays.net.last_per_doubling == delays.net.per_doubling
    assert delays.calibration.points == report["points"] == len(report["rows"])
    assert delays.calibration.levels_published == report["levels_published"]
    assert delays.calibration.median_percent == pytest.approx(report["median_percent"], abs=0.2)
    assert delays.calibration.worst_percent == pytest.approx(report["worst_percent"], abs=0.2)


def test_the_page_shows_every_point(script, report):
    page = (BENCHMARKS.parent / "docs" / "timing.md").read_text()
    for line in script.table(report):
        assert line in page


def test_a_fit_finds_the_numbers_that_points_were_made_with(script):
    delays = load_delays("ultrascale-plus")
    made = [
        script.Point(
            "made",
            lut,
            script.predict(delays, script.Point("", lut, 1.0, levels), 0.07, 0.6),
            levels,
        )
        for lut, levels in ((50, 0), (400, 4), (3000, 0), (20_000, 5))
    ]
    assert script.fit(delays, made) == pytest.approx((0.07, 0.6), rel=1e-4)
