"""Stacked training against Brevitas' modules; on a GPU, the captured graph against both."""

import pytest
import torch
from reference.small_jets import small_splits
from reference.small_runs import NETWORK, config_of, interrupt_after, trainer_of

from logicjsc.methods.gradient.config import NetworkConfig
from logicjsc.methods.gradient.engines.graph_engine import GraphEngine
from logicjsc.methods.gradient.loop import Trainer
from logicjsc.methods.gradient.population import member_configs

MEMBERS = {"learning_rate": (1e-3, 3e-3, 1e-4), "weight_decay": (0.5, 0.0, 0.1)}


def stacked_trainer(path, config, splits=None):
    """A trainer whose steps are those of the stacked network, on the config's device."""
    splits = splits or small_splits()
    trainer = trainer_of(path, splits, config)
    trainer.engine = GraphEngine(trainer.members, splits, trainer.scaler, trainer.device)
    return trainer


def assert_close(ours, theirs, tolerance):
    for (name, entry), other in zip(
        ours.state_dict().items(), theirs.state_dict().values(), strict=True
    ):
        torch.testing.assert_close(entry, other, rtol=tolerance, atol=tolerance, msg=name)


@pytest.mark.parametrize("kind", ["sparse", "dense"])
def test_an_epoch_of_a_population_is_that_of_its_members_alone(tmp_path, kind):
    network = NetworkConfig(kind=kind, hidden=(10,), bits=(2, 4), fan_in=(3, 5))
    config = config_of(network, members=MEMBERS, population=3, epochs=3)
    stacked = stacked_trainer(tmp_path / "stacked", config)
    losses = stacked.engine.train_epoch(0)
    # The compiled step, too, gives no gradient to biases that change nothing.
    compiled = trainer_of(tmp_path / "compiled", config=config)
    expected = compiled.engine.train_epoch(0)
    torch.testing.assert_close(losses.double(), expected, rtol=1e-4, atol=1e-4)
    for ours, theirs in zip(stacked.members, compiled.members, strict=True):
        assert_close(ours.network, theirs.network, 2e-4)
        for mine, other in zip(ours.network.parameters(), theirs.network.parameters(), strict=True):
            for key in ("exp_avg", "exp_avg_sq", "step"):
                torch.testing.assert_close(
                    ours.optimiser.state[mine][key],
                    theirs.optimiser.state[other][key],
                    rtol=2e-3,
                    atol=1e-5,
                )
    torch.testing.assert_close(
        stacked.engine.validation_scores(),
        compiled.engine.validation_scores(),
        rtol=1e-3,
        atol=1e-3,
    )


def test_a_member_alone_equals_the_member_in_the_crowd(tmp_path):
    config = config_of(NETWORK, members=MEMBERS, population=3)
    crowd = stacked_trainer(tmp_path / "crowd", config)
    losses = crowd.engine.train_epoch(0)
    for index, single in enumerate(member_configs(config)):
        alone = stacked_trainer(tmp_path / str(index), single)
        torch.testing.assert_close(alone.engine.train_epoch(0)[0], losses[index])
        assert_close(alone.members[0].network, crowd.members[index].network, 1e-5)


def test_a_restored_run_goes_on_to_the_same_bits(tmp_path):
    config = config_of(epochs=3, population=2)
    whole = stacked_trainer(tmp_path / "whole" / "run", config).fit(lambda _: None)

    stopped = stacked_trainer(tmp_path / "stopped" / "run", config)
    interrupt_after(2, stopped)
    again = Trainer(stopped.run, config, small_splits())
    # An engine made before the run is restored finds the new tensors.
    again.engine = GraphEngine(again.members, small_splits(), again.scaler, again.device)
    again.restore()
    assert again.fit(lambda _: None) == whole


cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no CUDA device")


@pytest.mark.cuda
@cuda
class TestCuda:
    @pytest.fixture(autouse=True)
    def as_before(self):
        yield
        torch.use_deterministic_algorithms(False)

    def test_what_is_no_truth_table_is_left_to_the_graph(self, tmp_path):
        dense = NetworkConfig(kind="dense", hidden=(10,))
        trainer = trainer_of(tmp_path / "run", config=config_of(dense, device="cuda"))
        assert type(trainer.engine) is GraphEngine
        trainer.engine.train_epoch(0)
        assert trainer.engine.graph is not None

    @pytest.mark.parametrize("population", [1, 3])
    def test_the_graph_makes_the_steps_that_its_operations_make(self, tmp_path, population):
        config = config_of(device="cuda", population=population, epochs=3, averaging="exponential")
        graph = stacked_trainer(tmp_path / "graph", config)
        eager = stacked_trainer(tmp_path / "eager", config)
        eager.engine._capture = lambda: None
        for epoch in range(2):
            ours, theirs = (trainer.engine.train_epoch(epoch) for trainer in (graph, eager))
            assert torch.equal(ours, theirs)
        assert graph.engine.graph is not None
        assert eager.engine.graph is None
        for ours, theirs in zip(graph.members, eager.members, strict=True):
            assert_close(ours.network, theirs.network, 0.0)
            assert_close(ours.averaged, theirs.averaged, 0.0)

    def test_the_graph_makes_the_steps_of_the_modules(self, tmp_path):
        config = config_of(device="cuda", learning_rate=1e-3, epochs=3)
        graph = stacked_trainer(tmp_path / "graph", config)
        modules = trainer_of(
            tmp_path / "modules",
            config=config_of(device="cuda", learning_rate=1e-3, epochs=3, engine="brevitas"),
        )
        ours, theirs = (trainer.engine.train_epoch(0) for trainer in (graph, modules))
        torch.testing.assert_close(ours, theirs, rtol=2e-3, atol=2e-3)
