"""Smoothed labels and teachers by their formulas, in every engine."""

import numpy as np
import pytest
import torch
from reference.small_jets import small_splits
from reference.small_runs import config_of, finish, fit, trainer_of

from logicjsc.methods.gradient.checkpoint import load_model
from logicjsc.methods.gradient.config import NetworkConfig, TrainingConfig
from logicjsc.methods.gradient.engines.brevitas_engine import BrevitasEngine
from logicjsc.methods.gradient.engines.graph_engine import GraphEngine
from logicjsc.methods.gradient.engines.native.engine import NativeEngine
from logicjsc.methods.gradient.evaluation import class_scores
from logicjsc.methods.gradient.objective import CROSS_ENTROPY, Objective, Teaching


def log_softmax(scores):
    return scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))


def naive_loss(scores, labels, teacher, *, smoothing, weight, temperature):
    """Sample by sample, class by class; the teacher's scores, not its probabilities."""
    total = 0.0
    for row, label, other in zip(scores, labels, teacher, strict=True):
        wanted = [smoothing / len(row) + (1 - smoothing) * (c == label) for c in range(len(row))]
        hard = -sum(w * s for w, s in zip(wanted, log_softmax(row[None])[0], strict=True))
        belief = np.exp(log_softmax(other[None] / temperature))[0]
        soft = -(belief * log_softmax(row[None] / temperature)[0]).sum()
        total += (1 - weight) * hard + weight * temperature**2 * soft
    return total / len(scores)


def example(samples=40, seed=3):
    rng = np.random.default_rng(seed)
    return (
        rng.normal(0, 2, (samples, 5)),
        rng.integers(0, 5, samples),
        rng.normal(0, 2, (samples, 5)),
    )


CASES = [(0.0, 0.5, 2.0), (0.2, 0.7, 3.0), (0.0, 1.0, 0.5), (0.3, 0.0, 4.0)]


@pytest.mark.parametrize(("smoothing", "weight", "temperature"), CASES)
def test_the_loss_follows_its_formula(smoothing, weight, temperature):
    scores, labels, teacher = example()
    config = TrainingConfig(label_smoothing=smoothing)
    teaching = Teaching(torch.from_numpy(teacher), weight, temperature)
    batch = torch.arange(10, 40)
    loss = Objective.of_classes(config, teaching).loss(
        torch.from_numpy(scores[10:]), torch.from_numpy(labels[10:]), batch
    )
    expected = naive_loss(
        scores[10:],
        labels[10:],
        teacher[10:],
        smoothing=smoothing,
        weight=weight,
        temperature=temperature,
    )
    assert float(loss) == pytest.approx(expected, rel=1e-9)


def test_without_options_it_is_cross_entropy():
    scores, labels, _ = example()
    loss = CROSS_ENTROPY.loss(torch.from_numpy(scores), torch.from_numpy(labels), torch.arange(40))
    expected = -log_softmax(scores)[np.arange(40), labels].mean()
    assert float(loss) == pytest.approx(expected, rel=1e-9)
    assert Objective.of_classes(TrainingConfig()).teacher_weight == 0


@pytest.mark.parametrize("kind", ["sparse", "dense"])
@pytest.mark.parametrize(("smoothing", "weight", "temperature"), CASES)
def test_every_engine_minimises_the_same(tmp_path, kind, smoothing, weight, temperature):
    splits = small_splits()
    network = NetworkConfig(kind=kind, hidden=(10,), bits=(2, 4), fan_in=(3, 5))
    scores = torch.from_numpy(example(len(splits.train))[2]).float()
    config = TrainingConfig(label_smoothing=smoothing)
    teaching = Teaching(scores, weight, temperature)
    objective = Objective.of(config, splits.train, teaching=teaching)
    losses, moments = [], []
    for name in ("native", "graph", "modules"):
        trainer = trainer_of(tmp_path / name, splits, config_of(network, batch_size=200, epochs=9))
        members, rest = trainer.members, (trainer.device, objective)
        if name == "native":
            engine = NativeEngine(members, splits, trainer.scaler, 1, objective)
        elif name == "graph":
            engine = GraphEngine(members, splits, trainer.scaler, *rest)
        else:
            engine = BrevitasEngine(members, splits, *rest)
        losses.append(engine.train_epoch(0)[0].double())
        (member,) = members
        weights = [entry for entry in member.network.parameters() if entry.ndim > 1]
        moments.append([member.optimiser.state[entry]["exp_avg"] for entry in weights])
    for other, others in zip(losses[1:], moments[1:], strict=True):
        torch.testing.assert_close(losses[0], other, rtol=1e-4, atol=1e-4)
        for ours, theirs in zip(moments[0], others, strict=True):
            torch.testing.assert_close(ours, theirs, rtol=2e-3, atol=2e-4)


@pytest.mark.parametrize("engine", ["fused", "brevitas"])
def test_a_teacher_of_another_kind_teaches(tmp_path, engine):
    splits = small_splits()
    dense = NetworkConfig(kind="dense", hidden=(16,))
    fit(tmp_path / "teacher", splits, config_of(dense, epochs=6))
    teacher = {"run": str(tmp_path / "teacher"), "weight": 1.0}
    config = config_of(teacher=teacher, epochs=12, engine=engine)
    trainer = trainer_of(tmp_path / "pupil", splits, config)
    # Nothing but the teacher can tell: labels are wrong from here on.
    trainer.engine.labels.copy_((trainer.engine.labels + 1) % 5)
    assert finish(trainer).best.test.accuracy > 0.7


def test_the_teachers_probabilities_are_those_of_its_own_road_from_raw_features(tmp_path):
    splits = small_splits()
    _, run, _ = fit(tmp_path / "teacher", splits, config_of())
    config = config_of(teacher={"run": str(run.path), "temperature": 3.0})
    trainer = trainer_of(tmp_path / "pupil", splits, config)
    scores = class_scores(load_model(run).network, splits.train).numpy().astype(np.float64)
    np.testing.assert_allclose(
        trainer.engine.objective.teacher.numpy(), np.exp(log_softmax(scores / 3.0)), atol=1e-6
    )
