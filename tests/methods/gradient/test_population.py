"""Members trained at once: each as if alone, the best kept, the spread told."""

import json
from dataclasses import replace
from statistics import fmean, stdev

import pytest
import torch
from click.testing import CliRunner
from reference.small_jets import separable_jets, write_jets
from reference.small_runs import NETWORK, config_of, finish, fit, trainer_of

from logicjsc.cli.main import main
from logicjsc.dataset import Dataset
from logicjsc.methods.gradient import checkpoint
from logicjsc.methods.gradient.files import GradientFiles
from logicjsc.methods.gradient.population import member_configs

MEMBERS = {
    "seed": (5, 6, 7),
    "learning_rate": (1e-2, 3e-3, 3e-2),
    "weight_decay": (0.0, 1.0, 1e-3),
    "hidden_max": (1.0, 2.0, 1.61),
}


def noisy_splits():
    return Dataset(
        *(
            separable_jets(samples, seed, noise=2.0)
            for samples, seed in ((600, 1), (300, 2), (300, 3))
        )
    )


@pytest.mark.parametrize(("engine", "threads"), [("fused", 1), ("fused", 2), ("brevitas", 1)])
def test_every_member_equals_a_single_run_with_its_settings(tmp_path, engine, threads):
    config = config_of(
        members=MEMBERS, population=3, engine=engine, threads=threads, betas=(0.8, 0.99)
    )
    report, run, epochs = fit(tmp_path / "population", noisy_splits(), config)
    saved = checkpoint.load(GradientFiles(run).state)["members"]
    singles = []
    for index, single in enumerate(member_configs(config)):
        alone, own, _ = fit(tmp_path / str(index), noisy_splits(), single)
        singles.append(alone)
        (member,) = checkpoint.load(GradientFiles(own).state)["members"]
        for name, tensor in member["model"].items():
            assert torch.equal(tensor, saved[index]["model"][name]), name
        for key, moments in member["optimiser"]["state"].items():
            for name, tensor in moments.items():
                assert torch.equal(tensor, saved[index]["optimiser"]["state"][key][name]), name
        assert member["best"] == saved[index]["best"]
    reached = [alone.best.validation.accuracy for alone in singles]
    population = report.details["population"]
    ranks = [member["validation_rank"] for member in population["members"]]
    assert ranks == pytest.approx(reached)
    best = singles[population["best_member"]].best
    assert best.validation == report.best.validation
    assert best.test == report.best.test
    assert best.step == report.best.step
    assert report.best.validation.accuracy == max(reached)
    assert len(set(reached)) > 1, "members that all reach the same are no test of choosing"
    for entry in epochs:
        assert entry.validation_rank == max(entry.ranks)
        assert entry.ranks[entry.member] == entry.validation_rank


def test_members_differ_by_their_seeds_if_nothing_else_is_said():
    config = config_of(replace(NETWORK, connectivity_seed=4), population=3, seed=8)
    members = member_configs(config)
    assert [member.training.seed for member in members] == [8, 9, 10]
    assert [member.network.connectivity_seed for member in members] == [4, 5, 6]
    same = [
        replace(
            member,
            training=replace(member.training, seed=8, population=3),
            network=replace(member.network, connectivity_seed=4),
        )
        for member in members
    ]
    assert same == [config] * 3


def test_a_single_network_is_its_own_only_member():
    config = config_of()
    assert member_configs(config) == (config,)


def test_lists_give_members_their_own_settings():
    config = config_of(members={**MEMBERS, "connectivity_seed": (1, 1, 1)}, population=3)
    members = member_configs(config)
    assert [member.training.seed for member in members] == [5, 6, 7]
    assert [member.training.learning_rate for member in members] == [1e-2, 3e-3, 3e-2]
    assert [member.network.hidden_max for member in members] == [1.0, 2.0, 1.61]
    assert {member.network.connectivity_seed for member in members} == {1}


def test_the_report_tells_the_spread_and_what_the_members_are(tmp_path):
    config = config_of(members={"learning_rate": (1e-2, 1e-3)}, population=2)
    report, _, _ = fit(tmp_path / "run", noisy_splits(), config)
    told = report.to_dict()["details"]["population"]
    reached = [member["validation_rank"] for member in told["members"]]
    assert told["validation_rank"] == {
        "least": min(reached),
        "mean": fmean(reached),
        "most": max(reached),
        "deviation": stdev(reached),
    }
    assert told["best_member"] == reached.index(max(reached))
    assert [member["settings"] for member in told["members"]] == [
        {"network.connectivity_seed": 0, "training.learning_rate": 1e-2, "training.seed": 0},
        {"network.connectivity_seed": 1, "training.learning_rate": 1e-3, "training.seed": 1},
    ]
    alone, _, _ = fit(tmp_path / "single", noisy_splits())
    assert "population" not in alone.to_dict()["details"]


def test_members_of_equal_rank_leave_the_first_in_place(tmp_path):
    config = config_of(members={"seed": (3, 3), "connectivity_seed": (2, 2)}, population=2)
    trainer = trainer_of(tmp_path / "run", config=config)
    population = finish(trainer).details["population"]
    assert population["best_member"] == 0
    assert population["validation_rank"]["deviation"] == 0.0


def test_the_command_prints_the_spread_and_exports_the_best(tmp_path):
    samples = write_jets(tmp_path / "samples.npz", separable_jets(800, noise=2.0))
    config = tmp_path / "crowd.toml"
    config.write_text(
        f"[data]\ntask = 'jets'\npath = '{samples}'\n[network]\nhidden = [8]\n"
        "[training]\nepochs = 2\nbatch_size = 64\npopulation = 3\ndevice = 'cpu'\n"
        "[members]\nlearning_rate = [0.01, 0.02, 0.003]\n"
    )
    run = tmp_path / "run"
    result = CliRunner().invoke(main, ["train", str(config), "--out", str(run)])
    assert result.exit_code == 0, result.output
    assert "of 3 members" in result.output
    saved = json.loads((run / "result.json").read_text())
    population = saved["details"]["population"]
    best = population["best_member"]
    member = population["members"][best]
    assert f"member {best} is kept" in " ".join(result.output.split())
    assert member["validation_rank"] == saved["validation"]["accuracy"]
    assert CliRunner().invoke(main, ["export-onnx", str(run)]).exit_code == 0
