"""The compiled step against Brevitas' own modules and torch's autograd and AdamW."""

import copy
import ctypes
from dataclasses import dataclass

import pytest
import torch
from hypothesis import event, given, settings
from hypothesis import strategies as st
from torch import nn

from logicjsc.dataset import Scaler, Target
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.methods.gradient.config import NetworkConfig, TrainingConfig
from logicjsc.methods.gradient.engines.native.calls import (
    measure_statistics,
    scores_of,
    train_steps,
)
from logicjsc.methods.gradient.engines.native.layout import Data, Layout, Steps
from logicjsc.methods.gradient.engines.native.library import load_library
from logicjsc.methods.gradient.network.inputs import prepare_features
from logicjsc.methods.gradient.network.network import SparseNetwork, build_network
from logicjsc.methods.gradient.neurons.sparse import SparseLinear
from logicjsc.methods.gradient.optimiser import make_optimiser

BETAS = (0.5, 0.999)


@dataclass
class Case:
    """A network with numbers far from their starts, and samples for it."""

    network: nn.Module
    features: torch.Tensor
    prepared: torch.Tensor
    labels: torch.Tensor
    weight_decay: float = 0.1

    @classmethod
    def of(cls, config, samples, *, classes=5, words=None, features=16, seed=0):
        torch.manual_seed(seed)
        scaler = Scaler((0.5,) * features, (2.0,) * features, words)
        target = Target("classes", tuple(f"c{index}" for index in range(classes)))
        network = build_network(config, scaler, target)
        with torch.no_grad():
            for name, parameter in network.named_parameters():
                if parameter.ndim < 2:
                    parameter.mul_(1 + 0.2 * torch.rand_like(parameter))
                if name.endswith("norm.bias"):
                    parameter.add_(0.3 * torch.randn_like(parameter))
            for name, buffer in network.named_buffers():
                if "running" in name:
                    buffer.add_(torch.rand_like(buffer))
        raw = 0.5 + 2.0 * torch.randn(samples, features)
        return cls(network, raw, prepare_features(scaler)(raw), torch.randint(classes, (samples,)))

    def optimiser(self, network):
        config = TrainingConfig(weight_decay=self.weight_decay, betas=BETAS)
        return make_optimiser(network, config)

    def through_torch(self, batches, rates):
        """The network, its optimiser and the losses of steps through the modules."""
        network = copy.deepcopy(self.network).train()
        optimiser = self.optimiser(network)
        losses = []
        for batch, rate in zip(batches, rates, strict=True):
            for group in optimiser.param_groups:
                group["lr"] = rate
            loss = nn.functional.cross_entropy(network(self.features[batch]), self.labels[batch])
            optimiser.zero_grad()
            loss.backward()
            drop_noise(network)
            optimiser.step()
            losses.append(loss.item())
        return network, optimiser, torch.tensor(losses, dtype=torch.float64)

    def is_clear(self, batch):
        """Whether rounding of float32 decides nothing in the first step of the modules.

        No number in front of a quantiser lies on a border, and no neuron's sums are constant, which
        normalisation would divide by almost zero.
        """
        clear = []

        def look(module, given):
            (values,) = given
            if isinstance(module, nn.BatchNorm1d):
                clear.append(bool(values.var(dim=0).min() > 1e-2))
            else:
                steps = values / module.act_quant.scale()
                to_border = (steps - steps.floor() - 0.5).abs().min()
                clear.append(bool(torch.minimum(to_border, steps.abs().min()) > 1e-5))

        network = copy.deepcopy(self.network).train()
        for module in network.modules():
            if isinstance(module, nn.BatchNorm1d) or hasattr(module, "act_quant"):
                module.register_forward_pre_hook(look)
        network(self.features[batch])
        return all(clear)

    def compiled(self, batches, rates, threads=1):
        """The same through the compiled step."""
        network = copy.deepcopy(self.network)
        optimiser = self.optimiser(network)
        losses = train_steps(
            network,
            optimiser,
            self.prepared,
            self.labels,
            batches,
            rates=rates,
            threads=threads,
        )
        return network, optimiser, losses


