import json

import numpy as np
import pytest
from reference.map_netlists import every_code, netlist_of

from logicjsc.map import mapper
from logicjsc.map.mapper import map_netlist
from logicjsc.netlist import Netlist, evaluate


@pytest.fixture
def netlist() -> Netlist:
    return netlist_of(np.random.default_rng(5))


def test_the_mapped_network_equals_the_netlist_on_every_code(netlist, tmp_path):
    mapped = map_netlist(netlist, effort="low", jobs=1, cache=tmp_path)
    np.testing.assert_array_equal(mapped.evaluate(every_code()), evaluate(netlist, every_code()))
    assert mapped.luts == sum(len(layer.network.luts) for layer in mapped.layers)
    assert mapped.depth >= 3


def test_equal_nodes_share_their_luts(netlist, tmp_path):
    mapped = map_netlist(netlist, effort="low", jobs=1, cache=tmp_path)
    # Nodes 0 and 2 of the first layer are equal; four LUTs are two nodes of two bits.
    assert len(mapped.layers[0].network.luts) == 4
    outputs = mapped.layers[0].network.outputs
    assert outputs[0:2] == outputs[4:6]


def test_a_second_run_finds_everything_in_the_cache(netlist, tmp_path, monkeypatch):
    first = map_netlist(netlist, effort="low", jobs=1, cache=tmp_path)
    monkeypatch.setattr(mapper, "map_table", None)  # calling it would fail
    seen = []
    again = map_netlist(
        netlist, effort="low", jobs=1, cache=tmp_path, on_progress=lambda *step: seen.append(step)
    )
    assert again.layers == first.layers
    assert seen == [(5, 5)]


def test_a_damaged_cache_is_not_believed(netlist, tmp_path):
    first = map_netlist(netlist, effort="low", jobs=1, cache=tmp_path)
    files = sorted(tmp_path.rglob("*.json"))
    for index, file in enumerate(files):
        entry = json.loads(file.read_text())
        if index % 3 == 0:
            file.write_text("{")
        elif entry["luts"]:
            entry["luts"][0][1] ^= 1  # another network, well-formed
            file.write_text(json.dumps(entry))
    again = map_netlist(netlist, effort="low", jobs=1, cache=tmp_path)
    assert again.layers == first.layers
