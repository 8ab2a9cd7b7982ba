"""Times on plain numbers are those of the paths."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from reference.lut_networks import networks
from reference.sums_of_tables import sums_of_tables

from logicjsc.map.lut_network import CONSTANTS
from logicjsc.map.mapper import map_netlist
from logicjsc.map.timing.arrival import longest_path_and_times
from logicjsc.map.timing.delays import known_parts, load_delays
from logicjsc.map.timing.settle import pins_of, settle_times

PARTS = [load_delays(part) for part in known_parts()]


def assert_same_times(network, delays):
    readers = pins_of(network)
    for output in set(network.outputs):
        readers[output] += 1  # the register behind it
    start = delays.register.clock_to_q_ps
    starts = [start] * network.inputs
    found = settle_times(network, delays, network.area, starts, readers)
    path, wanted = longest_path_and_times(network, delays)
    assert found == pytest.approx(wanted)
    ends = [found[output] for output in network.outputs if output >= CONSTANTS]
    if ends and max(ends) >= start:
        last = delays.net.last_ps(network.area) + delays.register.setup_ps
        assert path.period_ps == pytest.approx(max(ends) + last)


@given(networks())
@settings(deadline=None, max_examples=60)
def test_luts_settle_as_paths_say(network):
    for delays in PARTS:
        assert_same_times(network, delays)


def test_carry_chains_settle_as_paths_say(tmp_path):
    mapped = map_netlist(sums_of_tables(), effort="low", adders="carry", jobs=1, cache=tmp_path)
    chained = [layer.network for layer in mapped.layers if layer.network.has_chains]
    assert len(chained) > 1
    for network, delays in product(chained, PARTS):
        assert_same_times(network, delays)
