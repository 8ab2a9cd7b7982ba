"""Every loss, sample weights and bits in the compiled engine, against Brevitas' own modules."""

import copy
from itertools import count

import pytest
import torch
from reference.small_runs import config_of, fit, trainer_of
from reference.small_samples import BITS, MIXED, NUMBERS, TARGETS, mixed_dataset
from torch import nn

from logicjsc.core.errors import ConfigError, TrainingError
from logicjsc.methods.gradient.config import NetworkConfig
from logicjsc.methods.gradient.engines import brevitas_engine
from logicjsc.methods.gradient.engines.batches import batches_of
from logicjsc.methods.gradient.engines.brevitas_engine import BrevitasEngine
from logicjsc.methods.gradient.engines.engine import make_engine
from logicjsc.methods.gradient.engines.native.engine import NativeEngine
from logicjsc.methods.gradient.network.inputs import BitInput, InputBlock, MixedInput
from logicjsc.methods.gradient.network.network import SparseNetwork
from logicjsc.methods.gradient.neurons.sparse import SparseLinear

NETWORK = NetworkConfig(
    hidden=(12, 7), input_bits=3, bits=(2, 3, 5), fan_in=(4, 5, 6), skips=((0, 2), (1, 3))
)
DENSE = NetworkConfig(kind="dense", hidden=(12, 7))
SOFTENED = {"weight": 0.7, "temperature": 3.0}

LOSSES = {
    "classes": ("classes", {}, {}),
    "classes, smoothed": ("classes", {}, {"label_smoothing": 0.2}),
    "classes, weighted": ("classes", {"weighted": True}, {}),
    "classes, weighted and smoothed": ("classes", {"weighted": True}, {"label_smoothing": 0.2}),
    "classes, balanced": ("classes", {}, {"class_weights": "balanced"}),
    "classes, weighted and balanced": (
        "classes",
        {"weighted": True},
        {"class_weights": "balanced"},
    ),
    "binary": ("binary", {}, {}),
    "binary, smoothed": ("binary", {}, {"label_smoothing": 0.2}),
    "binary, weighted": ("binary", {"weighted": True}, {}),
    "binary, balanced": ("binary", {}, {"class_weights": "balanced"}),
    "labels": ("labels", {}, {}),
    "labels, smoothed": ("labels", {}, {"label_smoothing": 0.2}),
    "labels, weighted": ("labels", {"weighted": True}, {}),
    "value": ("value", {}, {}),
    "value, weighted": ("value", {"weighted": True}, {}),
}
"""Kind of target, options of the samples, settings of training."""


every_loss = pytest.mark.parametrize("loss", LOSSES)
every_kind = pytest.mark.parametrize("kind", TARGETS)


def idle_biases(network, kind):
    """Biases that change nothing: in front of a normalisation, and on all scores of a softmax."""
    layers = [layer for layer in network.modules() if isinstance(layer, (nn.Linear, SparseLinear))]
    idle = [layer.bias for layer in layers]
    softmax = kind == "classes" and isinstance(network, SparseNetwork)
    return [*idle, network.score_bias] if softmax else idle


@pytest.fixture
def pair(tmp_path, monkeypatch):
    """Makes trainers of both engines, whose networks start far from their usual numbers."""

    made = count()

    def make(dataset, network=NETWORK, **settings):
        kind, folder = dataset.schema.target.kind, tmp_path / str(next(made))

        def drop_noise(trained, sharing):
            # AdamW would blow up to full steps what is but rounding.
            for bias in idle_biases(trained, kind):
                bias.grad.zero_()

        monkeypatch.setattr(brevitas_engine, "average_gradients", drop_noise)
        trainers = []
        for engine in ("fused", "brevitas"):
            steady = {"learning_rate": 1e-3, "schedule": "constant", "engine": engine}
            config = config_of(network, **steady, **settings)
            trainer = trainer_of(folder / engine, dataset, config)
            for member in trainer.members:
                disturb(member)
            trainers.append(trainer)
        assert type(trainers[0].engine) is NativeEngine
        assert type(trainers[1].engine) is BrevitasEngine
        return trainers

    return make


@torch.no_grad()
def disturb(member):
    """Move all numbers from their starts, scales and shifts of all scores above all."""
    draws = torch.Generator().manual_seed(7)
    for name, parameter in member.network.named_parameters():
        if parameter.ndim < 2:
            parameter.mul_(1 + 0.2 * torch.rand(parameter.shape, generator=draws))
        if name.endswith("norm.bias"):
            parameter.add_(0.3 * torch.randn(parameter.shape, generator=draws))
        if name == "score_scale":
            parameter.mul_(1.5)
    for name, buffer in member.network.named_buffers():
        if "running" in name:
            buffer.add_(torch.rand(buffer.shape, generator=draws))
    member.restart_average()


