from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from reference.aiger_simulation import read, simulate
from reference.map_netlists import every_code, netlist_of
from reference.random_netlists import netlists, random_codes

from logicjsc.cli.main import main
from logicjsc.map.abc import find_abc, run_script
from logicjsc.map.aiger import mapped_aiger
from logicjsc.map.blif import mapped_blif
from logicjsc.map.lut_network import Lut
from logicjsc.map.mapper import map_netlist
from logicjsc.netlist import evaluate, save_netlist


@pytest.fixture(scope="module")
def mapped(cache):
    netlist = netlist_of(np.random.default_rng(7))
    found = map_netlist(netlist, effort="low", jobs=1, cache=cache)
    return found.netlist, [layer.network for layer in found.layers]


def flipped(networks):
    """The networks with one bit of a LUT of the first layer changed."""
    lut = networks[0].luts[0]
    changed = replace(networks[0], luts=(Lut(lut.inputs, lut.table ^ 1), *networks[0].luts[1:]))
    return [changed, *networks[1:]]


def input_bits(netlist, row):
    return {
        f"{name}_{bit}": int(code) >> bit & 1
        for name, width, code in zip(
            netlist.input_names, netlist.input_widths.tolist(), row, strict=True
        )
        for bit in range(width)
    }


def assert_equal(netlist, content, codes):
    graph = read(content)
    for row, outputs in zip(codes.tolist(), evaluate(netlist, codes).tolist(), strict=True):
        found = simulate(graph, input_bits(netlist, row))
        for index, signal in enumerate(netlist.outputs):
            bits = [found[f"out{index}_{bit}"] for bit in range(int(netlist.widths[signal]))]
            assert sum(bit << place for place, bit in enumerate(bits)) == outputs[index]


@pytest.mark.parametrize("binary", [True, False])
def test_aiger_of_a_mapped_netlist_is_the_netlist(mapped, binary):
    netlist, networks = mapped
    assert_equal(netlist, mapped_aiger(netlist, networks, binary=binary), every_code())


@settings(max_examples=3, deadline=None)
@given(netlist=netlists())
def test_any_netlist_is_written_in_both_formats_alike(tmp_path_factory, netlist):
    cache = tmp_path_factory.getbasetemp() / "aiger-luts"
    found = map_netlist(netlist, effort="low", jobs=1, cache=cache)
    networks = [layer.network for layer in found.layers]
    content = mapped_aiger(found.netlist, networks, binary=True)
    assert_equal(found.netlist, content, random_codes(found.netlist, 20))
    assert read(mapped_aiger(found.netlist, networks, binary=False)) == read(content)


def test_abc_finds_aiger_and_blif_equal_and_a_flipped_bit_different(mapped, tmp_path):
    netlist, networks = mapped
    (tmp_path / "right.blif").write_text(mapped_blif(netlist, networks))
    (tmp_path / "right.aig").write_bytes(mapped_aiger(netlist, networks, binary=True))
    (tmp_path / "wrong.aig").write_bytes(mapped_aiger(netlist, flipped(networks), binary=True))
    for name, verdict in (("right", "are equivalent"), ("wrong", "NOT EQUIVALENT")):
        commands = [f"read_aiger {name}.aig", "write_blif read.blif", "cec read.blif right.blif"]
        assert verdict in run_script(find_abc(), commands, tmp_path, ["read.blif"], 60)


def test_abc_reads_the_names(mapped, tmp_path):
    netlist, networks = mapped
    (tmp_path / "n.aig").write_bytes(mapped_aiger(netlist, networks, binary=True))
    run_script(find_abc(), ["read_aiger n.aig", "write_blif n.blif"], tmp_path, ["n.blif"], 60)
    text = (tmp_path / "n.blif").read_text().replace("\\\n", "")
    lines = [line.split() for line in text.splitlines()]
    assert [".inputs", *"a_0 a_1 b_0 b_1 c_0 c_1".split()] in lines
    outputs = [f"out{index}_{bit}" for index, width in enumerate((6, 3, 2)) for bit in range(width)]
    assert [".outputs", *outputs] in lines


@pytest.mark.parametrize("suffix", ["aig", "aag", "blif"])
def test_the_suffix_picks_the_format(mapped, tmp_path, monkeypatch, cache, suffix):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    save_netlist(mapped[0], tmp_path / "n.npz")
    out = tmp_path / f"n.{suffix}"
    arguments = [
        "map",
        str(tmp_path / "n.npz"),
        "--effort",
        "low",
        "--jobs",
        "1",
        "--out",
        str(out),
    ]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert out.read_bytes().startswith({"blif": b".model mixed"}.get(suffix, suffix.encode()))


def test_another_suffix_is_refused_before_anything_is_mapped(mapped, tmp_path):
    save_netlist(mapped[0], tmp_path / "n.npz")
    arguments = ["map", str(tmp_path / "n.npz"), "--out", str(tmp_path / "n.txt")]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert "use one of .blif, .aig, .aag" in result.stderr
    assert not (tmp_path / "n.txt").exists()
