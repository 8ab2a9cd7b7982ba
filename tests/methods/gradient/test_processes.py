"""Two processes that train together, started by torchrun and talking through Gloo."""

import copy
import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from click.testing import CliRunner
from reference.small_jets import small_splits, write_jets
from reference.small_runs import NETWORK, config_of, trainer_of
from torch import nn

from logicjsc.cli.main import main
from logicjsc.core.errors import ConfigError
from logicjsc.core.run import Run
from logicjsc.methods.gradient import checkpoint, processes
from logicjsc.methods.gradient.config import NetworkConfig
from logicjsc.methods.gradient.engines.engine import make_engine
from logicjsc.methods.gradient.loop import Trainer
from logicjsc.methods.gradient.neurons.sparse import SparseLinear
from logicjsc.methods.gradient.processes import (
    ALONE,
    Processes,
    SharedNorm,
    interleave,
    share_norms,
)
from logicjsc.methods.loading import config_to_toml

DENSE = NetworkConfig(kind="dense", hidden=(10,))


def arguments(folder, name, config):
    write_jets(folder / "samples" / "train.npz", small_splits(train=800).train)
    write_jets(folder / "samples" / "test.npz", small_splits().test)
    config = replace(config, data=replace(config.data, path=str(folder / "samples")))
    (folder / f"{name}.toml").write_text(config_to_toml("gradient", config))
    return [str(folder / f"{name}.toml"), "--out", str(folder / name)]


