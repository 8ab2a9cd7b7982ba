"""The latest input of a LUT is its last one, and the function stays what it is."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from logicjsc.emit.verilog.fast_pins import in_order
from logicjsc.map.lut_network import CONSTANTS, Lut


def value(lut, signals):
    return lut.table >> sum(signals[net] << place for place, net in enumerate(lut.inputs)) & 1


@given(st.permutations(range(CONSTANTS, 8)), st.integers(0, 6), st.integers(0, 2**64 - 1))
@settings(deadline=None, max_examples=60)
def test_inputs_are_in_the_order_of_arrival(nets, count, table):
    lut = Lut(tuple(nets[:count]), table % (1 << (1 << count)))
    arrivals = {net: float(37 * net % 11) for net in nets}
    found = in_order(lut, arrivals.__getitem__)
    times = [arrivals[net] for net in found.inputs]
    assert times == sorted(times)
    for row in range(1 << count):
        signals = {net: row >> place & 1 for place, net in enumerate(lut.inputs)}
        assert value(found, signals) == value(lut, signals)
