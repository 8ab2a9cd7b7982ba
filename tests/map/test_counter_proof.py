from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from logicjsc.core.errors import ToolFailedError
from logicjsc.map import tasks
from logicjsc.map.compressor import Bit, CountedSum, count_bits
from logicjsc.map.counter_proof import prove_counters
from logicjsc.map.lut_network import Lut, LutNetwork, exhaustive_words, unpack_words
from logicjsc.map.sums import SumNode, Term
from logicjsc.map.tasks import sum_table

terms = st.builds(Term, st.integers(1, 3), st.booleans(), st.integers(0, 3), st.booleans())
nodes = st.builds(
    SumNode,
    st.lists(terms, min_size=1, max_size=4).map(tuple),
    st.integers(-40, 40),
    st.integers(1, 9),
)


def adds_everywhere(node: SumNode, network: LutNetwork) -> bool:
    """By running it on every input."""
    bits = unpack_words(network.evaluate(exhaustive_words(node.bits)), 1 << node.bits)
    codes = (bits.astype(np.int64) << np.arange(node.width)[:, None]).sum(axis=0)
    return bool((codes == sum_table(node)).all())


@given(nodes)
@settings(deadline=None)
def test_counters_are_proven(node):
    counted = count_bits(node)
    assert prove_counters(counted)
    assert adds_everywhere(node, counted.network)


def test_a_sum_far_too_wide_to_try_is_proven():
    node = SumNode(tuple(Term(6, True, place % 2, place % 3 == 0) for place in range(40)), -9, 14)
    assert prove_counters(count_bits(node))


@given(nodes, st.data())
@settings(deadline=None, max_examples=150)
def test_no_mistake_is_proven(node, data):
    """Whatever is spoiled: what passes adds nevertheless."""
    counted = count_bits(node)
    assume(counted.network.luts)
    which = data.draw(st.sampled_from(["lut", "wire", "output", "node", "column", "steps"]))
    spoiled = SPOIL[which](counted, data)
    if prove_counters(spoiled):
        assert adds_everywhere(spoiled.node, spoiled.network)


def with_luts(counted: CountedSum, number: int, lut: Lut) -> CountedSum:
    luts = (*counted.network.luts[:number], lut, *counted.network.luts[number + 1 :])
    network = LutNetwork(counted.network.inputs, luts, counted.network.outputs)
    return replace(counted, network=network)


def a_lut(counted: CountedSum, data) -> tuple[int, Lut]:
    number = data.draw(st.integers(0, len(counted.network.luts) - 1))
    return number, counted.network.luts[number]


def spoil_lut(counted, data):
    number, lut = a_lut(counted, data)
    row = data.draw(st.integers(0, (1 << len(lut.inputs)) - 1))
    return with_luts(counted, number, Lut(lut.inputs, lut.table ^ (1 << row)))


def spoil_wire(counted, data):
    number, lut = a_lut(counted, data)
    place = data.draw(st.integers(0, len(lut.inputs) - 1))
    source = data.draw(st.integers(0, counted.network.first_lut + number - 1))
    inputs = (*lut.inputs[:place], source, *lut.inputs[place + 1 :])
    return with_luts(counted, number, Lut(inputs, lut.table))


def spoil_output(counted, data):
    network = counted.network
    place = data.draw(st.integers(0, len(network.outputs) - 1))
    signal = data.draw(st.integers(0, network.first_lut + len(network.luts) - 1))
    outputs = (*network.outputs[:place], signal, *network.outputs[place + 1 :])
    return replace(counted, network=LutNetwork(network.inputs, network.luts, outputs))


def spoil_node(counted, data):
    change = data.draw(st.integers(1, 3))
    return replace(counted, node=replace(counted.node, offset=counted.node.offset + change))


def spoil_column(counted, data):
    place = data.draw(st.integers(0, len(counted.columns) - 1))
    columns = list(counted.columns)
    columns[place] = (*columns[place], Bit(2, inverted=data.draw(st.booleans())))
    return replace(counted, columns=tuple(columns))


def spoil_steps(counted, data):
    place = data.draw(st.integers(0, len(counted.steps) - 1))
    return replace(counted, steps=counted.steps[:place] + counted.steps[place + 1 :])


SPOIL = {
    "lut": spoil_lut,
    "wire": spoil_wire,
    "output": spoil_output,
    "node": spoil_node,
    "column": spoil_column,
    "steps": spoil_steps,
}


def test_a_flipped_lut_that_matters_is_seen():
    counted = count_bits(SumNode((Term(5, True, 0, False), Term(5, False, 1, True)), 3, 8))
    seen = [
        prove_counters(with_luts(counted, number, Lut(lut.inputs, lut.table ^ 1)))
        for number, lut in enumerate(counted.network.luts)
    ]
    assert seen == [False] * len(counted.network.luts)


def test_wrong_counters_are_never_used(monkeypatch):
    node = SumNode((Term(7, True, 0, False), Term(7, True, 1, True)), 9, 10)
    wrong = replace(count_bits(replace(node, offset=8)), node=node)
    monkeypatch.setattr(tasks, "count_bits", lambda _: wrong)
    with pytest.raises(ToolFailedError, match="do not add up"):
        tasks.proven_counters(node)
