"""Random LUT networks."""

from hypothesis import strategies as st

from logicjsc.map.lut_network import CONSTANTS, Lut, LutNetwork


@st.composite
def networks(draw: st.DrawFn) -> LutNetwork:
    inputs = draw(st.integers(1, 9))
    luts: list[Lut] = []
    for _ in range(draw(st.integers(0, 12))):
        count = draw(st.integers(0, 6))
        last = CONSTANTS + inputs + len(luts) - 1
        sources = draw(st.lists(st.integers(0, last), min_size=count, max_size=count))
        table = draw(st.integers(0, (1 << (1 << count)) - 1))
        luts.append(Lut(tuple(sources), table))
    last = CONSTANTS + inputs + len(luts) - 1
    outputs = draw(st.lists(st.integers(0, last), min_size=1, max_size=5))
    return LutNetwork(inputs, tuple(luts), tuple(outputs))
