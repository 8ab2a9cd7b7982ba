import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.blif_simulation import simulate
from reference.linear_neurons import linear_table

from logicjsc.map.additive import Additive, additive_forms
from logicjsc.map.additive_blif import additive_blif


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
@settings(deadline=None, max_examples=25)
def test_the_logic_of_a_sum_is_its_table(seed, bits, width, signed, spread):
    rng = np.random.default_rng(seed)
    table = linear_table(rng, bits, width, signed=signed, spread=spread)
    text = additive_blif(additive_forms(table, width, cuts=2)[0], width)
    addresses = rng.integers(0, table.size, 40).tolist()
    assert codes_of(text, bits, addresses) == table[addresses].tolist()


@pytest.mark.parametrize(("bits", "width", "spread"), [(15, 7, 0.7), (14, 3, 1.0), (13, 6, 1.5)])
def test_the_logic_of_three_labels_is_its_table(bits, width, spread):
    rng = np.random.default_rng(bits)
    table = linear_table(rng, bits, width, signed=True, spread=spread)
    text = additive_blif(additive_forms(table, width, cuts=1)[0], width)
    addresses = [0, table.size - 1, *rng.integers(0, table.size, 60).tolist()]
    assert codes_of(text, bits, addresses) == table[addresses].tolist()


def test_a_clamp_too_wide_for_a_table_is_left_to_others():
    labels = np.arange(64) << 9
    form = Additive(((0, 1, 2, 3, 4, 5), (6, 7, 8, 9, 10, 11)), (labels, labels), 0, 0, 0, 255, 0)
    assert additive_blif(form, 8) is None