def assert_same_step(ours, theirs):
    """After one step, moments are parts of the gradient and of its square."""
    for mine, other in zip(ours.members, theirs.members, strict=True):
        parameters = zip(mine.network.named_parameters(), other.network.parameters(), strict=True)
        for (name, parameter), reference in parameters:
            state, expected = mine.optimiser.state[parameter], other.optimiser.state[reference]
            for key in ("exp_avg", "exp_avg_sq"):
                # Relative to the largest entry: those near zero are differences of larger numbers.
                tolerance = 2e-5 * float(expected[key].abs().max()) + 2e-6
                torch.testing.assert_close(
                    state[key],
                    expected[key],
                    rtol=0,
                    atol=tolerance,
                    msg=f"{key} of {name}",
                )
            assert state["step"] == expected["step"] == 1
        for (name, buffer), reference in zip(
            mine.network.named_buffers(), other.network.buffers(), strict=True
        ):
            torch.testing.assert_close(buffer, reference, rtol=1e-5, atol=1e-5, msg=name)


def assert_same_networks(ours, theirs, tolerance):
    for (name, entry), other in zip(
        ours.state_dict().items(), theirs.state_dict().values(), strict=True
    ):
        if entry.is_floating_point():
            torch.testing.assert_close(entry, other, rtol=tolerance, atol=tolerance, msg=name)


def assert_same_scores(ours, theirs, tolerance=1e-4):
    """Of validation samples; one on a rounding border may take the next point of the grid."""
    found, expected = (trainer.engine.validation_scores() for trainer in (ours, theirs))
    assert found.shape == expected.shape
    far = ((found - expected).abs() > tolerance * (1 + expected.abs())).any(dim=2)
    assert int(far.sum()) <= found.shape[1] // 200


def whole_batch(trainers):
    """Losses of one step on all samples."""
    return [trainer.engine.train_epoch(0).double() for trainer in trainers]


@every_loss
@pytest.mark.parametrize("network", [NETWORK, DENSE], ids=["sparse", "dense"])
def test_a_step_is_that_of_the_modules(pair, network, loss):
    kind, options, settings = LOSSES[loss]
    trainers = pair(mixed_dataset(kind, **options), network, batch_size=400, **settings)
    losses, expected = whole_batch(trainers)
    torch.testing.assert_close(losses, expected, rtol=1e-6, atol=1e-6)
    assert_same_step(*trainers)


@every_loss
@pytest.mark.parametrize("network", [NETWORK, DENSE], ids=["sparse", "dense"])
def test_an_epoch_is_that_of_the_modules(pair, network, loss):
    kind, options, settings = LOSSES[loss]
    trainers = pair(mixed_dataset(kind, train=1200, **options), network, batch_size=99, **settings)
    losses, expected = whole_batch(trainers)
    assert losses.shape == (1, 12)
    torch.testing.assert_close(losses, expected, rtol=2e-4, atol=2e-4)
    ours, theirs = (trainer.members[0].network for trainer in trainers)
    assert_same_networks(ours, theirs, 2e-4)
    assert_same_scores(*trainers, tolerance=1e-3)


@every_kind
@pytest.mark.parametrize("network", [NETWORK, DENSE], ids=["sparse", "dense"])
def test_a_teacher(pair, tmp_path, network, kind):
    dataset = mixed_dataset(kind, weighted=True)
    fit(tmp_path / "teacher", dataset, config_of(network, learning_rate=0.1))
    settings = {"teacher": {"run": str(tmp_path / "teacher"), **SOFTENED}}
    taught = pair(dataset, network, batch_size=400, **settings)
    losses, expected = whole_batch(taught)
    torch.testing.assert_close(losses, expected, rtol=1e-6, atol=1e-6)
    assert_same_step(*taught)
    alone, _ = whole_batch(pair(dataset, network, batch_size=400))
    assert (losses - alone).abs().min() > 1e-3, "a teacher that changes no loss is no test"


