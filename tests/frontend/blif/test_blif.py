"""BLIF networks become netlists that compute the same; what is none is refused by line."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.blif_simulation import simulate
from reference.damaged_files import HTML_PAGE
from reference.gate_networks import random_blif
from reference.map_netlists import every_code, netlist_of

import logicjsc as lj
from logicjsc.core.errors import ConfigError, ImportedModelError
from logicjsc.map.blif import mapped_blif
from logicjsc.map.mapper import map_netlist
from logicjsc.netlist import evaluate

ADDER = """.model adder
.inputs a[1] a[0] b[0]
.inputs b[1]
.outputs s[0] s[1] s[2]
.names a[0] b[0] s[0]
10 1
01 1
.names a[0] b[0] c
11 1
.names a[1] b[1] c s[1]
100 1
010 1
001 1
111 1
.names a[1] b[1] c s[2]
11- 1
1-1 1
-11 1
.end
"""


def imported(tmp_path, text, **settings):
    file = tmp_path / "network.blif"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return lj.import_model(file, **settings).tables


@pytest.mark.parametrize(
    ("seed", "options"), [(1, {}), (2, {"wide": 30}), (3, {"wide": 11}), (4, {"inputs": 14})]
)
def test_networks_compute_what_their_covers_say(tmp_path, seed, options):
    text, compute = random_blif(seed, **options)
    netlist = imported(tmp_path, text)
    rows = np.random.default_rng(seed).integers(0, 2, (10_000, netlist.inputs))
    assert (evaluate(netlist, rows) == compute(rows)).all()
    assert netlist.input_names == tuple(f"x{index}" for index in range(netlist.inputs))


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.integers(2, 8), st.integers(1, 25), st.integers(2, 12))
def test_any_network_as_a_slow_simulator_has_it(tmp_path_factory, seed, inputs, nodes, joined):
    text, compute = random_blif(seed, inputs=inputs, nodes=nodes, outputs=3, zeros=False)
    netlist = imported(tmp_path_factory.mktemp("blif"), text, joined_inputs=joined)
    rows = np.random.default_rng(seed).integers(0, 2, (20, inputs))
    found = evaluate(netlist, rows)
    assert (found == compute(rows)).all()
    flat = text.replace("\\\n", " ")
    for row, outputs in zip(rows.tolist(), found.tolist(), strict=True):
        values = {f"x{index}": bit for index, bit in enumerate(row)}
        assert list(simulate(flat, values).values()) == outputs
    assert all(layer.fan_in <= max(joined, 5) for layer in netlist.layers)


def test_our_own_circuits_come_back(tmp_path):
    netlist = netlist_of(np.random.default_rng(7))
    mapped = map_netlist(netlist, effort="low", jobs=1, cache=tmp_path)
    text = mapped_blif(mapped.netlist, [layer.network for layer in mapped.layers])
    back = imported(tmp_path, text)
    bits = np.stack([every_code()[:, i] >> b & 1 for i in range(3) for b in range(2)], axis=1)
    expected = evaluate(netlist, every_code())
    found = evaluate(back, bits)
    place = 0
    for index, signal in enumerate(netlist.outputs):
        width = int(netlist.widths[signal])
        joined = (found[:, place : place + width].astype(int) << np.arange(width)).sum(axis=1)
        assert (joined == expected[:, index]).all()
        place += width


def test_bits_are_joined_to_words_if_asked(tmp_path):
    apart = imported(tmp_path, ADDER)
    assert apart.input_names == ("a[1]", "a[0]", "b[0]", "b[1]")
    words = imported(tmp_path, ADDER, words=True)
    assert words.input_names == ("a", "b")
    codes = np.stack(np.meshgrid(range(4), range(4)), axis=-1).reshape(-1, 2)
    assert (evaluate(words, codes)[:, 0] == codes.sum(axis=1)).all()


def test_gates_are_joined_to_tables(tmp_path):
    """A tree of 63 two-input gates over 64 inputs is far fewer tables, and far less deep."""
    lines = [".inputs " + " ".join(f"v{index}" for index in range(64, 128)), ".outputs v1"]
    lines += [f".names v{2 * i} v{2 * i + 1} v{i}\n10 1\n01 1" for i in range(1, 64)]
    netlist = imported(tmp_path, "\n".join(lines))
    assert netlist.depth <= 4
    assert netlist.signals - netlist.inputs <= 21
    rows = np.random.default_rng(1).integers(0, 2, (1000, 64))
    assert (evaluate(netlist, rows)[:, 0] == rows.sum(axis=1) % 2).all()


def test_the_whole_road(tmp_path, cache, monkeypatch):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    text, _ = random_blif(5)
    file = tmp_path / "road.blif"
    file.write_text(text)
    net = lj.import_model(file)
    assert net.emit(tmp_path / "tables").verify().ok
    assert net.map("low").emit(tmp_path / "luts").verify().ok


BAD = {
    "empty": ("", "is empty"),
    "page": (HTML_PAGE, "line 1: .* is neither a command nor a cover"),
    "no text": (b"\xff\xfe\x00", "is no BLIF file: "),
    "latin": (b".model caf\xe9\n", "is no BLIF file: it is no UTF-8: line 1 holds the byte 0xe9"),
    "no outputs": (".model a\n.inputs x\n.end\n", "it names no .outputs"),
    "two models": (f"{ADDER}.model b\n", "line 20: it holds several models"),
    "latch": (".outputs q\n.latch d q re clk 0\n", "line 2: '.latch' cannot .* register"),
    "subckt": (".outputs q\n.subckt half a=x\n", "line 2: '.subckt' cannot .* flatten"),
    "gate": (".outputs q\n.gate nand2 A=x\n", "line 2: '.gate' cannot .* mapped"),
    "exdc": (f"{ADDER}.exdc\n", "'.exdc' cannot be imported"),
    "unknown": (".outputs q\n.search other.blif\n", "'.search' cannot be imported"),
    "cycle": (
        ".outputs a\n.names b a\n1 1\n.names a b\n1 1\n",
        "line 2: 'a' depends on itself",
    ),
    "own reader": (".outputs a\n.names a a\n1 1\n", "'a' depends on itself"),
    "undriven": (".outputs a\n.names b a\n1 1\n", "'b' is read, but no input and no .names"),
    "twice": (".outputs a\n.names a\n1\n.names a\n", "line 4: 'a' is made twice, first on line 2"),
    "input made": (".inputs a\n.outputs a\n.names a\n1\n", "'a' is an input and made by .names"),
    "twice an input": (".inputs a a\n.outputs a\n", "two inputs named 'a'"),
    "short cube": (".inputs x y\n.outputs a\n.names x y a\n1 1\n", "'1 1' is no line of the cover"),
    "wrong literal": (".inputs x\n.outputs a\n.names x a\n2 1\n", "'2 1' is no line of the cover"),
    "wrong value": (".inputs x\n.outputs a\n.names x a\n1 -\n", "'1 -' is no line of the cover"),
    "both": (".inputs x\n.outputs a\n.names x a\n1 1\n0 0\n", "lists both ones and zeros"),
    "no target": (".outputs a\n.names\n", "line 2: .names without an output"),
    "truncated": (ADDER[:-60], "'1' is no line of the cover|is made by|'s\\[2\\]' is read"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_network_is_refused_in_a_sentence(tmp_path, case):
    content, sentence = BAD[case]
    with pytest.raises(ImportedModelError, match=sentence) as caught:
        imported(tmp_path, content)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_words_that_lack_bits_are_refused(tmp_path):
    text = ".inputs x[0] x[2]\n.outputs x[0]\n"
    assert imported(tmp_path, text).inputs == 2
    with pytest.raises(ImportedModelError, match="x has no bit 1; import it with words = false"):
        imported(tmp_path, text, words=True)
    wide = f".inputs {' '.join(f'x[{bit}]' for bit in range(40))}\n.outputs x[3]\n"
    with pytest.raises(ImportedModelError, match="x has 40 bits; a word here has at most 16"):
        imported(tmp_path, wide, words=True)
    mixed = ".inputs x x[0]\n.outputs x\n"
    with pytest.raises(ImportedModelError, match="x is a word and a bit"):
        imported(tmp_path, mixed, words=True)
    with pytest.raises(ConfigError, match="joined_inputs"):
        imported(tmp_path, text, joined_inputs=40)


def test_a_network_that_is_too_deep_is_refused_soon(tmp_path):
    lines = [".inputs a b", ".outputs v70000", ".names a v0\n1 1"]
    for index in range(70_000):
        # Every gate is read twice, so none is taken in.
        reader = f"v{index - 1}" if index else "b"
        lines.append(f".names v{index} {reader} v{index + 1}\n10 1\n01 1")
    with pytest.raises(ImportedModelError, match="tables deep; at most 10,000 are possible"):
        imported(tmp_path, "\n".join(lines))
