from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.blif_simulation import simulate

from logicjsc.errors import ToolFailedError
from logicjsc.map import sums, tasks
from logicjsc.map.abc import find_abc
from logicjsc.map.compressor import counter_network
from logicjsc.map.lut_network import Lut, LutNetwork
from logicjsc.map.sums import SumNode, Term, carry_luts, sum_blif
from logicjsc.map.tasks import SumTask, sum_table

terms = st.builds(Term, st.integers(1, 4), st.booleans(), st.integers(0, 3), st.booleans())
nodes = st.builds(
    SumNode,
    st.lists(terms, min_size=1, max_size=4).map(tuple),
    st.integers(-40, 40),
    st.integers(1, 9),
)


def code_by_hand(node: SumNode, codes: list[int]) -> int:
    total = node.offset
    for term, code in zip(node.terms, codes, strict=True):
        value = code - (1 << term.width if term.signed and code >> (term.width - 1) else 0)
        total += (-1 if term.negated else 1) * value * 2**term.shift
    return total % 2**node.width


def drawn_codes(node: SumNode, rng: np.random.Generator) -> list[int]:
    return [int(rng.integers(1 << term.width)) for term in node.terms]


@given(nodes, st.integers(0, 2**32 - 1))
def test_the_logic_of_a_sum_adds(node, seed):
    rng = np.random.default_rng(seed)
    text = sum_blif(node)
    for _ in range(5):
        codes = drawn_codes(node, rng)
        # The last term's lowest bit is the first input.
        bits = [
            code >> place & 1
            for term, code in zip(node.terms[::-1], codes[::-1], strict=True)
            for place in range(term.width)
        ]
        outputs = simulate(text, {f"i{index}": bit for index, bit in enumerate(bits)})
        found = sum(value << int(name[1:]) for name, value in outputs.items())
        assert found == code_by_hand(node, codes)


@given(nodes, st.integers(0, 2**32 - 1))
def test_the_table_of_a_sum_adds(node, seed):
    rng = np.random.default_rng(seed)
    table = sum_table(node)
    for _ in range(10):
        codes = drawn_codes(node, rng)
        address = 0
        for term, code in zip(node.terms, codes, strict=True):
            address = address << term.width | code
        assert table[address] == code_by_hand(node, codes)


def test_one_carry_chain_per_addition():
    plain, shifted = Term(4, signed=False, shift=0, negated=False), Term(4, True, 2, False)
    assert carry_luts(SumNode((plain,), 0, 4)) == 0
    assert carry_luts(SumNode((plain, plain), 0, 5)) == 5
    assert carry_luts(SumNode((plain, shifted), 0, 7)) == 5
    assert carry_luts(SumNode((plain, plain, plain), 3, 6)) == 18


@settings(deadline=None, max_examples=3)
@given(st.lists(terms, min_size=6, max_size=8).map(tuple))
def test_wide_sums_are_mapped_and_proven(many):
    node = SumNode(tuple(Term(4, t.signed, t.shift, t.negated) for t in many), 5, 10)
    task, abc = SumTask(node), find_abc()
    network = task.search(abc, "low")
    assert task.holds(network, abc)
    # Fewer than the full adders it was made of, two functions a bit.
    assert len(network.luts) < 2 * node.width * len(many)
    first = network.luts[0]
    flipped = Lut(first.inputs, first.table ^ 1)
    assert not task.holds(
        LutNetwork(network.inputs, (flipped, *network.luts[1:]), network.outputs), abc
    )
    assert not task.holds(LutNetwork(network.inputs + 1, (), (0,) * node.width), abc)


@pytest.mark.parametrize("broken", ["words", "counters"])
def test_a_mistake_in_either_way_of_adding_is_seen(broken, monkeypatch):
    node = SumNode((Term(7, True, 0, False), Term(7, True, 1, True)), 9, 10)
    if broken == "words":
        words = sums.sum_words
        monkeypatch.setattr(sums, "sum_words", lambda *given: words(*given)[:-1])
    else:
        monkeypatch.setattr(
            tasks, "counter_network", lambda node: counter_network(replace(node, offset=8))
        )
    with pytest.raises(ToolFailedError, match="differs from its sum"):
        SumTask(node).search(find_abc(), "low")
