from dataclasses import replace

import numpy as np
import pytest
from reference.map_netlists import netlist_of

from logicjsc.core.errors import ToolFailedError
from logicjsc.map.abc import find_abc
from logicjsc.map.equivalence import are_equal
from logicjsc.map.formal import prove
from logicjsc.map.lut_network import Lut, LutNetwork
from logicjsc.map.mapper import MappedNetlist, map_netlist


@pytest.fixture(scope="module")
def mapped(cache) -> MappedNetlist:
    return map_netlist(netlist_of(np.random.default_rng(5)), effort="low", jobs=1, cache=cache)


def with_network(mapped: MappedNetlist, layer: int, network: LutNetwork) -> MappedNetlist:
    layers = list(mapped.layers)
    layers[layer] = replace(layers[layer], network=network)
    return MappedNetlist(mapped.netlist, tuple(layers))


def test_a_mapped_netlist_is_proven(mapped):
    report = prove(mapped)
    live = sum(layer.nodes for layer in mapped.netlist.layers[:2])
    assert (report.tables, report.networks) == (live, 1)


def test_a_flipped_bit_in_a_table_is_named(mapped):
    network = mapped.layers[1].network
    lut = network.luts[-1]
    luts = (*network.luts[:-1], Lut(lut.inputs, lut.table ^ (1 << len(lut.inputs))))
    changed = LutNetwork(network.inputs, luts, network.outputs)
    with pytest.raises(ToolFailedError, match=r"the LUTs of second\[\d\] differ from its table"):
        prove(with_network(mapped, 1, changed))


def test_swapped_wires_behind_a_sum_are_seen(mapped):
    network = mapped.layers[2].network
    outputs = (network.outputs[1], network.outputs[0], *network.outputs[2:])
    changed = LutNetwork(network.inputs, network.luts, outputs)
    with pytest.raises(ToolFailedError, match="the mapped network differs from its netlist"):
        prove(with_network(mapped, 2, changed))


def test_an_undecided_pair_is_no_proof(tmp_path, monkeypatch):
    monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path / "cache"))
    text = ".model node\n.inputs i0\n.outputs o0\n.names i0 o0\n1 1\n.end\n"
    assert are_equal(find_abc(), [(text, text)], tmp_path) == [True]
    with pytest.raises(ToolFailedError, match="ABC decided about 0 of 1 pairs"):
        are_equal(find_abc(), [(text, text.replace("i0\n.out", "i0 i1\n.out"))], tmp_path)
