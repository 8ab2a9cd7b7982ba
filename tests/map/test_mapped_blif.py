import json

import numpy as np
from click.testing import CliRunner
from reference.blif_simulation import simulate
from reference.map_netlists import every_code, netlist_of

from logicjsc.cli.main import main
from logicjsc.map.blif import mapped_blif
from logicjsc.map.mapper import map_netlist
from logicjsc.netlist import evaluate, load_netlist, save_netlist


def test_blif_of_a_mapped_netlist_is_the_netlist(tmp_path):
    netlist = netlist_of(np.random.default_rng(7))
    mapped = map_netlist(netlist, effort="low", jobs=1, cache=tmp_path)
    text = mapped_blif(mapped.netlist, [layer.network for layer in mapped.layers])
    expected = evaluate(netlist, every_code())
    for codes, outputs in zip(every_code().tolist(), expected.tolist(), strict=True):
        values = {
            f"{name}_{bit}": code >> bit & 1
            for name, code in zip("abc", codes, strict=True)
            for bit in range(2)
        }
        found = simulate(text, values)
        for index, signal in enumerate(netlist.outputs):
            bits = [found[f"out{index}_{bit}"] for bit in range(int(netlist.widths[signal]))]
            assert sum(bit << place for place, bit in enumerate(bits)) == outputs[index]


def test_the_command_counts_luts_by_layer_and_writes_blif(tmp_path, monkeypatch):
    monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path / "cache"))
    netlist = netlist_of(np.random.default_rng(7))
    save_netlist(netlist, tmp_path / "n.npz")
    arguments = ["map", str(tmp_path / "n.npz"), "--effort", "low", "--jobs", "1"]
    result = CliRunner().invoke(main, [*arguments, "--out", str(tmp_path / "n.blif"), "--json"])
    assert result.exit_code == 0, result.output
    report = json.loads(result.output)
    assert report["lut"] == sum(layer["lut"] for layer in report["layers"])
    assert [layer["nodes"] for layer in report["layers"]] == [3, 2, 1]
    assert report["layers"][0]["table_bits"] == 3 * 2 * 16
    assert report["depth"] >= 3
    text = (tmp_path / "n.blif").read_text()
    # LUTs, two constants, and a buffer per output bit.
    assert text.count(".names") == report["lut"] + 2 + 6 + 3 + 2
    result = CliRunner().invoke(main, arguments)
    assert f"{report['lut']} LUTs" in result.output


def test_the_committed_example_maps_to_no_more_than_two_luts_a_node(tmp_path):
    from test_example import EXAMPLE

    netlist = load_netlist(EXAMPLE / "netlist.npz")
    mapped = map_netlist(netlist, effort="low", jobs=1, cache=tmp_path)
    assert mapped.luts < 2 * (mapped.netlist.signals - mapped.netlist.inputs)
    codes = np.random.default_rng(0).integers(0, 4, (5000, 16))
    np.testing.assert_array_equal(mapped.evaluate(codes), evaluate(netlist, codes))
