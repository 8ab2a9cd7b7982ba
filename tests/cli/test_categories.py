"""A category that no training sample had: a code of its own, from the table to the circuit."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from reference.small_tables import chosen, lamps, write_csv

import logicjsc as lj
from logicjsc.check.simulator import build_simulator
from logicjsc.dataset.provenance import KEY
from logicjsc.emit.ends.categories import categories_of
from logicjsc.emit.verilog import load_circuit

SMALL = """
[data]
path = "train.csv"
test_path = "test.csv"
target = "sort"
category_code = "{coding}"
[network]
hidden = [8]
input_bits = 2
bits = [2, 4]
fan_in = [3, 3]
[training]
epochs = 2
batch_size = 32
learning_rate = 0.01
device = "cpu"
"""
COLUMNS = ("size", "hits", "colour", "sort")


@dataclass
class Made:
    folder: Path
    coding: str

    @property
    def manifest(self):
        return json.loads((self.folder / "circuit" / "manifest.json").read_text())

    @property
    def netlist(self):
        return lj.Run(self.folder / "run").netlist()


@pytest.fixture(scope="module", params=["one-hot", "binary"])
def made(request, tmp_path_factory, cli, cache):
    """Trained on three colours, tested on a fourth only, with its circuit of words to classes."""
    folder = tmp_path_factory.mktemp("categories")
    write_csv(folder / "train.csv", chosen(lamps(300), *COLUMNS))
    other = chosen(lamps(60, seed=1), *COLUMNS)
    write_csv(folder / "test.csv", {**other, "colour": ["violet"] * 60})
    (folder / "small.toml").write_text(SMALL.format(coding=request.param))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("LOGICJSC_CACHE", str(cache))
        cli("train", "small.toml", "--out", "run")
        ends = ("--encoder", "--encoder-bits", "6", "--argmax")
        cli("export-verilog", "run", "--out", "circuit", *ends)
        report = cli.json("verify", "run", "--circuit", "circuit")
    assert report["ok"]
    return Made(folder, request.param)


def test_the_port_map_says_which_bits_stand_for_which_value(made):
    (place,) = made.manifest["categories"]
    names = {
        "one-hot": ["colour=blue", "colour=green", "colour=red"],
        "binary": ["colour#0", "colour#1"],
    }[made.coding]
    assert place == {
        "name": "colour",
        "coding": made.coding,
        "features": names,
        "values": ["blue", "green", "red"],
        "unseen": 0,
    }
    widths = {entry["name"]: entry["width"] for entry in made.manifest["features"]}
    assert [widths[name] for name in names] == [1] * len(names)
    header = (made.folder / "circuit" / f"{made.manifest['top']}.v").read_text()
    remark = {
        "one-hot": "//   colour: 3 bits, one for each value; any other value has 0 in all of them",
        "binary": "//   colour: 2 bits, the number of the value; any other value has the number 0\n"
        "//     1 blue, 2 green, 3 red\n",
    }[made.coding]
    assert remark in header


def test_the_circuit_decides_of_the_code_what_the_network_decides_of_the_category(made):
    rows = pd.DataFrame(chosen(lamps(40, seed=2), "size", "hits", "colour"))
    rows["colour"] = "violet"
    netlist = made.netlist
    circuit = load_circuit(made.folder / "circuit")
    words = circuit.manifest.options.words
    place = {entry["name"]: entry["lsb"] for entry in made.manifest["features"]}
    known = [name for name in place if not name.startswith("colour")]
    width = {entry["name"]: entry["width"] for entry in made.manifest["features"]}
    # Words of the other features as any driver would make them, and 0 where the colour belongs.
    features = np.zeros((40, len(place)), np.float32)
    for column, name in enumerate(place):
        if name in known:
            features[:, column] = rows[name]
    patterns = words.patterns(words.words(features))
    assert not patterns[:, [name not in known for name in place]].any()
    assert all(width[name] == 1 for name in place if name not in known)
    decided = build_simulator(circuit).run(patterns)
    rounded = rows.assign(
        **{name: words.values(features)[:, list(place).index(name)] for name in known}
    )
    wanted = netlist.predict(rounded)
    names = netlist.class_names
    assert [names[index] for index in decided[:, 0]] == list(wanted)


def test_a_netlist_that_does_not_say_what_it_is_for_has_no_categories(made):
    netlist = made.netlist.tables
    assert [place.name for place in categories_of(netlist)] == ["colour"]
    assert categories_of(replace(netlist, provenance={})) == ()
    assert categories_of(replace(netlist, provenance={KEY: "damaged"})) == ()
    assert categories_of(replace(netlist, encoder=None)) == ()
