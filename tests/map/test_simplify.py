"""``logicjsc simplify`` on the committed example: a trained network, its samples, its circuit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from reference.small_jets import separable_jets, write_jets

from logicjsc.cli.main import main
from logicjsc.dataset import load_dataset
from logicjsc.dataset.config import DataConfig
from logicjsc.netlist import Netlist, digest_of, evaluate, load_netlist, save_netlist
from logicjsc.netlist.passes import apply_dont_cares, observed_dont_cares, simplify

EXAMPLE = Path(__file__).parents[2] / "hw" / "examples" / "jsc-s" / "netlist.npz"


@pytest.fixture(scope="module")
def example():
    return load_netlist(EXAMPLE)


def run(*arguments):
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    # Progress goes to standard error.
    return result.exit_code, result.output if result.exit_code else result.stdout


@pytest.fixture(scope="module")
def simplified(tmp_path_factory):
    """The netlist that the command makes of the example, and its report."""
    out = tmp_path_factory.mktemp("simplified") / "small.npz"
    code, output = run("simplify", EXAMPLE, "--out", out, "--json")
    assert code == 0
    return load_netlist(out), json.loads(output)


def test_the_example_shrinks_and_keeps_its_outputs(example, simplified):
    samples = load_dataset(DataConfig(task="jets")).train
    codes = example.encoder.encode(samples.features)
    reachable = np.random.default_rng(0).integers(0, 4, (20_000, 16))
    # Dead nodes alone leave 9,216 rows.
    for result, most in ((simplify(example, "low")[0], 8500), (simplified[0], 8300)):
        assert result.table_rows < most
        np.testing.assert_array_equal(evaluate(result, codes), evaluate(example, codes))
        np.testing.assert_array_equal(evaluate(result, reachable), evaluate(example, reachable))


def test_savings_are_written_and_reported(tmp_path, example, simplified):
    netlist, report = simplified
    assert netlist.name == example.name
    assert "drop ignored inputs" in netlist.provenance["simplified"]
    # What a circuit of it needs to find its samples and to be verified stays.
    assert {**netlist.provenance, **example.provenance} == netlist.provenance
    assert netlist.encoder.feature_names == example.encoder.feature_names
    assert netlist.decoder.class_names == example.decoder.class_names
    assert report["table_rows"] == [example.table_rows, netlist.table_rows]
    assert report["table_bits"] == [example.table_bits, netlist.table_bits]
    for key in ("nodes", "table_rows", "table_bits"):
        before, after = report[key]
        assert before - after == sum(entry[key] for entry in report["saved_by"])
    assert report["data"] is None
    code, output = run("simplify", EXAMPLE, "--out", tmp_path / "text.npz", "--effort", "low")
    assert code == 0
    assert "merge equal nodes" in output


def test_the_default_output_lies_beside_its_source(tmp_path, example):
    save_netlist(example, tmp_path / "net.npz")
    code, output = run("simplify", tmp_path / "net.npz", "--effort", "low", "--json")
    report = json.loads(output)
    assert code == 0
    assert report["out"] == str(tmp_path / "net-simplified.npz")
    written = load_netlist(tmp_path / "net-simplified.npz")
    assert written.table_rows == report["table_rows"][1]
    assert digest_of(written) == report["netlist_digest"]


def test_dont_cares_from_data_are_named_and_their_cost_is_told(tmp_path, example, simplified):
    out = tmp_path / "observed.npz"
    code, output = run(
        "simplify", EXAMPLE, "--dont-care", "observed", "--min-count", 300, "--data", "jets",
        "--effort", "low", "--out", out, "--json",
    )  # fmt: skip
    assert code == 0
    report = json.loads(output)
    netlist = load_netlist(out)
    splits = load_dataset(DataConfig(task="jets"))
    cost = report["data"]
    assert cost["fingerprint"] == splits.train.fingerprint()
    assert netlist.provenance["dont_cares_from_data"] == (
        f"min_count 300, training samples {cost['fingerprint']}"
    )
    codes = example.encoder.encode(splits.validation.features)
    before, after = evaluate(example, codes), evaluate(netlist, codes)
    labels = splits.validation.targets
    assert cost["before"]["accuracy"] == (example.decoder.classify(before) == labels).mean()
    assert cost["after"]["accuracy"] == (example.decoder.classify(after) == labels).mean()
    assert cost["changed_samples"] == (before != after).any(axis=1).sum() > 0
    assert report["table_rows"][1] < simplified[0].table_rows


def test_rows_that_no_training_sample_reads_change_no_training_sample(example):
    samples = load_dataset(DataConfig(task="jets")).train
    codes = example.encoder.encode(samples.features)
    result = apply_dont_cares(example, observed_dont_cares(example, codes, 1))
    assert result.table_rows < example.table_rows
    np.testing.assert_array_equal(evaluate(result, codes), evaluate(example, codes))


def test_other_samples_and_mistakes(tmp_path, example):
    samples = write_jets(tmp_path / "samples.npz", separable_jets(400))
    observed = ["--dont-care", "observed"]
    out = ["--effort", "low", "--out", tmp_path / "o.npz"]
    code, output = run("simplify", EXAMPLE, *observed, "--data", samples, *out)
    assert code == 0
    assert "the behaviour has changed" in output
    code, output = run("simplify", EXAMPLE, "--min-count", 3, *out)
    assert code == 2
    assert "belong to --dont-care observed" in output
    blind = Netlist(
        example.name,
        example.input_names,
        example.input_widths,
        example.input_signed,
        example.layers,
        example.outputs,
    )
    save_netlist(blind, tmp_path / "blind.npz")
    code, output = run("simplify", tmp_path / "blind.npz", *observed, "--data", "jets", *out)
    assert code == 2
    assert "no encoder and decoder" in output
    code, output = run("simplify", EXAMPLE, *observed, *out)
    assert code == 2
    assert "does not say which samples it was made from; name some with --data" in output
    code, output = run("simplify", EXAMPLE, *observed, "--data", "wine", *out)
    assert code == 2
    assert "takes 16 features" in output