def train_together(folder, name, config):
    """A run of two processes."""
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    return subprocess.run(
        [*launcher, "-m", "logicjsc", "train", *arguments(folder, name, config)],
        env={**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def train_alone(*given):
    """A run of this process."""
    result = CliRunner().invoke(main, ["train", *map(str, given)])
    assert result.exit_code == 0, result.output


def results(folder, *names):
    loaded = [json.loads((folder / name / "result.json").read_text()) for name in names]
    # Runs are called after their folders, and take their time.
    for result in loaded:
        assert result.pop("seconds") > 0
        for entry in (result, *result["found"]):
            del entry["name"]
    return loaded


def model_of(path, key="model"):
    return checkpoint.load(path / "state.pt")["members"][0][key]


def test_two_processes_equal_one_with_twice_the_batch(tmp_path):
    # Float layers: a rounding that falls the other way would be no mistake.
    common = {"epochs": 2, "learning_rate": 1e-3, "engine": "brevitas", "label_smoothing": 0.1}
    common["averaging"] = "exponential"
    both = train_together(tmp_path, "both", config_of(DENSE, **common))
    assert both.returncode == 0, both.stderr
    whole = config_of(DENSE, **{**common, "batch_size": 64})
    train_alone(*arguments(tmp_path, "one", whole))
    # Biases in front of a normalisation move by nothing but rounding, and means follow them.
    for part in ("model", "averaged"):
        ours, theirs = (model_of(tmp_path / name, part) for name in ("both", "one"))
        for name, tensor in ours.items():
            if name not in {"3.bias", "6.bias"} and not (
                name in {"4.running_mean", "7.running_mean"} or "num_batches" in name
            ):
                torch.testing.assert_close(tensor, theirs[name], rtol=1e-4, atol=1e-4, msg=name)
    # An average's means are measured with its own biases.
    for layer in (3, 6):
        mine, other = (
            weights[f"{layer + 1}.running_mean"] - weights[f"{layer}.bias"]
            for weights in (ours, theirs)
        )
        torch.testing.assert_close(mine, other, rtol=1e-4, atol=1e-4)
    metrics = [
        [json.loads(line) for line in (tmp_path / name / "metrics.jsonl").read_text().splitlines()]
        for name in ("both", "one")
    ]
    for mine, other in zip(*metrics, strict=True):
        for key in ("training_loss", "validation_loss", "learning_rate"):
            assert mine[key] == pytest.approx(other[key], rel=1e-4), key
    # The first process alone talks and writes.
    assert both.stdout.count("test accuracy") == 1
    assert both.stdout.count("training.epochs") == 1
    mine, other = (
        sorted(entry.name for entry in (tmp_path / name).iterdir()) for name in ("both", "one")
    )
    assert mine == other


def test_members_are_dealt_out_and_gathered(tmp_path):
    config = config_of(population=3, epochs=3, averaging="exponential")
    together = train_together(tmp_path, "both", config)
    assert together.returncode == 0, together.stderr
    train_alone(*arguments(tmp_path, "one", config))
    ours, theirs = results(tmp_path, "both", "one")
    assert ours == theirs
    states = [checkpoint.load(tmp_path / name / "state.pt") for name in ("both", "one")]
    for mine, other in zip(*(state["members"] for state in states), strict=True):
        assert mine["best"] == other["best"]
        for part in ("model", "averaged"):
            for name, tensor in mine[part].items():
                assert torch.equal(tensor, other[part][name]), name
    # A run that two processes began goes on with one.
    longer = (tmp_path / "both" / "config.toml").read_text().replace("epochs = 3", "epochs = 4")
    for name in ("both", "one"):
        (tmp_path / name / "config.toml").write_text(longer)
        train_alone("--resume", tmp_path / name)
    ours, theirs = results(tmp_path, "both", "one")
    assert ours == theirs
    assert ours["steps"] == 4


def test_a_mistake_of_the_first_ends_all_processes(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.tex").write_text("years of work")
    refused = train_together(tmp_path, "run", config_of())
    assert refused.returncode
    # torchrun may end one of them before it has said so.
    sentences = [
        f"{which}: {tmp_path}/run exists and was not written by logicjsc"
        for which in ("error", "error in process 1")
    ]
    assert any(sentence in refused.stderr for sentence in sentences)
    assert "logicjsc/cli" not in refused.stderr, "a traceback"
    assert [entry.name for entry in (tmp_path / "run").iterdir()] == ["thesis.tex"]


class TestRefusals:
    def test_more_processes_than_members(self, tmp_path):
        run = Run(tmp_path / "run")
        with pytest.raises(ConfigError, match=r"population = 2 leaves some of the 3 processes"):
            Trainer(run, config_of(population=2), small_splits(), Processes(2, 3, 0))

    def test_batches_that_are_too_large_together(self, tmp_path):
        run = Run(tmp_path / "run")
        with pytest.raises(ConfigError, match=r"= 150 times 3 processes is larger than the 400"):
            Trainer(run, config_of(batch_size=150), small_splits(), Processes(0, 3, 0))

    def test_the_fused_engine_shares_no_steps(self, tmp_path):
        trainer = trainer_of(tmp_path / "run")
        config = config_of(engine="fused").training
        with pytest.raises(ConfigError, match=r"engine = 'fused' cannot share steps among 2"):
            make_engine(
                config,
                trainer.members,
                trainer.dataset,
                trainer.scaler,
                trainer.device,
                sharing=Processes(0, 2, 0),
            )


@pytest.mark.parametrize("members", [1, 2, 3, 4, 5, 7])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_what_is_dealt_out_comes_back_in_order(monkeypatch, members, count):
    everything = list(range(members))
    parts = [everything[rank::count] for rank in range(count)]
    monkeypatch.setattr(processes, "gather", lambda *_: parts)
    if members >= count:
        assert interleave(parts[0], Processes(0, count, 0)) == everything


def test_alone_nothing_is_exchanged():
    values = torch.tensor([1.0, 2.0])
    processes.average(values, ALONE)
    assert torch.equal(values, torch.tensor([1.0, 2.0]))
    assert processes.gather(5, ALONE) == [5]
    assert processes.from_first(lambda: 7, ALONE) == 7


@pytest.fixture
def single(monkeypatch):
    """The exchanges of one process that is a group by itself."""
    monkeypatch.setattr(processes.dist, "all_reduce", lambda values: values)
    monkeypatch.setattr(processes.dist, "get_world_size", lambda: 1)


@pytest.mark.usefixtures("single")
@pytest.mark.parametrize("momentum", [0.1, None])
def test_a_shared_norm_of_one_process_is_torchs_own(momentum):
    torch.manual_seed(0)
    norm = nn.BatchNorm1d(4, momentum=momentum)
    nn.init.uniform_(norm.weight, 0.5, 2)
    shared = share_norms(nn.Sequential(copy.deepcopy(norm)))[0]
    assert isinstance(shared, SharedNorm)
    for _ in range(3):
        values = (3 * torch.randn(50, 4) + 1).requires_grad_()
        other = values.detach().clone().requires_grad_()
        upstream = torch.randn(50, 4)
        (norm(values) * upstream).sum().backward()
        (shared(other) * upstream).sum().backward()
        torch.testing.assert_close(other.grad, values.grad, rtol=1e-4, atol=1e-5)
    for ours, theirs in zip(shared.state_dict().values(), norm.state_dict().values(), strict=True):
        torch.testing.assert_close(ours, theirs)
    for ours, theirs in zip(shared.parameters(), norm.parameters(), strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-4, atol=1e-4)
    values = torch.randn(5, 4)
    torch.testing.assert_close(shared.eval()(values), norm.eval()(values))


def test_shared_norms_keep_names_and_numbers(tmp_path):
    network = trainer_of(tmp_path / "run", config=config_of(NETWORK)).members[0].network
    shared = share_norms(copy.deepcopy(network))
    assert shared.state_dict().keys() == network.state_dict().keys()
    assert sum(isinstance(module, SharedNorm) for module in shared.modules()) == 3
    assert any(isinstance(module, SparseLinear) for module in shared.modules())
    for name, tensor in network.state_dict().items():
        assert torch.equal(shared.state_dict()[name], tensor), name