def idle_biases(network):
    """Biases in front of a normalisation move its mean only; one on all scores no probability."""
    layers = [layer for layer in network.modules() if isinstance(layer, (nn.Linear, SparseLinear))]
    idle = [layer.bias for layer in layers]
    return [*idle, network.score_bias] if isinstance(network, SparseNetwork) else idle


def drop_noise(network):
    """Make gradients zero that are but rounding, which AdamW would blow up to full steps."""
    for bias in idle_biases(network):
        bias.grad.zero_()


def one_batch(case):
    return torch.randperm(len(case.features))[None]


def assert_same_gradients(ours, theirs):
    """After a first step, AdamW's first moment is the gradient times 1 - beta1."""
    network, optimiser, _ = ours
    reference, _, _ = theirs
    for (name, parameter), other in zip(
        network.named_parameters(), reference.parameters(), strict=True
    ):
        gradient = optimiser.state[parameter]["exp_avg"] / (1 - BETAS[0])
        # Relative to the largest entry: entries near zero are differences of larger numbers.
        tolerance = 2e-5 * float(other.grad.abs().max()) + 2e-6
        torch.testing.assert_close(gradient, other.grad, rtol=0, atol=tolerance, msg=name)


def assert_same_statistics(network, reference, tolerance=1e-5):
    for (name, buffer), other in zip(network.named_buffers(), reference.buffers(), strict=True):
        torch.testing.assert_close(buffer, other, rtol=tolerance, atol=tolerance, msg=name)


def assert_same_evaluation(case, network):
    """The compiled evaluation gives what the modules give with the same numbers."""
    scores = scores_of(network, case.prepared, 1)
    with torch.no_grad():
        expected = network.eval()(case.features)
    # Quantised scores lie on a grid; a sample on a rounding border may take the next point of it.
    far = ((scores - expected).abs() > 1e-5).any(dim=1)
    assert int(far.sum()) <= len(scores) // 200


@st.composite
def networks(draw):
    hidden = tuple(draw(st.lists(st.integers(2, 20), min_size=1, max_size=3)))
    layers = len(hidden) + 1
    pairs = [(start, end) for end in range(2, layers + 1) for start in range(end - 1)]
    skips = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=3)) if pairs else []
    narrowest = min((16, *hidden))
    return NetworkConfig(
        hidden=hidden,
        input_bits=draw(st.integers(1, 8)),
        bits=tuple(draw(st.lists(st.integers(1, 8), min_size=layers, max_size=layers))),
        fan_in=tuple(draw(st.lists(st.integers(2, narrowest), min_size=layers, max_size=layers))),
        connectivity=draw(st.sampled_from(["covering", "random"])),
        skips=tuple(skips),
    )


