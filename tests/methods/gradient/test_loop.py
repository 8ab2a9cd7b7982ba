"""Training: repeatable, able to learn, and never looking at the test samples."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from reference.small_jets import separable_jets, small_splits
from reference.small_runs import NETWORK, config_of, fit, trainer_of, unnamed

from logicjsc.core.errors import ConfigError, DataError, RunError
from logicjsc.core.run import Run
from logicjsc.dataset import Dataset
from logicjsc.methods.gradient import checkpoint, evaluation
from logicjsc.methods.gradient.config import NetworkConfig
from logicjsc.methods.gradient.engines.engine import choose_device
from logicjsc.methods.gradient.evaluation import class_scores, evaluate
from logicjsc.methods.gradient.families.lookup import LookupSettings
from logicjsc.methods.gradient.files import GradientFiles
from logicjsc.methods.gradient.loop import Trainer
from logicjsc.methods.gradient.optimiser import learning_rate_at
from logicjsc.methods.loading import load_config


def weights(run):
    return checkpoint.load(GradientFiles(run).checkpoint)["model"]


def final_state(run):
    return checkpoint.load(GradientFiles(run).state)["members"][0]["model"]


def same(first, second):
    return first.keys() == second.keys() and all(
        torch.equal(tensor, second[name]) for name, tensor in first.items()
    )


def test_the_seed_decides_every_bit(tmp_path):
    reports, runs, epochs = zip(*(fit(tmp_path / name) for name in ("one", "two")), strict=True)
    assert same(*map(final_state, runs))
    assert same(*map(weights, runs))
    assert unnamed(reports[0]) == unnamed(reports[1])
    first, second = ([replace(entry, seconds=0.0) for entry in part] for part in epochs)
    assert first == second
    _, other, _ = fit(tmp_path / "other", config=config_of(seed=1))
    assert not same(final_state(runs[0]), final_state(other))


def test_the_seed_decides_the_order_of_the_samples_too(tmp_path):
    finals = []
    for seed in (0, 1):
        trainer = trainer_of(tmp_path / str(seed), config=config_of(seed=seed, epochs=1))
        # Equal weights to begin with: what is left of the seed is the order.
        torch.manual_seed(7)
        for parameter in trainer.members[0].network.parameters():
            torch.nn.init.uniform_(parameter.data, 0.1, 0.5)
        trainer.fit(lambda _: None)
        finals.append(final_state(trainer.run))
    assert not same(*finals)


@pytest.mark.parametrize(
    ("network", "least"),
    [(NETWORK, 0.85), (NetworkConfig(kind="dense", hidden=(16,)), 0.95)],
    ids=["sparse", "dense"],
)
def test_separable_samples_are_learned(tmp_path, network, least):
    splits = small_splits(train=1500)
    before = evaluate(
        trainer_of(tmp_path / "untrained", splits, config_of(network)).members[0].network,
        splits.test,
    )
    report, run, epochs = fit(tmp_path / "trained", splits, config_of(network, epochs=10))
    assert before.accuracy < 0.5
    assert report.best.test.accuracy > least
    assert report.best.test.loss < before.loss
    assert min(report.best.test.auc.values()) > least
    assert epochs[-1].training_loss < 0.6 * epochs[0].training_loss
    assert report.best.sizes["trainable_parameters"] == sum(
        parameter.numel() for parameter in checkpoint.load_model(run).network.parameters()
    )


def test_the_kept_checkpoint_is_the_best_by_validation(tmp_path):
    # Noise makes accuracy go up and down.
    splits = Dataset(*(separable_jets(300, seed, noise=3.0) for seed in (1, 2, 3)))
    config = config_of(epochs=12, learning_rate=0.1, schedule="constant")
    report, run, epochs = fit(tmp_path / "run", splits, config)
    ranks = [(entry.validation_rank, -entry.validation_loss) for entry in epochs]
    best = max(ranks)
    assert (
        report.best.step
        == 1 + ranks.index(best)
        == checkpoint.load(GradientFiles(run).checkpoint)["epoch"]
    )
    assert report.best.step < 12, "the last epoch is no test of choosing"
    network = checkpoint.load_model(run).network
    assert evaluate(network, splits.validation) == report.best.validation
    # The engine's own scores differ by the order of a few additions.
    assert (report.best.validation.accuracy, -report.best.validation.loss) == pytest.approx(
        best, rel=1e-6
    )
    assert evaluate(network, splits.test) == report.best.test


def test_the_test_samples_influence_nothing_but_the_final_figures(tmp_path):
    splits = small_splits()
    shuffled = splits.test.targets.copy()
    np.random.default_rng(0).shuffle(shuffled)
    spoiled = replace(
        splits, test=replace(splits.test, features=-7 * splits.test.features, targets=shuffled)
    )
    config = config_of(epochs=4, learning_rate=0.1)
    (honest, first, _), (odd, second, _) = (
        fit(tmp_path / name, part, config) for name, part in (("one", splits), ("two", spoiled))
    )
    assert same(weights(first), weights(second))
    assert honest.best.step == odd.best.step
    assert honest.best.validation == odd.best.validation
    assert honest.best.test != odd.best.test


def test_the_test_samples_are_looked_at_once_and_last(tmp_path, monkeypatch):
    splits = small_splits()
    seen = []

    def spy(network, samples):
        seen.append("test" if samples is splits.test else "other")
        return class_scores(network, samples)

    monkeypatch.setattr(evaluation, "class_scores", spy)
    fit(tmp_path / "run", splits, config_of(epochs=3))
    assert seen.count("test") == 1
    assert seen[-1] == "test"


def test_the_scaler_is_fitted_on_the_training_samples_only(tmp_path):
    splits = small_splits()
    far = replace(
        splits,
        validation=replace(splits.validation, features=1000 * splits.validation.features),
        test=replace(splits.test, features=-1000 * splits.test.features),
    )
    trainer = trainer_of(tmp_path / "run", far)
    columns = splits.train.features.astype(np.float64)
    np.testing.assert_allclose(trainer.scaler.mean, columns.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(trainer.scaler.deviation, columns.std(axis=0), rtol=1e-6)
    trainer.fit(lambda _: None)
    saved = checkpoint.load_model(trainer.run).scaler
    assert saved == trainer.scaler
    state = final_state(trainer.run)
    np.testing.assert_array_equal(state["standardise.mean"].numpy(), np.float32(saved.mean))


def test_metrics_hold_one_line_per_epoch_with_what_was_reported(tmp_path):
    config = config_of(epochs=3)
    _, run, epochs = fit(tmp_path / "run", config=config)
    lines = [json.loads(line) for line in GradientFiles(run).metrics.read_text().splitlines()]
    assert lines == [vars(entry) for entry in epochs]
    assert [line["epoch"] for line in lines] == [1, 2, 3]
    # 400 samples in batches of 32: 12 steps, and the rate of the last one.
    for line in lines:
        rate = learning_rate_at(12 * line["epoch"] - 1, 12, config.training)
        assert line["learning_rate"] == pytest.approx(rate)
    assert list(GradientFiles(run).tensorboard.glob("events.*"))


def test_the_learning_rate_of_every_step_follows_the_schedule(tmp_path):
    trainer = trainer_of(tmp_path / "run", config=config_of(epochs=2, engine="brevitas"))
    used = []
    optimiser = trainer.members[0].optimiser
    step = optimiser.step

    def recording_step():
        used.append({group["lr"] for group in optimiser.param_groups})
        step()

    optimiser.step = recording_step
    trainer.fit(lambda _: None)
    assert used == [{learning_rate_at(index, 12, trainer.config)} for index in range(24)]


def test_an_epoch_sees_every_batch_of_distinct_samples_once_in_another_order(tmp_path):
    trainer = trainer_of(tmp_path / "run", config=config_of(epochs=2, engine="brevitas"))
    seen = []
    trainer.members[0].network.register_forward_pre_hook(
        lambda module, given: seen.append(given[0]) if module.training else None
    )
    trainer.fit(lambda _: None)
    assert [len(batch) for batch in seen] == [32] * 24
    rows = [set(map(tuple, torch.cat(seen[12 * epoch :][:12]).tolist())) for epoch in (0, 1)]
    assert [len(part) for part in rows] == [384, 384]
    assert not torch.equal(torch.cat(seen[:12]), torch.cat(seen[12:]))


def test_scores_do_not_depend_on_how_samples_are_batched(tmp_path, monkeypatch):
    network = trainer_of(tmp_path / "run").members[0].network
    samples = small_splits().test
    whole = class_scores(network, samples)
    monkeypatch.setattr(evaluation, "_BATCH", 33)
    torch.testing.assert_close(class_scores(network, samples), whole)
    assert whole.shape == (200, 5)
    assert not network.training


def test_a_batch_larger_than_the_training_samples_is_refused(tmp_path):
    config = config_of(batch_size=401)
    run = Run(tmp_path / "run")
    with pytest.raises(
        ConfigError, match=r"batch_size = 401 is larger than the 400 training samples"
    ):
        Trainer(run, config, small_splits())
    assert not list(tmp_path.iterdir())
    assert Trainer(run, config_of(batch_size=400), small_splits()).steps_per_epoch == 1


def test_cuda_that_is_not_there_is_refused_and_auto_does_without(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ConfigError, match=r"device = 'cuda', but .* no CUDA device; use 'cpu'"):
        choose_device("cuda")
    assert choose_device("auto") == choose_device("cpu") == torch.device("cpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto") == choose_device("cuda") == torch.device("cuda")
    assert choose_device("cpu") == torch.device("cpu")


def test_auto_leaves_connections_to_the_compiled_step(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    learned = NetworkConfig(connectivity="straight-through")
    lookup = NetworkConfig(
        neuron="lookup",
        scores="sum",
        thresholds=4,
        families={"lookup": LookupSettings(learned_wires=True)},
    )
    assert choose_device("auto", network=learned) == torch.device("cpu")
    assert choose_device("cuda", network=learned) == torch.device("cuda")
    # Nothing but Brevitas' modules trains these, on either device.
    assert choose_device("auto", network=lookup) == torch.device("cuda")
    assert choose_device("auto", network=NetworkConfig()) == torch.device("cuda")


class TestRestore:
    @pytest.fixture
    def run(self, tmp_path):
        return fit(tmp_path / "run")[1]

    def restored(self, run, splits=None):
        trainer = Trainer(run, load_config(run.config_file).config, splits or small_splits())
        trainer.restore()
        return trainer

    def test_everything_that_training_changes_comes_back(self, run):
        trainer = self.restored(run)
        assert trainer.epoch == 2
        (member,) = trainer.members
        assert same(member.network.state_dict(), final_state(run))
        assert member.best[2] == checkpoint.load(GradientFiles(run).checkpoint)["epoch"]
        moments = member.optimiser.state_dict()["state"]
        assert moments
        for index, entry in checkpoint.load(GradientFiles(run).state)["members"][0]["optimiser"][
            "state"
        ].items():
            assert same(entry, moments[index])

    def test_the_optimiser_moves_the_restored_networks_own_parameters(self, run):
        (member,) = self.restored(run).members
        moved = {id(entry) for group in member.optimiser.param_groups for entry in group["params"]}
        assert moved == {id(parameter) for parameter in member.network.parameters()}

    def test_without_a_state_training_starts_anew(self, run):
        GradientFiles(run).state.unlink()
        assert self.restored(run).epoch == 0

    def test_other_samples_are_refused(self, run):
        splits = small_splits()
        for name in ("train", "validation", "test"):
            part = getattr(splits, name)
            features = part.features.copy()
            features[0, 0] += 1
            changed = replace(splits, **{name: replace(part, features=features)})
            with pytest.raises(
                DataError, match=r"the samples changed since .*put the old ones back"
            ):
                self.restored(run, changed)

    def test_a_damaged_state_is_refused(self, run):
        content = GradientFiles(run).state.read_bytes()
        GradientFiles(run).state.write_bytes(content[: len(content) // 2])
        with pytest.raises(RunError, match=r"state\.pt is damaged"):
            self.restored(run)

    @pytest.mark.parametrize(
        "change",
        [
            "no epoch",
            "odd epoch",
            "endless epoch",
            "late epoch",
            "other weights",
            "no moments",
            "short moments",
            "text for moments",
            "wires to nowhere",
            "other population",
        ],
    )
    def test_a_state_that_does_not_fit_is_refused(self, run, change):
        contents = checkpoint.load(GradientFiles(run).state)
        if change == "no epoch":
            del contents["epoch"]
        elif change.endswith("epoch"):
            odd = {"odd epoch": "many", "endless epoch": float("inf"), "late epoch": 9}
            contents["epoch"] = odd[change]
        elif change == "short moments":
            first = next(iter(contents["members"][0]["optimiser"]["state"].values()))
            first["exp_avg"] = first["exp_avg"].ravel()[:1]
        elif change == "wires to nowhere":
            contents["members"][0]["model"]["layers.0.linear.connections"][0, 0] = 255
        elif change == "text for moments":
            contents["members"][0]["optimiser"] = "lost"
        elif change == "other weights":
            del contents["members"][0]["model"]["score_bias"]
        elif change == "other population":
            contents["members"] *= 2
        else:
            contents["members"][0]["optimiser"] = {}
        checkpoint.save(GradientFiles(run).state, contents)
        with pytest.raises(RunError, match=r"state\.pt does not fit its run: ."):
            self.restored(run)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no CUDA device")
def test_a_gpu_reaches_what_the_cpu_reaches(tmp_path):
    splits = small_splits(train=1500)
    try:
        reports = {
            device: fit(tmp_path / device, splits, config_of(epochs=6, device=device))[0]
            for device in ("cpu", "cuda")
        }
        again, run, _ = fit(tmp_path / "again", splits, config_of(epochs=6, device="cuda"))
    finally:
        torch.use_deterministic_algorithms(False)
    cpu, gpu = reports["cpu"], reports["cuda"]
    assert abs(cpu.best.test.accuracy - gpu.best.test.accuracy) < 0.05
    assert abs(cpu.best.test.loss - gpu.best.test.loss) < 0.1
    # The GPU repeats itself exactly, and its checkpoint is read without it.
    assert unnamed(again) == unnamed(gpu)
    assert {tensor.device.type for tensor in weights(run).values()} == {"cpu"}
