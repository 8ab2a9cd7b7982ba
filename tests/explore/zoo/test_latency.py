"""Estimated latencies, and that they are found once."""

from __future__ import annotations

import pytest
from reference.random_netlists import random_netlist

from logicjsc.check.timing import timing_of
from logicjsc.explore.zoo.latency import cached_latency, latency_of
from logicjsc.explore.zoo.mapping import BY_NODE, Found
from logicjsc.map.mapper import map_netlist
from logicjsc.map.timing.delays import load_delays


@pytest.fixture
def found(tmp_path, monkeypatch):
    monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path / "cache"))
    netlist = random_netlist(1, stages=2)
    return Found(map_netlist(netlist, effort="low", jobs=1), BY_NODE, netlist.depth)


def test_latency_is_that_of_the_timing_model(found):
    latency, report = latency_of(found, load_delays()), timing_of(found.mapped, load_delays())
    assert latency.pipelined_ns == report.pipelined.latency_ns
    assert latency.single_ns == report.single.latency_ns
    assert latency.single_area_delay == found.mapped.luts * latency.single_ns
    assert latency.note == report.note


def test_a_latency_is_estimated_once_for_the_same_facts(found):
    calls = []

    def find():
        calls.append(1)
        return found

    first = cached_latency(["one"], load_delays(), find)
    assert cached_latency(["one"], load_delays(), find) == first
    assert len(calls) == 1
    assert cached_latency(["two"], load_delays(), find) == first
    assert len(calls) == 2
