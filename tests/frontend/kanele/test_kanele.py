"""Truth tables of KANELÉ become netlists that look up, add and saturate alike."""

import json
from itertools import pairwise

import numpy as np
import pytest
from reference.damaged_files import HTML_PAGE

import logicjsc as lj
from logicjsc.core.errors import ImportedModelError
from logicjsc.netlist import evaluate


def random_tables(seed, nodes=(5, 4, 3), bits=(4, 5, 6), pruned=0.3, scale=1.0):
    """What KANELÉ writes; values saturate at the bits of the layer that they go to."""
    rng = np.random.default_rng(seed)
    found = {}
    for layer, (inputs, outputs) in enumerate(pairwise(nodes)):
        limit = 1 << (bits[layer + 1] - 1)
        for j in range(inputs):
            for k in range(outputs):
                active = int(rng.random() > pruned)
                values = rng.normal(0, limit * 0.6 * scale, 1 << bits[layer]).round()
                values = np.clip(values, -limit, limit - 1) * active
                found[f"{layer}_{j}_{k}"] = {
                    "acive": active,
                    "values_int": [int(value) for value in values],
                }
    return found


def naive(tables, bits, row):
    """One row of codes, as the paper has it: look up, add, saturate."""
    values = list(row)
    layers = 1 + max(int(key.split("_")[0]) for key in tables)
    for layer in range(layers):
        edges = {
            tuple(int(part) for part in key.split("_")[1:]): entry
            for key, entry in tables.items()
            if key.startswith(f"{layer}_")
        }
        outputs = 1 + max(k for _, k in edges)
        limit = 1 << (bits[layer + 1] - 1)
        made = []
        for k in range(outputs):
            total = 0
            for j, value in enumerate(values):
                entry = edges[j, k]
                if entry["acive"]:
                    place = value if layer == 0 else value + (1 << (bits[layer] - 1))
                    total += entry["values_int"][place]
            made.append(max(-limit, min(limit - 1, total)))
        values = made
    return values


def imported(tmp_path, content, **settings):
    file = tmp_path / "truth_tables.json"
    text = content if isinstance(content, str | bytes) else json.dumps(content)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return lj.import_model(file, **settings).tables


SHAPES = {
    "usual": {},
    "one output": {"nodes": (2, 2, 1), "bits": (6, 5, 8)},
    "deep": {"nodes": (3, 4, 4, 2), "bits": (3, 4, 3, 7)},
    "nothing left": {"pruned": 1.0},
    "never saturates": {"scale": 0.1, "pruned": 0.0},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_networks_look_up_add_and_saturate(tmp_path, shape):
    options = SHAPES[shape]
    bits = options.get("bits", (4, 5, 6))
    tables = random_tables(1, **options)
    netlist = imported(tmp_path, tables, output_bits=bits[-1])
    rng = np.random.default_rng(2)
    codes = rng.integers(0, 1 << bits[0], (10_000, netlist.inputs))
    codes[0], codes[1] = 0, (1 << bits[0]) - 1
    found = evaluate(netlist, codes).astype(np.int64)
    found -= (found >> (bits[-1] - 1)) << bits[-1]
    expected = np.array([naive(tables, bits, row) for row in codes.tolist()])
    assert (found == expected).all()
    if shape == "usual":
        assert {expected.min(), expected.max()} == {-32, 31}  # it does saturate
        assert netlist.decoder.kind == "classes"
        scores = netlist.decoder.decode(evaluate(netlist, codes))
        assert (scores == expected).all()
    if shape == "one output":
        assert netlist.decoder.kind == "value"


def test_the_width_of_the_last_layer_is_found_in_the_configuration(tmp_path):
    tables = random_tables(3)
    with pytest.raises(ImportedModelError, match="set output_bits to the last of layers_bitwidth"):
        imported(tmp_path, tables)
    (tmp_path / "config.json").write_text(json.dumps({"layers_bitwidth": [4, 5, 7]}))
    assert imported(tmp_path, tables).widths[-1] == 7
    (tmp_path / "config.json").write_text(json.dumps({"layers_bitwidth": [4, 4, 7]}))
    with pytest.raises(ImportedModelError, match="does not fit tables of \\[4, 5\\] bits"):
        imported(tmp_path, tables)
    netlist = imported(tmp_path, tables, output_bits=7, target="value")
    assert netlist.decoder.kind == "value"


def test_the_whole_road(tmp_path, cache, monkeypatch):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    file = tmp_path / "truth_tables.json"
    file.write_text(json.dumps(random_tables(4, nodes=(3, 3, 2), bits=(3, 3, 4))))
    net = lj.import_model(file, output_bits=4)
    assert net.emit(tmp_path / "tables", argmax=True).verify().ok
    assert net.map("low").emit(tmp_path / "luts").verify().ok


def edge(**changes):
    return {"0_0_0": {"acive": 1, "values_int": [0, 1], **changes}}


GOOD = random_tables(5, nodes=(2, 2, 1))
BAD = {
    "empty": ("", "is empty"),
    "page": (HTML_PAGE, "is no file of KANELÉ's truth tables: it is no JSON"),
    "truncated": (json.dumps(GOOD)[:-40], "it is no JSON"),
    "latin": (b'{"caf\xe9": 1}', "it is no UTF-8"),
    "nested": ("[" * 200_000, "it is nested too deeply"),
    "list": ([1, 2], "it is no object of edges"),
    "nothing": ({}, "it is no object of edges"),
    "a tree model": ({"learner": {}}, "'learner' is no edge such as 0_3_1"),
    "number": ({"0_0_0": 3}, "'0_0_0' is no edge"),
    "huge node": ({**GOOD, "0_999999_0": GOOD["0_0_0"]}, "has 5 of the 1000000 x 2 edges"),
    "long number": ({"0_0_99999999999999999999": {}}, "is no edge such as"),
    "missing edge": ({k: v for k, v in GOOD.items() if k != "0_1_0"}, "3 of the 2 x 2 edges"),
    "missing layer": (
        {k.replace("1_", "2_", 1): v for k, v in GOOD.items()},
        "edges of|are missing",
    ),
    "other nodes": ({**edge(), "1_0_0": edge()["0_0_0"], "1_1_0": edge()["0_0_0"]}, "reads 2"),
    "no values": ({"0_0_0": {"acive": 1}}, "needs acive .* and a list values_int"),
    "no activity": (edge(acive=None), "needs acive"),
    "floats": (edge(values_int=[0.5, 1]), "holds values that are no integers"),
    "texts": (edge(values_int=["0", 1]), "holds values that are no integers"),
    "not a number": ('{"0_0_0": {"acive": 1, "values_int": [NaN, 1]}}', "are no integers"),
    "huge values": (edge(values_int=[0, 1 << 90]), "are no integers from"),
    "three values": (edge(values_int=[0, 1, 2]), "have 3 values; they need a power of two"),
    "no rows": (edge(values_int=[]), "have 0 values"),
    "long table": (edge(values_int=[0] * (1 << 17)), "have 131072 values"),
    "other lengths": (
        {**edge(), "0_1_0": {"acive": 1, "values_int": [0, 1, 2, 3]}},
        "has 4 values, others of its layer 2",
    ),
    "wide sums": (edge(values_int=[-(1 << 23), 1 << 23]), "at most 22 can be saturated"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_are_no_truth_tables_is_refused_in_a_sentence(tmp_path, case):
    content, sentence = BAD[case]
    with pytest.raises(ImportedModelError, match=sentence) as caught:
        imported(tmp_path, content, output_bits=4)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
