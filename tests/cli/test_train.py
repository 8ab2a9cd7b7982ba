"""``logicjsc train``: settings, their order of precedence, and what a run leaves behind."""

import re

import pytest

from logicjsc.core.run import Run
from logicjsc.methods.gradient.files import GradientFiles
from logicjsc.methods.loading import load_config


@pytest.fixture
def inside(tmp_path, monkeypatch, road):
    """A working directory with the small config in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(road.config.read_text())
    return tmp_path


def rows(text):
    """Key, value and origin of each row of the settings table."""
    found = re.findall(r"^│ ([a-z]+\.[a-z_]+) +│ (.*?) +│ (.*?) +│$", text, re.MULTILINE)
    return {key: (value, origin) for key, value, origin in found}


def test_the_report_holds_the_promised_figures(road):
    report = road.reports["train"]
    # Norms, biases and scales of 16-12-5, as counted by hand, with 3 and 4 weights per neuron.
    weights, biases, norms, scales = 12 * 3 + 5 * 4, 12 + 5 + 1, 2 * (16 + 12 + 5), 3
    assert report["sizes"]["trainable_parameters"] == weights + biases + norms + scales + 2
    assert report["samples"] == 10_000
    assert 0.25 < report["accuracy"] < 1
    assert 0 < report["loss"] < 2
    assert set(report["auc"]) == {"g", "q", "t", "w", "z"}
    assert all(0.5 < area < 1 for area in report["auc"].values())
    assert (report["best_step"], report["steps"]) in {(1, 2), (2, 2)}
    assert report["validation"]["samples"] == 4_000
    assert report["run"] == str(road.run)


def test_a_run_holds_config_weights_metrics_and_the_result(road):
    run = Run.open(road.run)
    files = GradientFiles(run)
    assert load_config(run.config_file).config == load_config(road.config).config
    assert len(files.metrics.read_text().splitlines()) == 2
    assert files.checkpoint.is_file()
    assert files.state.is_file()
    header = run.header()
    assert (header.method, header.state) == ("gradient", "finished")
    assert header.seeds == {"training": 0, "connectivity": 0, "split": 0}
    report = dict(road.reports["train"])
    assert set(report.pop("baselines")) == {"linear model", "boosted trees"}
    assert {**run.result(), "run": str(road.run)} == report
    assert report["data"]["fingerprint"] == header.dataset["fingerprint"]


def test_flags_win_over_the_file_and_the_file_over_defaults(inside, cli):
    result = cli(
        "train", "small.toml", "--epochs", "1", "--seed", "5", "--learning-rate", "0.005",
        "--set", "training.batch_size=128", "--set", "training.schedule=constant",
        "--set", "data.train_samples=640", "--set", "training.epochs=9",
    )  # fmt: skip
    table = rows(result.stdout)
    assert table["training.epochs"] == ("1", "--set")
    assert table["training.seed"] == ("5", "--seed")
    assert table["training.learning_rate"] == ("0.005", "--set")
    assert table["training.batch_size"] == ("128", "--set")
    assert table["training.schedule"] == ('"constant"', "--set")
    assert table["network.hidden"] == ("[12]", "small.toml")
    assert table["training.weight_decay"] == ("0.001", "default")
    assert "network.connectivity" in table
    # The default place is named after the config, and the run keeps what was in force.
    used = load_config(inside / "runs" / "small" / "config.toml").config
    assert (used.training.epochs, used.training.batch_size, used.training.seed) == (1, 128, 5)
    assert used.network.hidden == (12,)
    assert len((inside / "runs" / "small" / "metrics.jsonl").read_text().splitlines()) == 1
    assert "trainable parameters" in result.stdout
    assert re.search(r"test boosted trees, to compare +│ \d+\.\d\d %", result.stdout)
    assert re.search(r"test accuracy +│ \d+\.\d\d %", result.stdout)
    assert re.search(r"test AUC +│ g 0\.\d{4}, q 0\.", result.stdout)


def test_shipped_configs_are_known_by_name(inside, cli):
    report = cli.json("train", "jsc-tiny", "--epochs", "1", "--set", "data.train_samples=512")
    assert report["sizes"]["trainable_parameters"] == 127
    assert (inside / "runs" / "jsc-tiny" / "checkpoint.pt").is_file()


def test_equal_settings_give_equal_weights_and_the_seed_changes_them(inside, cli, road):
    losses = [
        cli.json("train", "small.toml", "--out", name, *more)["loss"]
        for name, more in (("again", []), ("other", ["--seed", "1"]))
    ]
    assert losses[0] == road.reports["train"]["loss"]
    assert losses[1] != losses[0]


def test_a_config_or_samples_or_a_run_to_resume(inside, cli):
    message = cli("train", code=2).stderr
    assert "give a CONFIG, or samples with --data, or --resume RUN" in message


@pytest.mark.parametrize(
    "arguments",
    [
        ("small.toml",),
        ("--epochs", "3"),
        ("--set", "training.seed=1"),
        ("--seed", "0"),
        ("--data", "wine", "--target", "class"),
        ("--target", "class"),
        ("--out", "x"),
        ("--overwrite",),
    ],
)
def test_a_resumed_run_keeps_its_own_settings(inside, cli, road, arguments):
    message = cli("train", "--resume", road.run, *arguments, code=2).stderr
    assert "--resume continues with the run's own settings" in message


def test_resuming_what_is_no_run_is_refused(inside, cli):
    assert "is not a run" in cli.refused("train", "--resume", "nowhere", "--json")


def test_an_interruption_before_there_is_a_run_promises_nothing(inside, cli, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("logicjsc.dataset.load_dataset", interrupt)
    result = cli("train", "small.toml", "--json", code=130)
    assert "--resume" not in result.stderr
    assert "interrupted" in result.stderr
    assert not (inside / "runs").exists()
