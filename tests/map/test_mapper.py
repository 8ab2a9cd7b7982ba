import json
from shutil import copytree

import numpy as np
import pytest
from reference.map_netlists import every_code, netlist_of

from logicjsc.map import tasks
from logicjsc.map.mapper import map_netlist
from logicjsc.netlist import Netlist, SumLayer, evaluate


@pytest.fixture(scope="module")
def netlist() -> Netlist:
    return netlist_of(np.random.default_rng(5))


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """A cache that holds every network of the netlist."""
    return tmp_path_factory.mktemp("networks")


@pytest.fixture(scope="module")
def mapped(netlist, networks):
    return map_netlist(netlist, effort="low", jobs=1, cache=networks)


def test_the_mapped_network_equals_the_netlist_on_every_code(netlist, mapped):
    np.testing.assert_array_equal(mapped.evaluate(every_code()), evaluate(netlist, every_code()))
    assert mapped.luts == sum(len(layer.network.luts) for layer in mapped.layers)
    assert mapped.depth >= 3


def test_equal_nodes_share_their_luts(mapped):
    # Nodes 0 and 2 of the first layer are equal; four LUTs are two nodes of two bits.
    assert len(mapped.layers[0].network.luts) == 4
    outputs = mapped.layers[0].network.outputs
    assert outputs[0:2] == outputs[4:6]


def test_a_second_run_finds_everything_in_the_cache(netlist, mapped, networks, monkeypatch):
    monkeypatch.setattr(tasks, "map_table", None)  # calling it would fail
    seen = []
    again = map_netlist(
        netlist, effort="low", jobs=1, cache=networks, on_progress=lambda *step: seen.append(step)
    )
    assert again.layers == mapped.layers
    assert seen == [(5, 5, "tables")]


def test_a_damaged_cache_is_not_believed(netlist, mapped, networks, tmp_path):
    copytree(networks, tmp_path, dirs_exist_ok=True)
    files = sorted(tmp_path.rglob("*.json"))
    assert files
    for index, file in enumerate(files):
        entry = json.loads(file.read_text())
        if index % 3 == 0:
            file.write_text("{")
        elif entry["luts"]:
            entry["luts"][0][1] ^= 1  # another network, well-formed
            file.write_text(json.dumps(entry))
    again = map_netlist(netlist, effort="low", jobs=1, cache=tmp_path)
    assert again.layers == mapped.layers


def test_sums_of_many_bits_are_mapped(tmp_path):
    rng = np.random.default_rng(1)
    wide = SumLayer(
        "wide",
        1,
        np.array([[0, 1, 2]]),
        np.array([[0, 1, 0]]),
        np.array([[False, True, False]]),
        np.array([-7]),
        np.array([11]),
        np.array([True]),
    )
    signed = [False, True, True]
    netlist = Netlist("s", ("a", "b", "c"), [8, 8, 7], signed, (wide,), np.array([3]))
    mapped = map_netlist(netlist, effort="low", jobs=1, cache=tmp_path)
    codes = rng.integers(0, [256, 256, 128], (500, 3))
    np.testing.assert_array_equal(mapped.evaluate(codes), evaluate(netlist, codes))
    again = map_netlist(netlist, effort="low", jobs=1, cache=tmp_path)
    assert again.layers == mapped.layers
