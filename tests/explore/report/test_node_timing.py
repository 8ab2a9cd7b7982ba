"""Times of neurons: the slowest is that of the timing report, and the others are faster."""

from pathlib import Path

import pytest

from logicjsc.artefacts.netlists import netlist_of
from logicjsc.artefacts.sources import identify
from logicjsc.check.timing import timing_of
from logicjsc.explore.report.node_timing import node_timing
from logicjsc.explore.zoo.lut_file import load_luts
from logicjsc.explore.zoo.points import LUTS
from logicjsc.map.mapper import map_netlist
from logicjsc.map.timing.delays import load_delays


@pytest.mark.parametrize("name", ["jsc-lut-43", "jsc-compact-small-695"])
def test_the_slowest_neuron_is_as_slow_as_the_network(name):
    source = identify(name)
    known = load_luts(Path(source.path) / LUTS)
    netlist = netlist_of(source)
    mapped = map_netlist(netlist, effort="medium", jobs=1, known=known)
    delays = load_delays()
    found = node_timing(mapped, delays)
    live = mapped.netlist
    assert len(found.layers) == len(live.layers)
    wanted = 1e6 / timing_of(mapped, delays).pipelined.fmax_mhz
    assert found.period_ps == pytest.approx(wanted, rel=0.03)
    for first, layer, period in zip(live.first_signals, live.layers, found.layers, strict=True):
        own = [found.nodes[s] for s in range(first, first + layer.nodes) if s in found.nodes]
        # A layer may be nothing but constants.
        assert not own or max(own) == pytest.approx(period)
    slacks = [found.slack_ps(signal) for signal in found.nodes]
    assert min(slacks) == pytest.approx(0)
    assert max(slacks) < found.period_ps
