"""One kernel's training against the compiled step; here thread by thread, and on a GPU."""

import ctypes
from dataclasses import replace

import pytest
import torch
from reference.emulated_cuda import ORDERS, EmulatedKernels, emulated_library
from reference.small_jets import small_splits
from reference.small_runs import NETWORK, config_of, interrupt_after, trainer_of

from logicjsc.methods.gradient.config import NetworkConfig
from logicjsc.methods.gradient.engines.batches import batches_of
from logicjsc.methods.gradient.engines.cuda.engine import KernelEngine, plan_of
from logicjsc.methods.gradient.engines.cuda.layout import Evaluation, Steps
from logicjsc.methods.gradient.engines.cuda.tables import fits
from logicjsc.methods.gradient.engines.graph_engine import GraphEngine
from logicjsc.methods.gradient.evaluation import ranks_of
from logicjsc.methods.gradient.loop import Trainer
from logicjsc.methods.gradient.network.blocks import blocks_of
from logicjsc.methods.gradient.population import member_configs
from logicjsc.methods.loading import load_config, resolve_config

MEMBERS = {"learning_rate": (1e-3, 3e-3, 1e-4), "weight_decay": (0.5, 0.0, 0.1)}


@pytest.fixture(autouse=True)
def few_threads(request, monkeypatch):
    """Thread blocks of four warps, so that running thread by thread takes less long."""
    if not request.node.get_closest_marker("cuda"):
        monkeypatch.setattr("logicjsc.methods.gradient.engines.cuda.plan.THREADS", 128)
        monkeypatch.setattr("logicjsc.methods.gradient.engines.cuda.plan._WARPS", 4)


def kernel_trainer(path, config, splits=None, kernels=None):
    """A trainer whose steps the kernel makes, on the CPU."""
    splits = splits or small_splits()
    trainer = trainer_of(path, splits, config)
    return with_kernels(trainer, kernels or EmulatedKernels())


def with_kernels(trainer, kernels):
    plan = plan_of(trainer.members, trainer.objective, kernels)
    trainer.engine = KernelEngine(
        trainer.members,
        trainer.dataset,
        trainer.scaler,
        trainer.device,
        kernels=kernels,
        plan=plan,
        objective=trainer.objective,
    )
    return trainer


def assert_close(ours, theirs, tolerance):
    for (name, entry), other in zip(
        ours.state_dict().items(), theirs.state_dict().values(), strict=True
    ):
        torch.testing.assert_close(
            entry.cpu(), other.cpu(), rtol=tolerance, atol=tolerance, msg=name
        )


def assert_same_training(ours, theirs, tolerance=2e-4):
    """Networks, averages and optimisers agree."""
    for mine, other in zip(ours.members, theirs.members, strict=True):
        assert_close(mine.network, other.network, tolerance)
        if mine.averaged is not None:
            assert_close(mine.averaged, other.averaged, tolerance)
        pairs = zip(mine.network.parameters(), other.network.parameters(), strict=True)
        for own, their in pairs:
            for key in ("exp_avg", "exp_avg_sq", "step"):
                torch.testing.assert_close(
                    mine.optimiser.state[own][key].cpu(),
                    other.optimiser.state[their][key].cpu(),
                    rtol=2e-3,
                    atol=1e-5,
                )


def test_structures_have_the_compilers_size():
    library = emulated_library()
    assert library.size_of_steps() == ctypes.sizeof(Steps)
    assert library.size_of_evaluation() == ctypes.sizeof(Evaluation)


@pytest.fixture(params=[2, 4], ids=["2 samples a lane", "4 samples a lane"])
def lane(request, monkeypatch):
    """Data of each lane of a warp; plans choose among them by speed."""
    costs = {request.param: (1.0, 1.0)}
    monkeypatch.setattr("logicjsc.methods.gradient.engines.cuda.plan._COSTS", costs)
    return request.param


