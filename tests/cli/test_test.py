"""``logicjsc test``: one figure for every artefact of one network."""

import re

import pytest
from reference.small_jets import separable_jets, write_jets

from logicjsc.dataset import DataConfig, load_dataset
from logicjsc.dataset.metrics import measure
from logicjsc.netlist import evaluate, load_netlist


@pytest.fixture
def artefacts(road):
    return [road.run, road.run / "model.onnx", road.run / "netlist.npz", road.circuit]


def test_every_artefact_has_the_accuracy_that_training_reported(cli, road, artefacts):
    trained = road.reports["train"]
    for artefact in artefacts:
        report = cli.json("test", artefact)
        assert report["source"] == str(artefact)
        assert report["samples"] == trained["samples"] == 10_000
        assert report["accuracy"] == trained["accuracy"]
        assert report["loss"] == pytest.approx(trained["loss"], rel=1e-6)
        assert report["auc"] == pytest.approx(trained["auc"], rel=1e-6)


def test_figures_are_those_of_the_netlists_scores(cli, road):
    netlist = load_netlist(road.run / "netlist.npz")
    samples = load_dataset(DataConfig(task="jets")).test
    scores = netlist.decoder.decode(evaluate(netlist, netlist.encoder.encode(samples.features)))
    expected = measure(scores, samples).to_dict()
    report = cli.json("test", road.run / "netlist.npz")
    assert {key: report[key] for key in expected} == expected


def test_other_samples_may_be_given(cli, artefacts, tmp_path):
    file = write_jets(tmp_path / "samples" / "clouds.npz", separable_jets(250))
    reports = [cli.json("test", artefact, "--data", file) for artefact in artefacts]
    assert {report["samples"] for report in reports} == {250}
    assert len({report["accuracy"] for report in reports}) == 1
    assert cli.json("test", artefacts[0], "--data", file.parent)["samples"] == 250


def test_people_get_percent_and_nats(cli, road):
    text = cli("test", road.run).stdout
    accuracy = 100 * road.reports["train"]["accuracy"]
    assert re.search(rf"accuracy +│ {accuracy:.2f} %", text)
    assert re.search(r"loss +│ \d\.\d{4} nats", text)
    assert re.search(r"samples +│ 10,?000", text)


def test_a_class_that_is_absent_has_no_area(cli, road, tmp_path):
    samples = separable_jets(300)
    file = write_jets(
        tmp_path / "some.npz", samples.take((samples.targets != 2).nonzero()[0], "all")
    )
    assert cli.json("test", road.run, "--data", file)["auc"]["t"] is None
    assert re.search(r"t -,", cli("test", road.run, "--data", file).stdout)
