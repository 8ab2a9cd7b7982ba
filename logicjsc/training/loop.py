"""The training loop.

Jets live on the device as tensors. Each epoch shuffles them by a generator seeded with the run's
seed and the epoch's number, so that an interrupted run continues bit for bit: nothing random
reaches from one epoch into the next but what ``state.pt`` holds.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from logicjsc.config import Config
from logicjsc.data import JetData, JetSplits, Scaler
from logicjsc.errors import ConfigError, DataError, RunError
from logicjsc.metrics import Metrics, loss_and_accuracy, score_metrics
from logicjsc.nn.network import build_network, trainable_parameters
from logicjsc.training import checkpoint
from logicjsc.training.optimiser import learning_rate_at, make_optimiser
from logicjsc.training.rundir import RunDirectory

_EVALUATION_BATCH = 16_384


@dataclass(frozen=True)
class EpochReport:
    """What one epoch reached; a line of ``metrics.jsonl``."""

    epoch: int
    learning_rate: float
    training_loss: float
    validation_loss: float
    validation_accuracy: float
    seconds: float


@dataclass(frozen=True)
class TrainingReport:
    """What a finished run reached.

    Attributes:
        trainable_parameters: numbers that training moves.
        best_epoch: epoch of the checkpoint, chosen by validation.
        validation: its metrics on the validation jets.
        test: its metrics on the test jets.
        data: source, split and fingerprint of the jets.
    """

    trainable_parameters: int
    best_epoch: int
    validation: Metrics
    test: Metrics
    data: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """For ``result.json`` and ``--json``; the test's figures stand at the top."""
        return {
            "trainable_parameters": self.trainable_parameters,
            **self.test.to_dict(),
            "best_epoch": self.best_epoch,
            "validation": self.validation.to_dict(),
            "data": self.data,
        }


