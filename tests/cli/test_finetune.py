"""``logicjsc refine`` on the committed example: a trained network and samples of another kind."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from logicjsc.methods.finetune.method import refine_source
from logicjsc.methods.gradient.rundir import RunDirectory
from reference.small_jets import separable_jets, write_jets

from logicjsc.artefacts.measure import netlist_scores
from logicjsc.artefacts.sources import identify
from logicjsc.dataset import load_dataset
from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.metrics import loss_and_accuracy
from logicjsc.methods.finetune import Rules
from logicjsc.netlist import digest_of, load_netlist, save_netlist

EXAMPLE = Path(__file__).parents[2] / "hw" / "examples" / "jsc-s" / "netlist.npz"


@pytest.fixture(scope="module")
def clouds(tmp_path_factory):
    return write_jets(tmp_path_factory.mktemp("samples") / "samples.npz", separable_jets(2000))


def test_a_network_learns_other_samples_and_the_report_is_true(cli, tmp_path, clouds):
    out = tmp_path / "better.npz"
    options = ["--data", clouds, "--sweeps", 1, "--samples", 900, "--least-gain", 5]
    report = cli.json("refine", EXAMPLE, "--out", out, *options)
    before, after = load_netlist(EXAMPLE), load_netlist(out)
    splits = load_dataset(DataConfig(path=str(clouds)))
    for name, netlist in (("before", before), ("after", after)):
        loss, accuracy = loss_and_accuracy(netlist_scores(netlist, splits.test), splits.test.labels)
        assert report["test"][name]["loss"] == loss
        assert report["test"][name]["accuracy"] == accuracy
    assert report["test"]["after"]["accuracy"] > report["test"]["before"]["accuracy"] + 0.2
    kept = report["sweeps"][report["kept"]]
    scores = netlist_scores(after, splits.validation)
    assert loss_and_accuracy(scores, splits.validation.labels) == (
        kept["validation_loss"],
        kept["validation_accuracy"],
    )
    pairs = list(zip(before.layers, after.layers, strict=True))
    assert report["entries"] == sum((old.tables != new.tables).sum() for old, new in pairs) > 0
    assert report["table_rows"] == before.table_rows == after.table_rows
    assert report["netlist_digest"] == digest_of(after)
    assert report["training_samples"] == 900
    assert report["validation_samples"] == len(splits.validation)
    assert report["data"]["fingerprint"] == splits.fingerprint()
    assert after.provenance["refined"] == (
        f"sweep {report['kept']}, least gain 5, error weight 4, 900 training samples of "
        f"{splits.train.fingerprint()}"
    )


def test_the_default_output_lies_beside_its_source_and_says_so(cli, tmp_path, clouds):
    save_netlist(load_netlist(EXAMPLE), tmp_path / "net.npz")
    options = ["--data", clouds, "--sweeps", 1, "--samples", 100, "--least-gain", 1e6]
    output = cli("refine", tmp_path / "net.npz", *options).stdout
    target = tmp_path / "net-refined.npz"
    assert f"wrote {target}" in output.replace("\n", "")
    assert "no sweep: none was better" in output
    assert "0 of" in output
    assert digest_of(load_netlist(target)) == digest_of(load_netlist(EXAMPLE))


def test_a_run_is_refined_on_its_own_split_whatever_the_samples(road, tmp_path, clouds):
    run = tmp_path / "small"
    shutil.copytree(road.run, run)
    text = (run / "config.toml").read_text()
    assert "split_seed = 0" in text
    (run / "config.toml").write_text(text.replace("split_seed = 0", "split_seed = 7"))
    rules = Rules(error_weight=4.0, least_gain=1e6)
    options = {"samples": 50, "sweeps": 1}
    report = refine_source(identify(run), None, rules, **options)
    own = RunDirectory.open(run).load_config().data
    assert own.split_seed == 7
    assert report.data["fingerprint"] == load_dataset(own).fingerprint()
    assert report.out == run / "small-refined.npz"
    # The run trained on more samples than these are; all that it may train on serve.
    report = refine_source(identify(run), None, rules, data=clouds, **options)
    others = DataConfig(path=str(clouds), split_seed=7)
    assert report.data["fingerprint"] == load_dataset(others).fingerprint()


def test_mistakes_are_refused_in_one_sentence(cli, tmp_path, clouds, listing):
    netlist = load_netlist(EXAMPLE)
    source = tmp_path / "net.npz"
    save_netlist(replace(netlist, decoder=None), source)
    before = listing(tmp_path)
    assert "has no encoder and decoder" in cli.refused("refine", source, "--data", clouds)
    save_netlist(replace(netlist, encoder=None), source)
    assert "has no encoder and decoder" in cli.refused("refine", source)
    save_netlist(
        replace(netlist, decoder=replace(netlist.decoder, class_names=tuple("abcde"))), source
    )
    assert "tells the classes a, b, c, d, e apart" in cli.refused(
        "refine", source, "--data", clouds
    )
    encoder = replace(netlist.encoder, feature_names=tuple(f"f{i}" for i in range(16)))
    save_netlist(replace(netlist, encoder=encoder), source)
    assert "takes 16 features (f0, f1" in cli.refused("refine", source, "--data", clouds)
    assert listing(tmp_path).keys() == before.keys()
    assert "least-gain" in cli("refine", EXAMPLE, "--least-gain", 0, code=2).stderr
