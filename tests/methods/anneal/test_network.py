"""A network's netlist gives the scores of the network, with nothing in it that nobody needs."""

import numpy as np
import pytest
from reference.naive_logic import naive_bits
from reference.small_jets import separable_jets

from logicjsc.dataset import Schema, Target
from logicjsc.methods.anneal.config import LogicConfig
from logicjsc.methods.anneal.levels import Levels
from logicjsc.methods.anneal.network import LEVELS, LogicNetwork
from logicjsc.methods.anneal.scores import ScoreWires
from logicjsc.netlist import evaluate
from logicjsc.tasks.jets.arrange import SCHEMA
from logicjsc.tasks.jets.names import FEATURE_NAMES

JETS = separable_jets(300)


def netlist_of(network, levels, wires):
    return network.to_netlist("small", levels, wires, SCHEMA)


@pytest.mark.parametrize("kind", ["index", "flags"])
@pytest.mark.parametrize(("bits", "word_bits"), [(0, 0), (8, 0), (8, 4)])
@pytest.mark.parametrize("layers", [(), (3,), (7, 4)])
def test_the_netlist_scores_samples_as_the_network_does(kind, bits, word_bits, layers):
    levels, wires = Levels.fit(JETS, bits, wires=word_bits), ScoreWires.make(kind, 5)
    made = levels.of(JETS)
    usable = np.isfinite(levels.cost_table())
    network = LogicNetwork.random(LogicConfig(layers=layers), made, usable, wires.outputs, 3)
    # Contents of few patterns, so that some inputs do not matter.
    network.tables[::2] &= np.uint64(0x00FF00FF00FF00FF)
    netlist = netlist_of(network, levels, wires)
    codes = evaluate(netlist, netlist.encoder.encode(JETS.features))
    expected = wires.scores(naive_bits(network, made, wires.outputs))
    assert netlist.decoder.scores[codes].tolist() == expected.tolist()
    assert netlist.encoder.words == levels.words


def test_inputs_that_do_not_matter_and_luts_that_nobody_reads_are_gone():
    levels, wires = Levels.fit(JETS), ScoreWires.make("index", 2)
    first = 16 * LEVELS
    network = LogicNetwork(
        16,
        np.array([1, 1, 2]),
        np.array(
            [
                [9, LEVELS + 7, 9, 9, 9, 9],
                [2 * LEVELS + 5] * 6,
                [first, first, first + 1, first + 1, 3, 3],
            ]
        ),
        # The first LUT says what its second input says, the last what its first input does not.
        np.array([0xCCCCCCCCCCCCCCCC, 0x123456789ABCDEF0, 0x5555555555555555], np.uint64),
    )
    two = Schema.numbers(FEATURE_NAMES, Target("classes", ("g", "q")))
    netlist = network.to_netlist("tiny", levels, wires, two)
    assert netlist.input_names == ("c1_b0_mmdt_7",)
    assert [layer.tables.tolist() for layer in netlist.layers[:2]] == [[[0, 1]], [[1, 0]]]


def test_outputs_that_are_constant_still_make_a_netlist():
    levels, wires = Levels.fit(JETS), ScoreWires.make("flags", 5)
    usable = np.isfinite(levels.cost_table())
    network = LogicNetwork.random(LogicConfig(), levels.of(JETS), usable, wires.outputs, 0)
    network.tables[:] = 0
    netlist = netlist_of(network, levels, wires)
    codes = evaluate(netlist, netlist.encoder.encode(JETS.features))
    assert not codes.any()