class Trainer:
    """One run's network, optimiser and progress.

    Attributes:
        epoch: finished epochs.
        best: accuracy and negative loss on validation, and epoch, of the best checkpoint so far.
    """

    def __init__(self, run: RunDirectory, config: Config, splits: JetSplits) -> None:
        training = config.training
        self.run, self.config, self.splits = run, training, splits
        self.device = choose_device(training.device)
        _make_deterministic(self.device, training.threads)
        self.scaler = Scaler.fit(splits.train, config.data.feature_bits)
        torch.manual_seed(training.seed)
        self.network = build_network(config.network, self.scaler, len(splits.train.class_names))
        self.network.to(self.device)
        self.optimiser = make_optimiser(self.network, training)
        self.features = torch.from_numpy(splits.train.features).to(self.device)
        self.labels = torch.from_numpy(splits.train.labels).long().to(self.device)
        self.steps_per_epoch = len(self.features) // training.batch_size
        if not self.steps_per_epoch:
            raise ConfigError(
                f"training.batch_size = {training.batch_size} is larger than the "
                f"{len(self.features)} training jets"
            )
        self.fingerprint = splits.fingerprint()
        self.epoch = 0
        self.best = (-1.0, 0.0, 0)

    def fit(self, on_epoch: Callable[[EpochReport], None]) -> TrainingReport:
        """Train to the end, keep the best checkpoint, and test it once."""
        from torch.utils.tensorboard import SummaryWriter

        self.run.truncate_metrics(self.epoch)
        with SummaryWriter(str(self.run.tensorboard), purge_step=self.epoch + 1) as board:
            while self.epoch < self.config.epochs:
                report = self._train_epoch()
                for key in ("learning_rate", "training_loss"):
                    board.add_scalar(key, getattr(report, key), report.epoch)
                board.add_scalar("validation/loss", report.validation_loss, report.epoch)
                board.add_scalar("validation/accuracy", report.validation_accuracy, report.epoch)
                on_epoch(report)
        network, _, _ = checkpoint.load_model(self.run)
        return TrainingReport(
            trainable_parameters=trainable_parameters(network),
            best_epoch=self.best[2],
            validation=evaluate(network.to(self.device), self.splits.validation),
            test=evaluate(network, self.splits.test),
            data=self.splits.provenance(),
        )

    def restore(self) -> None:
        """Continue where ``state.pt`` stands; start anew if the run never finished an epoch.

        Raises:
            RunError: the state is damaged, or of other settings or jets.
            DataError: the jets are not those that the run began with.
        """
        if not self.run.state.is_file():
            return
        state = checkpoint.load(self.run.state)
        try:
            if state["splits"] != self.fingerprint:
                raise DataError(
                    f"the jets changed since {self.run.path} was started; put the old ones back or "
                    f"start a new run"
                )
            self.network.load_state_dict(state["model"])
            # Loading gives Brevitas' quantisers new parameters, which the optimiser must know.
            self.network.to(self.device)
            self.optimiser = make_optimiser(self.network, self.config)
            self.optimiser.load_state_dict(state["optimiser"])
            self.epoch, self.best = int(state["epoch"]), tuple(state["best"])
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            reason = str(error).partition("\n")[0]
            raise RunError(f"{self.run.state} does not fit its run: {reason}") from error

    def _train_epoch(self) -> EpochReport:
        started = time.perf_counter()
        self.network.train()
        shuffler = torch.Generator().manual_seed(_epoch_seed(self.config.seed, self.epoch))
        order = torch.randperm(len(self.features), generator=shuffler).to(self.device)
        total = torch.zeros((), device=self.device)
        size = self.config.batch_size
        rate = 0.0
        for index in range(self.steps_per_epoch):
            step = self.epoch * self.steps_per_epoch + index
            rate = learning_rate_at(step, self.steps_per_epoch, self.config)
            for group in self.optimiser.param_groups:
                group["lr"] = rate
            batch = order[index * size : (index + 1) * size]
            scores = self.network(self.features[batch])
            loss = nn.functional.cross_entropy(scores, self.labels[batch])
            self.optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            self.optimiser.step()
            total += loss.detach()
        self.epoch += 1
        validation = self.splits.validation
        scores = class_scores(self.network, validation).numpy()
        validation_loss, validation_accuracy = loss_and_accuracy(scores, validation.labels)
        report = EpochReport(
            epoch=self.epoch,
            learning_rate=rate,
            training_loss=float(total) / self.steps_per_epoch,
            validation_loss=validation_loss,
            validation_accuracy=validation_accuracy,
            seconds=time.perf_counter() - started,
        )
        self._keep(report)
        return report

    def _keep(self, report: EpochReport) -> None:
        """Write metrics and checkpoints; the state comes last, so it never runs ahead of them."""
        rank = (report.validation_accuracy, -report.validation_loss, report.epoch)
        if rank[:2] > self.best[:2]:
            self.best = rank
            checkpoint.save_model(self.run, self.network, self.scaler, report.epoch)
        self.run.append_metrics(vars(report))
        checkpoint.save(
            self.run.state,
            {
                "model": self.network.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "epoch": self.epoch,
                "best": list(self.best),
                "splits": self.fingerprint,
            },
        )


@torch.no_grad()
def class_scores(network: nn.Module, jets: JetData) -> torch.Tensor:
    """Class scores of a network in evaluation mode, float32 ``[jets, classes]``, on the CPU."""
    network.eval()
    device = next(network.parameters()).device
    features = torch.from_numpy(jets.features)
    parts = [network(part.to(device)).cpu() for part in torch.split(features, _EVALUATION_BATCH)]
    return torch.cat(parts)


def evaluate(network: nn.Module, jets: JetData) -> Metrics:
    """Metrics of a network on jets."""
    return score_metrics(class_scores(network, jets).numpy(), jets.labels, jets.class_names)


def choose_device(wanted: str) -> torch.device:
    """The device that a setting names.

    Raises:
        ConfigError: CUDA is wanted and there is none.
    """
    available = torch.cuda.is_available()
    if wanted == "cuda" and not available:
        raise ConfigError("training.device = 'cuda', but torch finds no CUDA device; use 'cpu'")
    return torch.device("cuda" if wanted == "cuda" or (wanted == "auto" and available) else "cpu")


def _make_deterministic(device: torch.device, threads: int) -> None:
    torch.set_num_threads(threads)
    if device.type == "cuda":
        # cuBLAS reads this when its first handle is made; see torch's notes on reproducibility.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True)


def _epoch_seed(seed: int, epoch: int) -> int:
    """One seed per run and epoch."""
    return seed * 1_000_003 + epoch
