"""The front of LUTs and latency: true figures, same functions, as good as trying everything."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from reference.sums_of_tables import sums_of_tables

from logicjsc.check.timing import timing_of
from logicjsc.core.errors import CircuitError, ConfigError
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.verilog.mapping_by_time import map_for_options
from logicjsc.map.adder_tree import JOINS, Shape
from logicjsc.map.timing.delays import load_delays
from logicjsc.map.timing.node_choice import FrontPoint, best_points, fastest_within
from logicjsc.map.timing.timed_mapping import Search, TimedMapping
from logicjsc.netlist import NetlistBuilder, evaluate

DELAYS = load_delays("ultrascale-plus")
CARRY = CircuitOptions(0, adders="carry")


@pytest.fixture(scope="module")
def netlist():
    return sums_of_tables(terms=8, sums=2)


@pytest.fixture(scope="module")
def timed(netlist, tmp_path_factory):
    search = Search("low", "carry", 1, tmp_path_factory.mktemp("luts"))
    return TimedMapping(netlist, DELAYS, search)


def codes_for(netlist):
    rng = np.random.default_rng(1)
    return rng.integers(0, np.int64(1) << netlist.input_widths, (500, netlist.inputs))


def test_every_point_is_faster_and_what_it_says(netlist, timed):
    points = timed.points
    assert len(points) > 4
    latencies = [point.latency_ps for point in points]
    assert latencies == sorted(latencies, reverse=True)
    assert latencies[-1] < 0.7 * latencies[0]
    areas = [point.lut for point in points]
    assert areas == sorted(set(areas))
    codes = codes_for(netlist)
    for point in (points[0], points[len(points) // 2], points[-1]):
        mapped = timed.mapped(point)
        report = timing_of(mapped, DELAYS, CARRY)
        assert mapped.luts == point.lut
        assert report.single.latency_ns * 1000 == pytest.approx(point.latency_ps, rel=0.02)
        np.testing.assert_array_equal(mapped.evaluate(codes), evaluate(netlist, codes))


def test_one_sum_is_as_fast_as_the_fastest_of_all_shapes(tmp_path):
    rng = np.random.default_rng(4)
    builder = NetlistBuilder("one")
    inputs = [builder.input(f"x{number}", 5) for number in range(7)]
    tables = [builder.table([one], rng.integers(0, 16, 32), 4) for one in inputs]
    netlist = builder.build([builder.add(tables, offset=3)])
    timed = TimedMapping(netlist, DELAYS, Search("low", "carry", 1, tmp_path))
    signal = netlist.signals - 1
    every = []
    for chains, join in product(range(1, 8, 2), JOINS):
        mapped = timed.mapped(FrontPoint(0, 0.0, {signal: Shape(chains, join)}))
        latency = timing_of(mapped, DELAYS, CARRY).single.latency_ns * 1000
        every.append((latency, mapped.luts))
    fastest, smallest = min(every)[0], min(luts for _, luts in every)
    assert timed.points[-1].latency_ps <= 1.02 * fastest
    assert timed.points[0].lut <= smallest
    # Of every point of the front, no shape is both smaller and faster by more than a little.
    for point in timed.points[1:]:
        better = [
            latency
            for latency, luts in every
            if luts <= point.lut and latency < 0.9 * point.latency_ps
        ]
        assert not better


def test_the_front_holds_the_best_points_of_all_starts():
    given = [(9, 5.0), (7, 6.0), (7, 5.5), (8, 5.5), (12, 4.0), (10, 5.0), (6, 9.0)]
    points = [FrontPoint(lut, latency, {}) for lut, latency in given]
    best = [(one.lut, one.latency_ps) for one in best_points(points)]
    assert best == [(6, 9.0), (7, 5.5), (9, 5.0), (12, 4.0)]


def test_a_latency_is_reached_with_few_luts_or_refused_with_the_slowest_path(tmp_path):
    netlist = sums_of_tables(terms=6, sums=2)

    def mapped(**times):
        options = CircuitOptions(0, adders="carry", part=DELAYS.name, **times)
        found = map_for_options(netlist, options, effort="low", jobs=1, cache=tmp_path)
        return found, timing_of(found, DELAYS, options)

    small, slow = mapped()
    wanted = 0.8 * slow.single.latency_ns * 1000
    large, fast = mapped(latency_ps=wanted)
    assert fast.single.slack_ps >= 0
    assert small.luts < large.luts
    with pytest.raises(ConfigError, match=r"a latency of 0.5 ns is not reached.*carry chain of"):
        mapped(latency_ps=500.0)
    cut, report = mapped(latency_ps=8000.0, clock_ps=1000.0)
    assert report.pipelined.cycles <= 8
    assert report.pipelined.slack_ps >= 0
    assert cut.luts <= large.luts
    with pytest.raises(CircuitError, match=r"within 1 cycles of 1 ns; the fewest are"):
        mapped(latency_ps=1500.0, clock_ps=1000.0)
    with pytest.raises(ConfigError, match=r"holds no clock of 1 ns"):
        mapped(latency_ps=500.0, clock_ps=1000.0)


def test_the_first_point_in_time_is_taken():
    points = [FrontPoint(10, 900.0, {}), FrontPoint(12, 700.0, {}), FrontPoint(20, 650.0, {})]
    assert fastest_within(points, 700.0).lut == 12
    with pytest.raises(ConfigError, match=r"best found is 0\.650 ns with 20 LUTs"):
        fastest_within(points, 600.0)
