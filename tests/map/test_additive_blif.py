import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from reference.blif_simulation import simulate
from reference.linear_neurons import linear_table

from logicjsc.map.additive import Additive, additive_forms
from logicjsc.map.additive_blif import additive_blif, additive_core
from logicjsc.map.blif import parse_network


def codes_of(text: str, bits: int, addresses: list[int]) -> list[int]:
    codes = []
    for address in addresses:
        values = {f"i{bit}": address >> (bits - 1 - bit) & 1 for bit in range(bits)}
        outputs = simulate(text, values)
        codes.append(sum(outputs[name] << int(name[1:]) for name in outputs))
    return codes


@given(
    st.integers(0, 2**32 - 1),
    st.integers(7, 10),
    st.integers(1, 6),
    st.booleans(),
    st.sampled_from([0.4, 1.0, 2.0]),
)
@settings(deadline=None, max_examples=8)
def test_the_logic_of_a_sum_is_its_table(seed, bits, width, signed, spread):
    rng = np.random.default_rng(seed)
    table = linear_table(rng, bits, width, signed=signed, spread=spread)
    text = additive_blif(additive_forms(table, width, cuts=2)[0], width)
    addresses = rng.integers(0, table.size, 20).tolist()
    assert codes_of(text, bits, addresses) == table[addresses].tolist()


@given(st.integers(0, 2**32 - 1), st.integers(7, 13), st.integers(1, 5), st.booleans())
@settings(deadline=None, max_examples=8)
def test_the_logic_behind_labels_is_the_table_with_them(seed, bits, width, signed):
    rng = np.random.default_rng(seed)
    table = linear_table(rng, bits, width, signed=signed, spread=1.0)
    forms = additive_forms(table, width, cuts=2)
    assume(forms)
    core = additive_core(forms[0], width)
    values = rng.integers(0, 2, core.inputs).tolist()
    outputs = simulate(core.text, {f"i{place}": value for place, value in enumerate(values)})
    assert len(outputs) == width
    # Only groups of six bits are labels; each is one LUT per bit.
    assert not core.labels or any(len(group) == 6 for group in forms[0].groups)
    assert all(len(lut.inputs) == 6 for lut in core.labels)
    # Labels and what stands behind them, together: address bit 0 is the highest.
    address = int(rng.integers(table.size))
    word = [address >> (bits - 1 - bit) & 1 for bit in range(bits)]
    for lut in core.labels:
        row = sum(word[source] << place for place, source in enumerate(lut.inputs))
        word.append(lut.table >> row & 1)
    outputs = simulate(core.text, {f"i{place}": value for place, value in enumerate(word)})
    assert sum(outputs[name] << int(name[1:]) for name in outputs) == table[address]


def test_labels_stand_before_the_luts_of_the_rest():
    labels = np.arange(64)
    form = Additive(((0, 1, 2, 3, 4, 5), (6, 7, 8, 9, 10, 11)), (labels, labels), 0, 0, 0, 127, 0)
    core = additive_core(form, 7)
    # The rest as one LUT: the first output is the lowest bits' sum, all others are 0.
    low = [
        f"i{12 + place}"
        for place, lut in enumerate(core.labels)
        if lut.table == 0xAAAA << 48 | 0xAAAAAAAAAAAA
    ]
    pair = f"{low[0]} {low[1]}"
    text = f".model m\n.inputs {pair}\n.outputs o0\n.names {pair} o0\n10 1\n01 1\n.end\n"
    whole = core.with_labels(parse_network(text, core.inputs, 1))
    assert (whole.inputs, len(whole.luts), whole.outputs) == (12, 3, (16,))
    words = np.zeros((12, 1), np.uint64)
    for high, other in ((0, 0), (1, 0), (0, 1), (1, 1)):
        words[5], words[11] = high, other
        assert whole.evaluate(words)[0, 0] & np.uint64(1) == high ^ other


@pytest.mark.parametrize(("bits", "width", "spread"), [(15, 4, 0.7), (13, 6, 1.5)])
def test_the_logic_of_three_labels_is_its_table(bits, width, spread):
    rng = np.random.default_rng(bits)
    table = linear_table(rng, bits, width, signed=True, spread=spread)
    text = additive_blif(additive_forms(table, width, cuts=1)[0], width)
    addresses = [0, table.size - 1, *rng.integers(0, table.size, 20).tolist()]
    assert codes_of(text, bits, addresses) == table[addresses].tolist()


def test_a_clamp_too_wide_for_a_table_is_left_to_others():
    labels = np.arange(64) << 9
    form = Additive(((0, 1, 2, 3, 4, 5), (6, 7, 8, 9, 10, 11)), (labels, labels), 0, 0, 0, 255, 0)
    assert additive_blif(form, 8) is None
    assert additive_core(form, 8) is None
