"""Estimated latencies, and that they are found once."""

from __future__ import annotations

import pytest
from reference.random_netlists import random_netlist

from logicjsc.check.timing import clock_for_cycles, timing_of
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.explore.zoo.latency import cached_latency, latency_of
from logicjsc.explore.zoo.mapping import BY_NODE, Found
from logicjsc.map.mapper import map_netlist
from logicjsc.map.timing.delays import load_delays


@pytest.fixture
def found(monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    netlist = random_netlist(3, stages=2)
    return Found(map_netlist(netlist, effort="low", jobs=1), BY_NODE, netlist.depth)


def test_latency_is_that_of_the_timing_model(found):
    latency, report = latency_of(found, load_delays()), timing_of(found.mapped, load_delays())
    assert latency.pipelined_ns == report.pipelined.latency_ns
    assert latency.single_ns == report.single.latency_ns
    assert latency.single_area_delay == found.mapped.luts * latency.single_ns
    assert latency.note == report.note
    assert latency.whole is None


def test_whole_circuits_are_cut_at_the_shortest_clock_of_two_cycles(found):
    delays = load_delays()
    whole = latency_of(found, delays, found.mapped).whole
    single = timing_of(found.mapped, delays).single.latency_ns
    assert (whole.lut, whole.cycles, whole.single_ns) == (found.mapped.luts, 2, single)
    assert single < whole.pipelined_ns < 2 * single
    clock = clock_for_cycles(found.mapped, delays, 2)
    assert whole.pipelined_ns * 500 <= clock
    shorter = CircuitOptions(0, clock_ps=clock - 11)
    assert timing_of(found.mapped, delays, shorter).pipelined.cycles > 2


def test_a_latency_is_estimated_once_for_the_same_facts(found):
    calls = []

    def find():
        calls.append(1)
        return found, found.mapped

    first = cached_latency(["one"], load_delays(), find)
    assert cached_latency(["one"], load_delays(), find) == first
    assert len(calls) == 1
    assert cached_latency(["two"], load_delays(), find) == first
    assert len(calls) == 2
