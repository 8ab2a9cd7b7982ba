"""Random texts stand for the network they were made from."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.lut_networks import networks

from logicjsc.map.blif import parse_network
from logicjsc.map.lut_network import exhaustive_words
from logicjsc.map.random_scripts import random_script, shuffled_blif


@settings(deadline=None, max_examples=60)
@given(networks(), st.integers(0, 2**32 - 1))
def test_a_shuffled_text_is_the_same_network(network, seed):
    text = shuffled_blif(network, np.random.default_rng(seed))
    parsed = parse_network(text, network.inputs, len(network.outputs))
    words = exhaustive_words(network.inputs)
    assert (parsed.evaluate(words) == network.evaluate(words)).all()


def test_a_generator_draws_one_script_and_others_draw_others():
    drawn = [random_script(np.random.default_rng(seed)) for seed in (1, 1, 2, 3)]
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) == 3
    # Every script ends in 6-input LUTs, mapped or packed.
    assert all(script.endswith("mfs2 -a -e -W 8 -F 100 -D 100 -L 200") for script in drawn)
