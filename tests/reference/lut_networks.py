"""Random LUT networks, and BLIF of them."""

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


def network_blif(network: LutNetwork) -> str:
    """Inputs are ``i0``..., outputs ``o0``..."""
    inputs, outputs = range(network.inputs), range(len(network.outputs))
    lines = [f".model node\n.inputs {' '.join(f'i{index}' for index in inputs)}\n"]
    lines.append(f".outputs {' '.join(f'o{index}' for index in outputs)}\n")
    lines.append(".names s0\n.names s1\n1\n")
    lines += [f".names i{index} s{CONSTANTS + index}\n1 1\n" for index in inputs]
    for number, lut in enumerate(network.luts, start=network.first_lut):
        count = len(lut.inputs)
        lines.append(f".names {' '.join(f's{source}' for source in lut.inputs)} s{number}\n")
        ones = (row for row in range(1 << count) if lut.table >> row & 1)
        lines += [f"{row:0{count}b}"[::-1] + " 1\n" if count else "1\n" for row in ones]
    lines += [f".names s{source} o{index}\n1 1\n" for index, source in enumerate(network.outputs)]
    return "".join([*lines, ".end\n"])
