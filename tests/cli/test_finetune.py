"""``logicjsc finetune`` on the committed example: a trained network and samples of another kind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from reference.small_jets import separable_jets, write_jets

from logicjsc.core.run import Run
from logicjsc.dataset import DataConfig, load_dataset
from logicjsc.netlist import digest_of, load_netlist, save_netlist
from logicjsc.netlist.scoring import metrics_of

EXAMPLE = Path(__file__).parents[2] / "hw" / "examples" / "jsc-s" / "netlist.npz"


@pytest.fixture(scope="module")
def clouds(tmp_path_factory):
    return write_jets(tmp_path_factory.mktemp("samples") / "samples.npz", separable_jets(2000))


def test_a_network_learns_other_samples_and_the_report_is_true(cli, tmp_path, clouds):
    out = tmp_path / "better.npz"
    options = ["--data", clouds, "--sweeps", 1, "--samples", 900, "--least-gain", 5]
    report = cli.json("finetune", EXAMPLE, "--out", out, *options)
    before, after = load_netlist(EXAMPLE), load_netlist(out)
    splits = load_dataset(DataConfig(path=str(clouds)))
    for name, netlist in (("before", before), ("after", after)):
        assert report["test"][name] == metrics_of(netlist, splits.test).to_dict()
    assert report["test"]["after"]["accuracy"] > report["test"]["before"]["accuracy"] + 0.2
    kept = report["sweeps"][report["kept"]]
    validation = metrics_of(after, splits.validation)
    assert (validation.loss, validation.accuracy) == (
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
    assert after.provenance["finetuned"] == (
        f"sweep {report['kept']}, least gain 5, error weight 4, 900 training samples of "
        f"{splits.train.fingerprint()}"
    )


def test_the_default_output_lies_beside_its_source_and_says_so(cli, tmp_path, clouds):
    save_netlist(load_netlist(EXAMPLE), tmp_path / "net.npz")
    options = ["--data", clouds, "--sweeps", 1, "--samples", 100, "--least-gain", 1e6]
    output = cli("finetune", tmp_path / "net.npz", *options).stdout
    target = tmp_path / "net-finetuned.npz"
    assert f"wrote {target}" in output.replace("\n", "")
    assert "no sweep: none was better" in output
    assert "0 of" in output
    assert digest_of(load_netlist(target)) == digest_of(load_netlist(EXAMPLE))


def test_a_run_is_finetuned_on_its_own_split_whatever_the_samples(cli, road, tmp_path, clouds):
    run = tmp_path / "small"
    cli("train", road.config, "--set", "data.split_seed=7", "--epochs", 1, "--out", run)
    options = ["--least-gain", 1e6, "--samples", 50, "--sweeps", 1]
    report = cli.json("finetune", run, *options)
    own = DataConfig(task="jets", split_seed=7, train_samples=3000)
    assert report["data"]["fingerprint"] == load_dataset(own).fingerprint()
    assert report["data"]["fingerprint"] == Run(run).header().dataset["fingerprint"]
    assert report["out"] == str(run / "small-finetuned.npz")
    # The run trained on more samples than these are; all that it may train on serve.
    report = cli.json("finetune", run, "--data", clouds, *options)
    others = DataConfig(task="jets", path=str(clouds), split_seed=7)
    assert report["data"]["fingerprint"] == load_dataset(others).fingerprint()
    # The netlist says the same as its run.
    report = cli.json("finetune", run / "netlist.npz", "--out", tmp_path / "n.npz", *options)
    assert report["data"]["fingerprint"] == load_dataset(own).fingerprint()


def test_mistakes_are_refused_in_one_sentence(cli, tmp_path, clouds, listing):
    netlist = load_netlist(EXAMPLE)
    source = tmp_path / "net.npz"
    save_netlist(replace(netlist, decoder=None), source)
    before = listing(tmp_path)
    assert "has no encoder and decoder" in cli.refused("finetune", source, "--data", clouds)
    save_netlist(replace(netlist, encoder=None), source)
    assert "has no encoder and decoder" in cli.refused("finetune", source, "--data", clouds)
    # Nor does it say which samples it was made from, so none are taken.
    assert "does not say which samples" in cli.refused("finetune", source)
    save_netlist(
        replace(netlist, decoder=replace(netlist.decoder, class_names=tuple("abcde"))), source
    )
    assert "decides classes (a, b, c, ...)" in cli.refused("finetune", source, "--data", clouds)
    encoder = replace(netlist.encoder, feature_names=tuple(f"f{i}" for i in range(16)))
    save_netlist(replace(netlist, encoder=encoder), source)
    assert "takes 16 features (f0, f1" in cli.refused("finetune", source, "--data", clouds)
    assert listing(tmp_path).keys() == before.keys()
    assert "least-gain" in cli("finetune", EXAMPLE, "--least-gain", 0, code=2).stderr
