"""The training loop: epochs, validation, checkpoints.

Each epoch shuffles the jets by a generator seeded with the run's seed and the epoch's number, so
that an interrupted run continues bit for bit: nothing random reaches from one epoch into the next
but what ``state.pt`` holds. The steps themselves are an engine's.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict

import torch

from logicjsc.config import Config, member_configs
from logicjsc.data import JetSplits, Scaler
from logicjsc.errors import ConfigError, DataError, RunError, TrainingError
from logicjsc.metrics import loss_and_accuracy
from logicjsc.nn.network import trainable_parameters
from logicjsc.training import checkpoint
from logicjsc.training.engine import (
    choose_device,
    make_deterministic,
    make_engine,
    naming_memory,
    rates_of,
)
from logicjsc.training.evaluation import evaluate
from logicjsc.training.member import Member
from logicjsc.training.report import EpochReport, MemberReport, TrainingReport
from logicjsc.training.rundir import RunDirectory


class Trainer:
    """One run's networks, their optimisers and progress.

    Attributes:
        members: the networks in training; one, or a population.
        epoch: finished epochs.
    """

    def __init__(self, run: RunDirectory, config: Config, splits: JetSplits) -> None:
        training = config.training
        self.run, self.config, self.splits = run, training, splits
        self.device = choose_device(training.device)
        make_deterministic(self.device, training.threads)
        self.scaler = Scaler.fit(splits.train, config.data.feature_bits)
        self.steps_per_epoch = len(splits.train) // training.batch_size
        if not self.steps_per_epoch:
            raise ConfigError(
                f"training.batch_size = {training.batch_size} is larger than the "
                f"{len(splits.train)} training jets"
            )
        classes = len(splits.train.class_names)
        self.members = [
            Member.fresh(entry, self.scaler, classes, self.device)
            for entry in member_configs(config)
        ]
        with naming_memory(training):
            self.engine = make_engine(training, self.members, splits, self.scaler, self.device)
        self.fingerprint = splits.fingerprint()
        self.epoch = 0

    @property
    def best_member(self) -> int:
        """The member that validated best so far; the first of equals."""
        ranks = [(*member.best[:2], -member.best[2]) for member in self.members]
        return ranks.index(max(ranks))

    def fit(self, on_epoch: Callable[[EpochReport], None]) -> TrainingReport:
        """Train to the end, keep the best checkpoint, and test it once.

        Raises:
            TrainingError: a loss is no finite number, or memory runs out.
        """
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
        best = self.best_member
        return TrainingReport(
            trainable_parameters=trainable_parameters(network),
            best_epoch=self.members[best].best[2],
            validation=evaluate(network.to(self.device), self.splits.validation),
            test=evaluate(network, self.splits.test),
            data=self.splits.provenance(),
            members=_member_reports(self.members),
            best_member=best,
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
            for member, saved in zip(self.members, state["members"], strict=True):
                member.load_state_dict(saved)
            self.epoch = int(state["epoch"])
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            reason = str(error).partition("\n")[0]
            raise RunError(f"{self.run.state} does not fit its run: {reason}") from error

    def _train_epoch(self) -> EpochReport:
        started = time.perf_counter()
        with naming_memory(self.config):
            losses = self.engine.train_epoch(self.epoch)
            self._refuse_divergence(losses)
            scores = self.engine.validation_scores().numpy()
        self.epoch += 1
        labels = self.splits.validation.labels
        reached = [loss_and_accuracy(member, labels) for member in scores]
        ranks = [(accuracy, -loss) for loss, accuracy in reached]
        shown = ranks.index(max(ranks))
        settings = self.members[shown].config.training
        report = EpochReport(
            epoch=self.epoch,
            learning_rate=rates_of(settings, self.epoch - 1, self.steps_per_epoch)[-1],
            training_loss=float(losses[shown].mean()),
            validation_loss=reached[shown][0],
            validation_accuracy=reached[shown][1],
            seconds=time.perf_counter() - started,
            member=shown,
            validation_accuracies=[accuracy for _, accuracy in reached],
        )
        self._keep(report, ranks)
        return report

    def _refuse_divergence(self, losses: torch.Tensor) -> None:
        diverged = (~torch.isfinite(losses)).nonzero()
        if not len(diverged):
            return
        index, step = (int(entry) for entry in diverged[0])
        rate = rates_of(self.members[index].config.training, self.epoch, self.steps_per_epoch)[step]
        which = f" of member {index}" if len(self.members) > 1 else ""
        kept = (
            f"the best checkpoint so far, of epoch {self.members[self.best_member].best[2]}, is "
            f"{self.run.checkpoint}"
            if self.epoch
            else "there is no checkpoint yet"
        )
        raise TrainingError(
            f"the loss{which} became {float(losses[index, step])} in step "
            f"{self.epoch * self.steps_per_epoch + step + 1} (epoch {self.epoch + 1}) at learning "
            f"rate {rate:.3g}; lower training.learning_rate; {kept}"
        )

    def _keep(self, report: EpochReport, ranks: list[tuple[float, float]]) -> None:
        """Write metrics and checkpoints; the state comes last, so it never runs ahead of them."""
        before = max(member.best[:2] for member in self.members)
        for member, rank in zip(self.members, ranks, strict=True):
            if rank > member.best[:2]:
                member.best = (*rank, report.epoch)
        if ranks[report.member] > before:
            network = self.members[report.member].network
            checkpoint.save_model(self.run, network, self.scaler, report.epoch)
        self.run.append_metrics(vars(report))
        checkpoint.save(
            self.run.state,
            {
                "members": [member.state_dict() for member in self.members],
                "epoch": self.epoch,
                "splits": self.fingerprint,
            },
        )


def _member_reports(members: list[Member]) -> tuple[MemberReport, ...]:
    settings = [asdict(member.config) for member in members]
    differing = [
        (section, key)
        for section in ("network", "training")
        for key, value in settings[0][section].items()
        if any(other[section][key] != value for other in settings)
    ]
    return tuple(
        MemberReport(
            {f"{section}.{key}": own[section][key] for section, key in differing},
            best_epoch=member.best[2],
            validation_accuracy=member.best[0],
            validation_loss=-member.best[1],
        )
        for member, own in zip(members, settings, strict=True)
    )
