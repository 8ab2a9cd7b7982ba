import numpy as np
import pytest
from hypothesis import given, settings
from reference.lut_networks import network_blif, networks

from logicjsc.core.errors import ToolFailedError
from logicjsc.map.blif import diagram_blif, parse_network, table_blif
from logicjsc.map.decision_diagram import output_columns
from logicjsc.map.lut_network import LutNetwork, exhaustive_words, unpack_words


def outputs_of(network: LutNetwork) -> np.ndarray:
    words = network.evaluate(exhaustive_words(network.inputs))
    return unpack_words(words, 1 << network.inputs)


@settings(deadline=None, max_examples=40)
@given(networks())
def test_a_network_survives_text(network):
    again = parse_network(network_blif(network), network.inputs, len(network.outputs))
    np.testing.assert_array_equal(outputs_of(again), outputs_of(network))


@pytest.mark.parametrize("write", [table_blif, diagram_blif])
@pytest.mark.parametrize("seed", range(6))
def test_starting_structures_are_the_table(write, seed):
    rng = np.random.default_rng(seed)
    variables, width = 6, 3
    table = rng.integers(0, 8, 64) & rng.choice([0, 1, 5, 7])
    columns = output_columns(table.astype(np.uint32), width)
    text = write(columns, rng.permutation(variables).tolist())
    bits = outputs_of(parse_network(text, variables, width))
    for address, code in enumerate(table.tolist()):
        # Variable 0 is the highest bit of the address and input 0 of the network.
        row = int(f"{address:06b}"[::-1], 2)
        assert sum(int(bit) << place for place, bit in enumerate(bits[:, row])) == code


def test_what_abc_writes_is_read():
    text = (
        '# Benchmark "node" written by ABC\n.model node\n.inputs i0 i1 \\\n i2\n.outputs o0 o1 o2\n'
        ".names n5 i2 o0\n01 0\n10 0\n.names i0 i1 n5\n1- 1\n-1 1\n"
        ".names o1\n 1\n.names i1 o2\n1 1\n.end\n"
    )
    network = parse_network(text, 3, 3)
    assert len(network.luts) == 2  # the constant and the buffer cost nothing
    bits = outputs_of(network)
    for row in range(8):
        i0, i1, i2 = (row >> place & 1 for place in range(3))
        assert bits[:, row].tolist() == [int((i0 | i1) == i2), 1, i1]


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".model x\n.inputs i0\n.outputs o0\n.end\n",
        ".names a o0\n1 1\n.end\n",
        ".names b a\n1 1\n.names a b\n1 1\n.names a o0\n1 1\n",
        ".names i0 o0\nx 1\n",
        ".names i0 o0\n1\n",
    ],
)
def test_text_that_is_no_network_is_refused(text):
    with pytest.raises(ToolFailedError, match="cannot be read"):
        parse_network(text, 1, 1)