@pytest.mark.parametrize(
    ("lane", "batch"), [(2, 32), (4, 50), (2, 100), (4, 130), (4, 300)], indirect=["lane"]
)
@pytest.mark.usefixtures("lane")
@pytest.mark.parametrize(
    "network",
    [
        NETWORK,
        NetworkConfig(
            hidden=(12, 7, 9),
            input_bits=4,
            bits=(1, 2, 3, 7),
            fan_in=(5, 2, 6, 3),
            skips=((0, 2), (1, 4)),
        ),
    ],
    ids=["small", "skips"],
)
def test_an_epoch_is_that_of_the_compiled_step(tmp_path, network, batch):
    config = config_of(network, batch_size=batch)
    ours = kernel_trainer(tmp_path / "ours", config)
    theirs = trainer_of(tmp_path / "theirs", config=config)
    losses, expected = ours.engine.train_epoch(0), theirs.engine.train_epoch(0)
    torch.testing.assert_close(losses.double(), expected, rtol=1e-5, atol=1e-5)
    assert_same_training(ours, theirs)
    assert ours.members[0].optimiser.param_groups[0]["lr"] == pytest.approx(
        theirs.members[0].optimiser.param_groups[0]["lr"]
    )
    torch.testing.assert_close(
        ours.engine.validation_scores(), theirs.engine.validation_scores(), rtol=1e-4, atol=1e-4
    )