@given(networks(), st.integers(2, 300), st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_a_step_equals_that_of_the_modules(config, samples, seed):
    case = Case.of(config, samples, seed=seed)
    batch = one_batch(case)
    ours, theirs = case.compiled(batch, [1e-3]), case.through_torch(batch, [1e-3])
    event("clear" if case.is_clear(batch[0]) else "on a border")
    if case.is_clear(batch[0]):
        torch.testing.assert_close(ours[2], theirs[2], rtol=1e-6, atol=1e-6)
        assert_same_gradients(ours, theirs)
        assert_same_statistics(ours[0], theirs[0])
    assert_same_evaluation(case, ours[0])


def test_neurons_of_one_source():
    # Normalisation takes the size of a single weight out again: its gradient is but rounding.
    case = Case.of(NetworkConfig(hidden=(9, 4), fan_in=1), 200)
    batch = one_batch(case)
    ours, theirs = case.compiled(batch, [1e-9]), case.through_torch(batch, [1e-9])
    torch.testing.assert_close(ours[2], theirs[2], rtol=1e-6, atol=1e-6)
    assert_same_numbers(ours[0], theirs[0], 1e-5)
    assert_same_evaluation(case, ours[0])


@pytest.mark.parametrize("kind", ["sparse", "dense"])
def test_biases_that_change_nothing_have_no_gradient(kind):
    case = Case.of(NetworkConfig(kind=kind, hidden=(24, 9), fan_in=4), 1024)
    case.network(case.features).log_softmax(dim=1)[:, 0].mean().backward()
    assert all(bias.grad.abs().max() < 1e-5 for bias in idle_biases(case.network))
    batch = one_batch(case)
    network, optimiser, _ = case.compiled(batch, [1e-3])
    assert not any(optimiser.state[bias]["exp_avg"].any() for bias in idle_biases(network))


@pytest.mark.parametrize("samples", [33, 1024])
@pytest.mark.parametrize(
    "config",
    [
        NetworkConfig(kind="dense", hidden=(24, 9)),
        NetworkConfig(hidden=(12, 40), fan_in=(11, 7, 33), bits=(1, 2, 1), input_bits=1),
        NetworkConfig(hidden=(8, 6, 7), bits=(3, 2, 5, 8), skips=((0, 2), (0, 4), (1, 3), (1, 4))),
        NetworkConfig(hidden=(8, 6), bits=3, fan_in=4, activation=("signed", "rectified")),
    ],
    ids=["dense", "wide and of one bit", "skips", "of both signs"],
)
def test_shapes_of_all_kinds(config, samples):
    case = Case.of(config, samples)
    batch = one_batch(case)
    ours, theirs = case.compiled(batch, [1e-2]), case.through_torch(batch, [1e-2])
    assert_same_gradients(ours, theirs)
    assert_same_statistics(ours[0], theirs[0])
    assert_same_evaluation(case, ours[0])


def test_features_as_words_and_other_numbers_of_features_and_classes():
    words = FixedPoint.uniform(6, (-2,) * 7, (-32,) * 7)
    case = Case.of(NetworkConfig(hidden=(9,), fan_in=3), 200, classes=3, words=words, features=7)
    batch = one_batch(case)
    ours, theirs = case.compiled(batch, [1e-3]), case.through_torch(batch, [1e-3])
    assert_same_gradients(ours, theirs)
    assert_same_evaluation(case, ours[0])


def test_a_quantiser_whose_range_turned_negative_learns_on():
    case = Case.of(NetworkConfig(hidden=(10,), fan_in=4), 256)
    quantisers = [case.network.input.quantiser, case.network.layers[0].quantiser]
    with torch.no_grad():
        for quantiser in quantisers:
            for parameter in quantiser.parameters():
                parameter.neg_()
    batch = one_batch(case)
    ours, theirs = case.compiled(batch, [1e-3]), case.through_torch(batch, [1e-3])
    assert_same_gradients(ours, theirs)


def assert_same_numbers(network, reference, tolerance):
    for (name, entry), other in zip(
        network.state_dict().items(), reference.state_dict().values(), strict=True
    ):
        torch.testing.assert_close(entry, other, rtol=tolerance, atol=tolerance, msg=name)


def test_many_steps_stay_together():
    case = Case.of(NetworkConfig(hidden=(16, 12), bits=3, fan_in=4), 2048)
    batches = torch.stack([torch.randperm(2048)[:512] for _ in range(30)])
    rates = [1e-3 * (1 + step % 3) for step in range(30)]
    ours, theirs = case.compiled(batches, rates), case.through_torch(batches, rates)
    torch.testing.assert_close(ours[2], theirs[2], rtol=0, atol=2e-4)
    assert ours[2][-1] < ours[2][0] - 0.001
    assert_same_numbers(ours[0], theirs[0], 1e-3)
    steps = {int(state["step"]) for state in ours[1].state_dict()["state"].values()}
    assert steps == {30}
    assert {int(norm) for name, norm in ours[0].named_buffers() if "num_batches" in name} == {30}


def test_torch_goes_on_where_the_compiled_steps_ended():
    case = Case.of(NetworkConfig(hidden=(8,), fan_in=4), 512)
    batches = torch.stack([torch.randperm(512)[:128] for _ in range(6)])
    rates = [1e-3] * 6
    network, optimiser, _ = case.compiled(batches[:3], rates[:3])
    network.train()
    for batch in batches[3:]:
        loss = nn.functional.cross_entropy(network(case.features[batch]), case.labels[batch])
        optimiser.zero_grad()
        loss.backward()
        drop_noise(network)
        optimiser.param_groups[0]["lr"] = optimiser.param_groups[1]["lr"] = 1e-3
        optimiser.step()
    reference, _, _ = case.through_torch(batches, rates)
    assert_same_numbers(network, reference, 1e-4)


def bits_of(network, optimiser):
    moments = [
        optimiser.state[parameter][key]
        for parameter in network.parameters()
        for key in ("exp_avg", "exp_avg_sq")
    ]
    return [*network.state_dict().values(), *moments]


@pytest.mark.parametrize("kind", ["sparse", "dense"])
@pytest.mark.parametrize("threads", [2, 3, 7])
def test_the_number_of_threads_changes_no_bit(kind, threads):
    case = Case.of(NetworkConfig(kind=kind, hidden=(13, 5), fan_in=3), 700)
    batches = torch.stack([torch.randperm(700)[:99] for _ in range(20)])
    one = case.compiled(batches, [1e-2] * 20)
    many = case.compiled(batches, [1e-2] * 20, threads=threads)
    assert torch.equal(one[2], many[2])
    for ours, theirs in zip(bits_of(*one[:2]), bits_of(*many[:2]), strict=True):
        assert torch.equal(ours, theirs)
    scores = [scores_of(one[0], case.prepared, count) for count in (1, threads)]
    assert torch.equal(*scores)


def test_steps_in_one_call_or_in_several_are_the_same():
    case = Case.of(NetworkConfig(hidden=(6,), fan_in=3), 300)
    batches = torch.stack([torch.randperm(300)[:50] for _ in range(9)])
    whole, optimiser, _ = case.compiled(batches, [1e-2] * 9)
    parts, moments, _ = case.compiled(batches[:4], [1e-2] * 4)
    train_steps(
        parts, moments, case.prepared, case.labels, batches[4:], rates=[1e-2] * 5, threads=1
    )
    for ours, theirs in zip(bits_of(whole, optimiser), bits_of(parts, moments), strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("odd", [torch.nan, torch.inf])
def test_a_loss_that_is_no_number_stops_before_its_step(threads, odd):
    case = Case.of(NetworkConfig(hidden=(6,), fan_in=3), 300)
    batches = torch.arange(300).view(6, 50)
    case.prepared[175] = odd
    broken = case.compiled(batches, [1e-2] * 6, threads)
    assert broken[2][:3].isfinite().all()
    assert len(broken[2]) == 4
    assert broken[2][3].isnan()
    healthy = case.compiled(batches[:3], [1e-2] * 3)
    for (name, ours), theirs in zip(
        broken[0].named_parameters(), healthy[0].parameters(), strict=True
    ):
        assert torch.equal(ours, theirs), name


def test_a_batch_beyond_memory_is_told():
    case = Case.of(NetworkConfig(hidden=(6,), fan_in=3), 300)
    layout = Layout(case.network, case.optimiser(case.network))
    samples = Data(case.prepared.data_ptr(), case.labels.data_ptr(), None, None, None, 300)
    steps = Steps(None, None, None, None, 1, 1 << 44, 0, *BETAS, 1e-8, 0, 0.0, 0.0, 1.0, 0.0, 1)
    arguments = map(ctypes.byref, (layout.network, samples, steps))
    assert load_library().logicjsc_train(*arguments) == -1


def test_a_block_beyond_memory_is_told():
    case = Case.of(NetworkConfig(hidden=(6,), fan_in=3), 300)
    samples = Data(case.prepared.data_ptr(), None, None, None, None, 300)
    numbers = map(ctypes.c_int64, (1, 1 << 44, 1))
    layout = Layout(case.network)
    first = map(ctypes.byref, (layout.network, samples))
    assert load_library().logicjsc_statistics(*first, None, *numbers) == -1


@pytest.mark.parametrize("threads", [2, 5])
def test_statistics_do_not_depend_on_threads(threads):
    case = Case.of(NetworkConfig(hidden=(13, 5), fan_in=3), 700)
    blocks = torch.randperm(700).view(7, 100)
    one, many = copy.deepcopy(case.network), copy.deepcopy(case.network)
    measure_statistics(one, case.prepared, blocks, 1)
    measure_statistics(many, case.prepared, blocks, threads)
    for ours, theirs in zip(one.buffers(), many.buffers(), strict=True):
        assert torch.equal(ours, theirs)
    assert not torch.equal(one.input.norm.running_mean, case.network.input.norm.running_mean)
