import json
import re
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st
from reference.blif_simulation import simulate
from reference.map_netlists import every_code, netlist_of

from logicjsc.cli.main import main
from logicjsc.map.blif import mapped_blif, port_names
from logicjsc.map.mapper import map_netlist
from logicjsc.netlist import evaluate, save_netlist


def test_blif_of_a_mapped_netlist_is_the_netlist(mapped):
    netlist = netlist_of(np.random.default_rng(7))
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


HOSTILE = st.lists(
    st.sampled_from(["l0", "l0_0", "l0n0", "l2", "out0", "out0_0", "out", "s3", "c0", "c1", "n"])
    | st.sampled_from(["a-b", "a_b", "a b", "A_B", "a_b_2", "a_b_2_0", ".names", "#", "", "\\"])
    | st.text(max_size=3),
    min_size=3,
    max_size=3,
    unique=True,
)


@pytest.fixture(scope="module")
def mapped(cache):
    return map_netlist(netlist_of(np.random.default_rng(7)), effort="low", jobs=1, cache=cache)


@settings(max_examples=15, deadline=None)
@example(["l0", "l1", "l2"])
@example(["out0", "out1", "out2"])
@example(["a-b", "a_b", "a_b_2"])
@example(["s3", "c0", "c1"])
@given(HOSTILE)
def test_no_name_of_an_input_can_meet_another_name(mapped, names):
    netlist = replace(mapped.netlist, input_names=tuple(names))
    networks = [layer.network for layer in mapped.layers]
    text = mapped_blif(netlist, networks)
    inputs, outputs = port_names(netlist)
    assert len({*inputs, *outputs}) == 3 * 2 + len(outputs)
    assert all(re.fullmatch(r"\w+", name, re.ASCII) for name in (*inputs, *outputs))
    head = text.splitlines()[1:3]
    assert [line.split()[1:] for line in head] == [inputs, outputs]
    driven = [line.split()[-1] for line in text.splitlines() if line.startswith(".names")]
    assert len({*driven, *inputs}) == len(driven) + len(inputs)
    codes = every_code()[::13]
    for row, expected in zip(codes.tolist(), evaluate(netlist, codes).tolist(), strict=True):
        bits = [code >> bit & 1 for code in row for bit in range(2)]
        found = simulate(text, dict(zip(inputs, bits, strict=True)))
        values = [found[name] for name in outputs]
        for signal, code in zip(netlist.outputs, expected, strict=True):
            width = int(netlist.widths[signal])
            assert sum(bit << place for place, bit in enumerate(values[:width])) == code
            del values[:width]


def test_usual_names_of_inputs_stay(mapped):
    netlist = replace(mapped.netlist, input_names=("pt_1", "l0", "out0"))
    inputs, _ = port_names(netlist)
    assert inputs == ["pt_1_0", "pt_1_1", "l0_0", "l0_1", "out0_2_0", "out0_2_1"]


def test_the_command_counts_luts_by_layer_and_writes_blif(tmp_path, monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    netlist = netlist_of(np.random.default_rng(7))
    save_netlist(netlist, tmp_path / "n.npz")
    arguments = ["map", str(tmp_path / "n.npz"), "--effort", "low", "--jobs", "1"]
    result = CliRunner().invoke(main, [*arguments, "--out", str(tmp_path / "n.blif"), "--json"])
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["lut"] == sum(layer["lut"] for layer in report["layers"])
    assert [layer["nodes"] for layer in report["layers"]] == [3, 2, 1]
    assert report["layers"][0]["table_bits"] == 3 * 2 * 16
    assert report["depth"] >= 3
    text = (tmp_path / "n.blif").read_text()
    # LUTs, two constants, and a buffer per output bit.
    assert text.count(".names") == report["lut"] + 2 + 6 + 3 + 2
    result = CliRunner().invoke(main, arguments)
    assert f"{report['lut']} LUTs" in result.output