@every_kind
@pytest.mark.parametrize(
    ("columns", "entrance"),
    [(NUMBERS, InputBlock), (BITS, BitInput), (MIXED, MixedInput)],
    ids=["numbers", "bits", "mixed"],
)
def test_bits_are_taken_as_they_are(pair, columns, entrance, kind):
    trainers = pair(mixed_dataset(kind, columns=columns), batch_size=400, averaging="exponential")
    for trainer in trainers:
        assert type(trainer.members[0].network.input) is entrance
    losses, expected = whole_batch(trainers)
    torch.testing.assert_close(losses, expected, rtol=1e-6, atol=1e-6)
    assert_same_step(*trainers)
    ours, theirs = (trainer.members[0].averaged for trainer in trainers)
    assert_same_networks(ours, theirs, 2e-4)
    assert_same_scores(*trainers)


@pytest.mark.parametrize("connectivity", ["straight-through", "dense-top-k"])
def test_sources_that_are_learned_may_be_bits(pair, connectivity):
    network = NetworkConfig(**{**vars(NETWORK), "connectivity": connectivity})
    settings = {"connectivity_fraction": 0.5, "connectivity_sparsity": 1e-2}
    dataset = mixed_dataset("binary", weighted=True)
    trainers = pair(dataset, network, batch_size=400, epochs=4, **settings)
    losses, expected = whole_batch(trainers)
    torch.testing.assert_close(losses, expected, rtol=1e-6, atol=1e-6)
    assert_same_step(*trainers)


@every_kind
def test_members_of_a_population(pair, kind):
    dataset = mixed_dataset(kind, train=1200, weighted=True)
    trainers = pair(dataset, batch_size=99, population=3, threads=2)
    losses, expected = whole_batch(trainers)
    assert losses.shape == (3, 12)
    torch.testing.assert_close(losses, expected, rtol=2e-4, atol=2e-4)
    for mine, other in zip(*(trainer.members for trainer in trainers), strict=True):
        assert_same_networks(mine.network, other.network, 2e-4)


@every_kind
def test_the_number_of_threads_changes_no_bit(pair, kind):
    dataset = mixed_dataset(kind, weighted=True)
    one, _ = pair(dataset, batch_size=99)
    many, _ = pair(dataset, batch_size=99)
    many.engine.inner_threads = 3
    assert torch.equal(one.engine.train_epoch(0), many.engine.train_epoch(0))
    ours, theirs = (trainer.members[0].network.state_dict() for trainer in (one, many))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert torch.equal(one.engine.validation_scores(), many.engine.validation_scores())


@every_kind
def test_what_is_found_is_what_validation_saw(tmp_path, kind):
    dataset = mixed_dataset(kind, weighted=True)
    for network in (NETWORK, DENSE):
        config = config_of(network, engine="fused", epochs=3)
        result, _, epochs = fit(tmp_path / network.kind, dataset, config)
        best = epochs[result.best.step - 1]
        assert result.best.validation.loss == pytest.approx(best.validation_loss, rel=1e-4)


@every_kind
@pytest.mark.parametrize("odd", [torch.nan, torch.inf])
def test_a_loss_that_is_no_number_stops(tmp_path, kind, odd):
    dataset = mixed_dataset(kind, weighted=True)
    config = config_of(engine="fused", schedule="constant", batch_size=50)
    trainer = trainer_of(tmp_path / "run", dataset, config)
    before = copy.deepcopy(trainer.members[0].network.state_dict())
    sample = batches_of(trainer.config, 0, 400)[2, 5]
    trainer.engine.features[sample, 0] = odd
    with pytest.raises(TrainingError, match=r"the loss became nan in step 3 \(epoch 1\)"):
        trainer.fit(lambda _: None)
    for name, entry in trainer.members[0].network.named_parameters():
        assert entry.isfinite().all(), name
    assert not torch.equal(before["score_scale"], trainer.members[0].network.score_scale)


@pytest.mark.parametrize(
    "dataset",
    [
        mixed_dataset("classes"),
        mixed_dataset("classes", columns=NUMBERS, weighted=True),
        *(mixed_dataset(kind, columns=NUMBERS) for kind in ("binary", "labels", "value")),
    ],
    ids=["bits", "weights", "binary", "labels", "value"],
)
def test_the_kernels_of_gpus_refuse_what_they_do_not_know(tmp_path, dataset):
    trainer = trainer_of(tmp_path / "run", dataset, config_of(engine="fused"))
    with pytest.raises(ConfigError, match=r"engine = 'fused' knows only .* on CUDA; use 'auto'$"):
        make_engine(
            trainer.config,
            trainer.members,
            dataset,
            trainer.scaler,
            torch.device("cuda"),
            objective=trainer.objective,
        )