@pytest.mark.usefixtures("lane")
@pytest.mark.parametrize("averaging", ["exponential", "stochastic"])
def test_a_population_with_averages_and_smoothing(tmp_path, averaging):
    config = config_of(
        members=MEMBERS,
        population=3,
        batch_size=100,
        averaging=averaging,
        average_start=0.0,
        label_smoothing=0.2,
    )
    ours = kernel_trainer(tmp_path / "ours", config)
    theirs = trainer_of(tmp_path / "theirs", config=config)
    for epoch in range(2):
        losses, expected = (trainer.engine.train_epoch(epoch) for trainer in (ours, theirs))
        torch.testing.assert_close(losses.double(), expected, rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(
            ours.engine.validation_scores(), theirs.engine.validation_scores(), rtol=1e-3, atol=1e-3
        )
    assert_same_training(ours, theirs, 1e-3)


def test_a_teacher(tmp_path):
    teacher = trainer_of(tmp_path / "teacher")
    teacher.fit(lambda _: None)
    config = config_of(
        teacher={"run": str(tmp_path / "teacher"), "weight": 0.7, "temperature": 3.0}
    )
    ours = kernel_trainer(tmp_path / "ours", config)
    theirs = trainer_of(tmp_path / "theirs", config=config)
    losses, expected = ours.engine.train_epoch(0), theirs.engine.train_epoch(0)
    torch.testing.assert_close(losses.double(), expected, rtol=1e-5, atol=1e-5)
    assert_same_training(ours, theirs)


def test_a_member_alone_equals_the_member_in_the_crowd(tmp_path):
    config = config_of(NETWORK, members=MEMBERS, population=3, batch_size=100)
    crowd = kernel_trainer(tmp_path / "crowd", config)
    losses = crowd.engine.train_epoch(0)
    for index, single in enumerate(member_configs(config)):
        alone = kernel_trainer(tmp_path / str(index), single)
        assert torch.equal(alone.engine.train_epoch(0)[0], losses[index])
        assert_close(alone.members[0].network, crowd.members[index].network, 0.0)


@pytest.mark.parametrize(("lane", "ranks"), [(2, 1), (4, 2)], indirect=["lane"])
@pytest.mark.usefixtures("lane")
@pytest.mark.parametrize("order", ORDERS)
def test_the_order_in_which_threads_run_changes_nothing(tmp_path, monkeypatch, order, ranks):
    monkeypatch.setattr("logicjsc.methods.gradient.engines.cuda.plan.CLUSTERS", (ranks,))
    config = config_of(batch_size=250, epochs=3, averaging="exponential")
    usual = kernel_trainer(tmp_path / "usual", config)
    other = kernel_trainer(
        tmp_path / "other", config, kernels=EmulatedKernels(lazy=False, order=order)
    )
    assert usual.engine.plan.columns * ranks > 1
    for epoch in range(2):
        losses = [trainer.engine.train_epoch(epoch) for trainer in (usual, other)]
        assert torch.equal(*losses)
    assert_close(usual.members[0].network, other.members[0].network, 0.0)
    assert_close(usual.members[0].averaged, other.members[0].averaged, 0.0)


def test_long_epochs_take_several_launches(tmp_path, monkeypatch):
    config = config_of(averaging="exponential")
    whole = kernel_trainer(tmp_path / "whole", config)
    monkeypatch.setattr("logicjsc.methods.gradient.engines.cuda.engine._STEPS_PER_LAUNCH", 5)
    parts = kernel_trainer(tmp_path / "parts", config)
    assert torch.equal(whole.engine.train_epoch(0), parts.engine.train_epoch(0))
    assert len(parts.engine.kernels.launches) == 3
    assert_close(whole.members[0].network, parts.members[0].network, 0.0)
    assert_close(whole.members[0].averaged, parts.members[0].averaged, 0.0)


def test_more_members_than_run_at_a_time_take_turns(tmp_path):
    class Narrow(EmulatedKernels):
        def clusters(self, kernel, grid):
            return 2 if super().clusters(kernel, grid) and grid.ranks == 1 else 0

    config = config_of(members=MEMBERS, population=3, averaging="exponential")
    narrow = kernel_trainer(tmp_path / "narrow", config, kernels=Narrow())
    losses = narrow.engine.train_epoch(0)
    widths = [grid.blocks for _, grid in narrow.engine.kernels.launches]
    assert max(widths) == 2
    assert len(widths) == pytest.approx(3 * 12 / 2, abs=1)
    wide = kernel_trainer(tmp_path / "wide", config)
    assert torch.equal(wide.engine.train_epoch(0), losses)
    for ours, theirs in zip(narrow.members, wide.members, strict=True):
        assert_close(ours.network, theirs.network, 0.0)
        assert_close(ours.averaged, theirs.averaged, 0.0)


def test_a_restored_run_goes_on_to_the_same_bits(tmp_path):
    config = config_of(epochs=2, population=2, batch_size=100)
    whole = kernel_trainer(tmp_path / "whole" / "run", config).fit(lambda _: None)

    stopped = kernel_trainer(tmp_path / "stopped" / "run", config)
    interrupt_after(1, stopped)
    again = with_kernels(Trainer(stopped.run, config, small_splits()), EmulatedKernels())
    again.restore()
    assert again.fit(lambda _: None) == whole


@pytest.mark.parametrize("engine", ["kernel", "graph"])
def test_connections_taken_from_another_run_are_used(tmp_path, engine):
    other = NetworkConfig(hidden=(10,), bits=(2, 4), fan_in=(3, 5), connectivity_seed=7)
    trainer_of(tmp_path / "other", config=config_of(other)).fit(lambda _: None)
    config = config_of(start_from=str(tmp_path / "other"))
    trainers = [trainer_of(tmp_path / name, config=config) for name in ("ours", "theirs")]
    ours, theirs = trainers
    if engine == "kernel":
        with_kernels(ours, EmulatedKernels())
    else:
        ours.engine = GraphEngine(ours.members, ours.dataset, ours.scaler, ours.device)
    for trainer in trainers:
        trainer.begin()
        trainer.losses = trainer.engine.train_epoch(0)
    torch.testing.assert_close(ours.losses.double(), theirs.losses, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ["norm.weight", "quantiser", "linear.weight"])
def test_what_is_not_a_number_reaches_the_loss(tmp_path, name):
    trainer = kernel_trainer(tmp_path / "run", config_of())
    for key, parameter in trainer.members[0].network.named_parameters():
        if name in key and "layers.0" in key:
            parameter.data.flatten()[0] = torch.nan
    assert not torch.isfinite(trainer.engine.train_epoch(0)[0, 0])


def test_what_the_kernel_cannot_hold_is_left_to_others(tmp_path):
    def blocks(**changes):
        network = NetworkConfig(**({"hidden": (10,), "bits": (2, 4), "fan_in": (3, 5)} | changes))
        return blocks_of(
            trainer_of(tmp_path / str(changes), config=config_of(network)).members[0].network
        ).blocks

    assert fits(blocks())
    assert not fits(blocks(kind="dense"))
    assert not fits(blocks(bits=(8, 4)))  # codes up to 255
    assert fits(blocks(bits=(7, 8)))
    assert not fits(blocks(hidden=(4,) * 24, bits=2, fan_in=2))


def test_batches_that_fit_no_thread_block_have_no_plan(tmp_path):
    trainer = trainer_of(tmp_path / "run", config=config_of(batch_size=400))
    assert plan_of(trainer.members, trainer.objective, EmulatedKernels()).ranks == 4
    assert plan_of(trainer.members, trainer.objective, EmulatedKernels(10_000)) is None


@pytest.mark.cuda
@pytest.mark.skipif(
    not torch.cuda.is_available() or torch.cuda.get_device_capability() < (9, 0),
    reason="torch finds no CUDA device with clusters of thread blocks",
)
class TestCuda:
    @pytest.fixture(autouse=True)
    def as_before(self):
        yield
        torch.use_deterministic_algorithms(False)

    def trainers(self, tmp_path, config, splits=None):
        """The kernel's on the GPU and the compiled step's, on the same batches."""
        on_gpu = replace(config, training=replace(config.training, device="cuda"))
        ours = trainer_of(tmp_path / "gpu", splits, on_gpu)
        theirs = trainer_of(tmp_path / "cpu", splits, config)
        assert type(ours.engine) is KernelEngine
        ours.engine._order = lambda epoch: torch.stack(
            [
                batches_of(member.config.training, epoch, len(ours.engine.features))
                for member in ours.members
            ]
        ).cuda()
        return ours, theirs

    @pytest.mark.parametrize("population", [1, 3])
    @pytest.mark.parametrize("batch", [32, 130, 384])
    def test_an_epoch_is_that_of_the_compiled_step(self, tmp_path, batch, population):
        config = config_of(
            batch_size=batch, population=population, averaging="exponential", label_smoothing=0.1
        )
        ours, theirs = self.trainers(tmp_path, config)
        losses, expected = ours.engine.train_epoch(0), theirs.engine.train_epoch(0)
        torch.testing.assert_close(losses.double(), expected, rtol=1e-4, atol=1e-4)
        assert_same_training(ours, theirs, 1e-3)
        torch.testing.assert_close(
            ours.engine.validation_scores().cpu(),
            theirs.engine.validation_scores(),
            rtol=1e-2,
            atol=1e-2,
        )

    @pytest.mark.parametrize("name", ["jsc-s", "jsc-m", "jsc-l"])
    def test_shipped_networks_in_large_clusters(self, tmp_path, name):
        network = load_config(resolve_config(name)).config.network
        config = config_of(network, batch_size=1024, learning_rate=1e-3)
        ours, theirs = self.trainers(tmp_path, config, small_splits(train=4096))
        losses, expected = ours.engine.train_epoch(0), theirs.engine.train_epoch(0)
        assert ours.engine.plan.ranks >= 8
        # Roundings on the border fall to either side, which later steps amplify.
        torch.testing.assert_close(losses.double(), expected, rtol=1e-3, atol=1e-3)
        assert_same_training(ours, theirs, 2e-2)

    @pytest.mark.parametrize("batch", [300, 3000])
    def test_it_repeats_itself_to_the_bit(self, tmp_path, batch):
        config = config_of(batch_size=batch, population=2, epochs=3, device="cuda")
        first, second = (
            trainer_of(tmp_path / name, small_splits(train=6000), config) for name in ("a", "b")
        )
        assert (first.engine.plan.columns > 1) == (batch > 300)
        for epoch in range(2):
            assert torch.equal(first.engine.train_epoch(epoch), second.engine.train_epoch(epoch))
        assert torch.equal(first.engine.validation_scores(), second.engine.validation_scores())

    def test_metrics_are_those_of_the_scores(self, tmp_path):
        trainer = trainer_of(tmp_path / "run", config=config_of(population=2, device="cuda"))
        trainer.engine.train_epoch(0)
        scores, samples = trainer.engine.validation_scores(), trainer.dataset.validation
        assert scores.is_cuda
        found, expected = (ranks_of(part, samples, "accuracy") for part in (scores, scores.cpu()))
        for ours, theirs in zip(found, expected, strict=True):
            assert ours == pytest.approx(theirs, rel=1e-12)
