"""From a run to a verified circuit in a few lines, and networks trained in a loop of one's own."""

import numpy as np
import pandas as pd
import pytest
import torch

import logicjsc as lj
from logicjsc.core.errors import ConfigError, DataError, DifferenceError

from .conftest import SMALL


def test_the_way_from_a_run_to_a_circuit(tmp_path, wine, wine_run):
    net = wine_run.netlist()
    luts = net.map("low")
    circuit = luts.emit(tmp_path / "circuit", argmax=True)
    verdict = circuit.verify(wine.test)
    assert verdict.ok
    assert verdict.samples == len(wine.test)
    assert verdict.mismatches == 0
    assert net.metrics(wine.test).accuracy == wine_run.result["accuracy"]
    for thing in (net, luts, circuit, verdict):
        assert len(repr(thing)) < 200
    for thing in (net, luts, circuit):
        assert "<table>" in thing._repr_html_()


def test_tables_become_a_circuit_and_c_as_well(tmp_path, wine_run):
    net = wine_run.netlist()
    assert net.emit(tmp_path / "circuit", pipeline=2).verify().ok
    assert (net.emit_c(tmp_path / "c") / "library.json").is_file()
    with pytest.raises(ConfigError, match="no option 'pipelines'"):
        net.emit(tmp_path / "other", pipelines=2)


def test_a_circuit_that_was_changed_is_not_believed(tmp_path, wine_run):
    circuit = wine_run.netlist().emit(tmp_path / "circuit")
    (layer,) = (tmp_path / "circuit").glob("*_layer1.v")
    text = layer.read_text()
    place = text.index("'h") + 2
    flipped = "0" if text[place] != "0" else "f"
    layer.write_text(text[:place] + flipped + text[place + 1 :])
    with pytest.raises(DifferenceError, match="does not hold"):
        circuit.verify()


def test_predictions_are_names_and_bit_exact(wine, wine_run):
    net = wine_run.netlist()
    decided = net.predict(wine.test.features)
    assert decided.shape == (len(wine.test),)
    right = decided == np.array(wine.schema.target.names, object)[wine.test.targets]
    assert right.mean() == wine_run.result["accuracy"]
    frame = pd.DataFrame(wine.test.features, columns=list(wine.schema.feature_names))
    assert (net.predict(frame[frame.columns[::-1]]) == decided).all()


def test_questions_that_make_no_sense_are_refused(wine, wine_run):
    net = wine_run.netlist()
    features = wine.test.features.copy()
    with pytest.raises(DataError, match=r"takes \[samples, 13\]"):
        net.predict(features[:, :5])
    features[3, 2] = np.nan
    with pytest.raises(DataError, match="feature 'ash' of sample 3 is NaN"):
        net.predict(features)
    with pytest.raises(DataError, match="lacks 'alcohol'"):
        net.predict(pd.DataFrame({"x": [1.0]}))


def test_categories_of_a_frame_are_coded_as_they_were_in_training(tmp_path):
    rng = np.random.default_rng(1)
    kinds = rng.choice(["tcp", "udp", "icmp"], 400)
    frame = pd.DataFrame({"size": rng.normal(size=400), "proto": kinds, "label": kinds == "tcp"})
    data = lj.load_dataset(frame, "label")
    net = lj.train(SMALL, data, tmp_path / "run", progress=False).netlist()
    asked = frame.drop(columns="label")
    agree = (net.predict(asked) == np.where(frame["label"], "True", "False")).mean()
    assert agree > 0.9
    assert set(net.predict(asked.replace({"proto": {"udp": "never seen"}}))) <= {"True", "False"}


def test_a_training_loop_of_ones_own_ends_in_a_netlist(tmp_path, wine):
    network = lj.build_network(SMALL, wine)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    features = torch.from_numpy(wine.train.features)
    labels = torch.from_numpy(wine.train.targets).long()
    for _ in range(60):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(network(features), labels).backward()
        optimiser.step()
    net = lj.Netlist.from_model(network, wine)
    scores = network.eval()(torch.from_numpy(wine.test.features)).detach().numpy()
    assert (net.scores(wine.test.features) == scores).all()
    assert net.emit(tmp_path / "circuit").verify(wine.test).ok
    with pytest.raises(ConfigError, match="no sparse quantised network"):
        lj.Netlist.from_model(torch.nn.Linear(13, 3), wine)


def test_netlists_are_found_by_file_run_circuit_and_name(tmp_path, wine_run):
    net = wine_run.netlist()
    file = net.save(tmp_path / "n.npz")
    circuit = net.emit(tmp_path / "circuit")
    for place in (file, wine_run.path, circuit.path):
        assert lj.Netlist.load(place).digest == net.digest
    assert lj.Netlist.load("jsc-lut-3").class_names == ("g", "q", "t", "w", "z")


def test_simplifying_keeps_every_answer(wine, wine_run):
    net = wine_run.netlist()
    smaller = net.simplify("low")
    assert (smaller.scores(wine.test.features) == net.scores(wine.test.features)).all()
    assert smaller.tables.table_rows <= net.tables.table_rows
