"""The training loop: epochs, validation, checkpoints.

Each epoch shuffles the samples by a generator seeded with the run's seed and the epoch's number, so
that an interrupted run continues bit for bit: nothing random reaches from one epoch into the next
but what ``state.pt`` holds. The steps themselves are an engine's.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import torch
from torch import nn

from logicjsc.core.errors import ConfigError, DataError, OutputError, RunError, TrainingError
from logicjsc.core.executor import Jobs
from logicjsc.core.interval import Interval
from logicjsc.core.progress import OnProgress, silent
from logicjsc.core.run import Run
from logicjsc.core.temporary import plain_path
from logicjsc.dataset import Dataset, Scaler
from logicjsc.dataset.metrics import Array, choice_of, choose_thresholds
from logicjsc.dataset.working_point import check_rate, refuse_unreached
from logicjsc.methods.distil.teacher import teacher_scores
from logicjsc.methods.gradient import checkpoint
from logicjsc.methods.gradient.config import Config, DistillationConfig, learning_epochs
from logicjsc.methods.gradient.engines.batches import rates_of
from logicjsc.methods.gradient.engines.engine import (
    choose_device,
    make_deterministic,
    make_engine,
    naming_memory,
)
from logicjsc.methods.gradient.evaluation import class_scores, evaluate, ranks_of
from logicjsc.methods.gradient.files import GradientFiles
from logicjsc.methods.gradient.member import NOTHING_YET, Member
from logicjsc.methods.gradient.network.network import trainable_parameters
from logicjsc.methods.gradient.objective import Objective, Teaching
from logicjsc.methods.gradient.population import member_configs
from logicjsc.methods.gradient.processes import (
    ALONE,
    Processes,
    from_first,
    interleave,
    share_norms,
)
from logicjsc.methods.gradient.report import EpochReport, member_reports, population_details
from logicjsc.methods.gradient.start import Start, start_from
from logicjsc.methods.gradient.wiring import change_connections, settle
from logicjsc.methods.result import Found

_STOPPED: Final = NOTHING_YET[:2]
_RATE: Final = "training.false_positive_rate"
"""Ranks below everything that can be reached, and not above a member's best."""


class Trainer:
    """One run's networks, their optimisers and progress.

    Attributes:
        settings: of all members, in order.
        best: of all members, rank, negative loss and epoch of the best so far.
        members: the networks that this process trains; one, or a population or its part of it.
        epoch: finished epochs.
        learning_epochs: first epochs, in which connections are learned and no network is kept.
        start: what the networks took from another run, if they did.
    """

    def __init__(
        self,
        run: Run,
        config: Config,
        dataset: Dataset,
        processes: Processes = ALONE,
        *,
        jobs: Jobs = 1,
        on_progress: OnProgress = silent,
    ) -> None:
        training = config.training
        self.run, self.config, self.dataset = run, training, dataset
        self.files = GradientFiles(run)
        self.choice = choice_of(training.choose, dataset.schema.target)
        check_rate(training.false_positive_rate, dataset.schema.target, _RATE)
        self.settings = member_configs(config)
        self._rates_differ = bool(config.members.learning_rate)
        # A population is dealt out; a single network is trained by all processes together.
        spread = len(self.settings) > 1
        self.processes = processes
        self.dealt, self.sharing = (processes, ALONE) if spread else (ALONE, processes)
        self.device = choose_device(training.device, processes.local, network=config.network)
        make_deterministic(self.device, training.threads)
        self.scaler = Scaler.fit(dataset.train, config.data.feature_bits, config.network.thresholds)
        self.steps_per_epoch = self._steps_per_epoch()
        self.start: Start | None = None
        self.learning_epochs = learning_epochs(config)
        if self.learning_epochs and self.sharing.count > 1:
            raise ConfigError(
                f"network.connectivity = {config.network.connectivity!r} is not learned by "
                f"{self.sharing.count} processes that share each step; start one"
            )
        own = self.settings[self.dealt.rank :: self.dealt.count]
        if not own:
            raise ConfigError(
                f"training.population = {len(self.settings)} leaves some of the "
                f"{processes.count} processes without a member; start fewer"
            )
        self._tell = on_progress
        self.members = []
        for number, entry in enumerate(own):
            if number:
                on_progress(0, training.epochs, f"building member {number + 1} of {len(own)}")
            self.members.append(self._fresh_member(entry))
        taught = None
        if config.teacher.is_there:
            taught = from_first(
                lambda: teacher_scores(dataset, config.teacher, jobs, on_progress), processes
            )
        self.teacher = "" if taught is None else hashlib.sha256(taught.tobytes()).hexdigest()
        self.objective = Objective.of(
            training,
            dataset.train,
            teaching=self._teaching(config.teacher, taught),
            scale=(self.scaler.target_mean, self.scaler.target_deviation),
            device=self.device,
        )
        with naming_memory(training):
            self.engine = make_engine(
                training,
                self.members,
                dataset,
                self.scaler,
                self.device,
                objective=self.objective,
                sharing=self.sharing,
            )
        self.fingerprint = dataset.fingerprint()
        self.best = [NOTHING_YET] * len(self.settings)
        self.epoch = 0
        self._saving, self._unsaved = Interval(), False

    def _teaching(self, config: DistillationConfig, scores: Array | None) -> Teaching | None:
        if scores is None:
            return None
        return Teaching(torch.from_numpy(scores).to(self.device), config.weight, config.temperature)

    @property
    def best_member(self) -> int:
        """The member that validated best so far; the first of equals."""
        ranks = [(rank, gain, -epoch) for rank, gain, epoch in self.best]
        return ranks.index(max(ranks))

    @property
    def running(self) -> list[bool]:
        """Which members have not run out of patience."""
        patience = self.config.patience or self.config.epochs
        first = self.learning_epochs
        return [self.epoch - max(epoch, first) < patience for _, _, epoch in self.best]

    def begin(self) -> None:
        """Take the weights that the settings name to start from, if they do; `fit` does so, too.

        Raises:
            RunError: there is no such checkpoint, or nothing in it fits.
        """
        if not self.config.start_from or self.start is not None:
            return
        for member in self.members:
            self.start = start_from(self.config.start_from, member.network)
            member.restart_average()

    def fit(self, on_epoch: Callable[[EpochReport], None]) -> tuple[Found, dict[str, Any]]:
        """Train to the end, keep the best checkpoint, and test it once.

        Returns:
            The network, and what only this method knows of it.

        Raises:
            TrainingError: a loss is no finite number, or memory runs out.
            ConfigError: no threshold reaches the false-positive rate that is asked for.
        """
        self.begin()
        with self._board() as record, self._saved_state_at_the_end():
            while self.epoch < self.config.epochs and any(self.running):
                report = self._train_epoch()
                record(report)
                on_epoch(report)
        return from_first(self._found, self.processes)

    @contextmanager
    def _saved_state_at_the_end(self) -> Iterator[None]:
        """Save what is not saved yet, also when something stops the run between two epochs."""
        try:
            yield
        finally:
            if self._unsaved:
                self._save_state()

    def _found(self) -> tuple[Found, dict[str, Any]]:
        saved = checkpoint.load_model(self.run)
        network, best = saved.network.to(self.device), self.best_member
        validation, rate = self.dataset.validation, self.config.false_positive_rate
        if rate:
            refuse_unreached(class_scores(network, validation).numpy(), validation, rate, _RATE)
        found = Found(
            name=self.run.name,
            seed=self.settings[best].training.seed,
            validation=evaluate(network, validation, saved.thresholds),
            test=evaluate(network, self.dataset.test, saved.thresholds),
            sizes={"trainable_parameters": trainable_parameters(network)},
            step=self.best[best][2],
        )
        members = member_reports(self.settings, self.best)
        last = self.files.read_metrics()[-1]
        details = {"training_loss": last["training_loss"], **population_details(members, best)}
        if self.start is not None:
            details["start"] = asdict(self.start)
        return found, details

    @contextmanager
    def _board(self) -> Iterator[Callable[[EpochReport], None]]:
        """TensorBoard's files, which the first process writes."""
        from torch.utils.tensorboard import SummaryWriter

        if not self.processes.is_first:
            yield lambda _: None
            return
        self.files.truncate_metrics(self.epoch)
        with (
            _named(self.files.tensorboard),
            plain_path(self.files.tensorboard) as folder,
            SummaryWriter(str(folder), purge_step=self.epoch + 1) as board,
        ):

            def record(report: EpochReport) -> None:
                for key in ("learning_rate", "training_loss"):
                    board.add_scalar(key, getattr(report, key), report.epoch)
                board.add_scalar("validation/loss", report.validation_loss, report.epoch)
                board.add_scalar("validation/rank", report.validation_rank, report.epoch)

            yield record

    def _steps_per_epoch(self) -> int:
        samples, batch, count = len(self.dataset.train), self.config.batch_size, self.sharing.count
        steps = samples // (batch * count)
        if not steps:
            times = f" times {count} processes" if count > 1 else ""
            raise ConfigError(
                f"training.batch_size = {batch}{times} is larger than the {samples} training "
                f"samples"
            )
        return steps

    def _fresh_member(self, config: Config) -> Member:
        prepare = share_norms if self.sharing.count > 1 else _as_it_is
        target = self.dataset.schema.target
        return Member.fresh(config, self.scaler, target, self.device, prepare)

    def restore(self) -> None:
        """Continue where ``state.pt`` stands; start anew if the run never finished an epoch.

        Raises:
            RunError: the state is damaged, or of other settings or samples.
            DataError: the samples are not those that the run began with.
        """
        state = from_first(self._saved_state, self.processes)
        if state is None:
            return
        with checkpoint.refuses_unfit(self.files.state, "its run"):
            if state["dataset"] != self.fingerprint:
                raise DataError(
                    f"the samples changed since {self.run.path} was started; put the old ones back "
                    f"or start a new run"
                )
            if state["teacher"] != self.teacher:
                raise RunError(
                    f"the teacher of {self.run.path} has changed since it was started; "
                    f"put the old one back or start a new run"
                )
            if len(state["members"]) != len(self.settings):
                raise ValueError(f"it has {len(state['members'])} members")
            self.epoch = int(state["epoch"])
            if not 0 <= self.epoch <= self.config.epochs:
                raise ValueError(f"it is of epoch {self.epoch}")
            if self.epoch > self.learning_epochs > 0:
                # Networks of this shape have learned their connections.
                for member in self.members:
                    settle(member)
            own = state["members"][self.dealt.rank :: self.dealt.count]
            for member, saved in zip(self.members, own, strict=True):
                member.load_state_dict(saved)
            self.start = Start(**state["start"]) if state["start"] else None
            self.best = interleave([member.best for member in self.members], self.dealt)

    def _saved_state(self) -> dict[str, Any] | None:
        return checkpoint.load(self.files.state) if self.files.state.is_file() else None

    def _train_epoch(self) -> EpochReport:
        started = time.perf_counter()
        # In the middle of an epoch there is nothing that could be saved.
        self._unsaved = False
        with naming_memory(self.config):
            for member in self.members:
                change_connections(member, self.epoch, self.dataset, self.objective)
            trained = self.engine.train_epoch(self.epoch, self._watch)
            losses = interleave(list(trained), self.dealt)
            self._refuse_divergence(torch.stack(losses))
            scores = self.engine.validation_scores()
            own = ranks_of(scores, self.dataset.validation, self.choice)
        reached = interleave(own, self.dealt)
        running = self.running
        self.epoch += 1
        # Members that have run out of patience count no longer, as if they had stopped.
        ranks = [rank if runs else _STOPPED for rank, runs in zip(reached, running, strict=True)]
        shown = ranks.index(max(ranks))
        settings = self.settings[shown].training
        report = EpochReport(
            epoch=self.epoch,
            learning_rate=rates_of(settings, self.epoch - 1, self.steps_per_epoch)[-1],
            training_loss=float(losses[shown].mean()),
            validation_loss=-reached[shown][1],
            validation_rank=reached[shown][0],
            seconds=time.perf_counter() - started,
            member=shown,
            ranks=[rank for rank, _ in reached],
        )
        learning = self.epoch <= self.learning_epochs
        self._keep(report, [_STOPPED] * len(ranks) if learning else ranks)
        return report

    def _watch(self, member: int, losses: torch.Tensor) -> None:
        """Tell of an epoch that takes long, and stop it once a loss is no finite number."""
        if self.processes.count > 1:
            return  # all must stop together, at the end of the epoch
        steps = f"step {len(losses)} of {self.steps_per_epoch}"
        if len(self.members) > 1:
            steps = f"member {member + 1} of {len(self.members)}, {steps}"
        self._tell(self.epoch, self.config.epochs, f"epoch {self.epoch + 1}, {steps}")
        if not losses[-1].isfinite():
            everyone = torch.zeros(len(self.members), len(losses))
            everyone[member] = losses
            self._refuse_divergence(everyone)

    def _refuse_divergence(self, losses: torch.Tensor) -> None:
        diverged = (~torch.isfinite(losses) & torch.tensor(self.running)[:, None]).nonzero()
        if not len(diverged):
            return
        index, step = (int(entry) for entry in diverged[0])
        rate = rates_of(self.settings[index].training, self.epoch, self.steps_per_epoch)[step]
        which = f" of member {index}" if len(self.settings) > 1 else ""
        kept = (
            f"the best checkpoint so far, of epoch {self.best[self.best_member][2]}, is "
            f"{self.files.checkpoint}"
            if self.epoch > self.learning_epochs
            else "there is no checkpoint yet"
        )
        raise TrainingError(
            f"the loss{which} became {float(losses[index, step])} in step "
            f"{self.epoch * self.steps_per_epoch + step + 1} (epoch {self.epoch + 1}) at learning "
            f"rate {rate:.3g}; {self._advice(step)}; {kept}"
        )

    def _advice(self, step: int) -> str:
        """What to change where a loss became no finite number."""
        if not (self.epoch or step or self.config.start_from):
            return (
                "nothing was learned before, so a start is beyond float32: set network.input_bias, "
                "input_max, hidden_max, output_max, score_bias and teacher.temperature closer to 1"
            )
        section = "members" if self._rates_differ else "training"
        return f"lower {section}.learning_rate"

    def _keep(self, report: EpochReport, ranks: list[tuple[float, float]]) -> None:
        """Write metrics and checkpoints.

        The state comes last, so it never runs ahead of them; while epochs are short, not each has
        its own.
        """
        before = max(best[:2] for best in self.best)
        self.best = [
            (*rank, report.epoch) if rank > best[:2] else best
            for rank, best in zip(ranks, self.best, strict=True)
        ]
        own = self.best[self.dealt.rank :: self.dealt.count]
        for member, best in zip(self.members, own, strict=True):
            member.best = best
        if ranks[report.member] > before:
            weights = self._weights_of(report.member)
            thresholds = self._thresholds_of(report.member)
            if self.processes.is_first:
                checkpoint.save_model(
                    self.files.checkpoint,
                    weights,
                    self.scaler,
                    epoch=report.epoch,
                    thresholds=thresholds,
                )
        if self.processes.is_first:
            self.files.append_metrics(vars(report))
        self._unsaved = True
        # Several processes have clocks of their own, and must agree.
        if self.processes.count > 1 or self._saving.is_due():
            self._save_state()

    def _weights_of(self, member: int) -> dict[str, torch.Tensor]:
        """What a checkpoint has of a member, on all processes."""
        if self.processes.count == 1:
            return self.members[member].candidate.state_dict()
        own = [entry.candidate.state_dict() for entry in self.members]
        return interleave(own, self.dealt)[member]

    def _thresholds_of(self, member: int) -> Array | None:
        """Thresholds of a member's scores of the validation samples, on all processes."""
        if self.dataset.schema.target.kind not in {"binary", "labels"}:
            return None
        samples = self.dataset.validation
        rate = self.config.false_positive_rate
        own = [
            choose_thresholds(class_scores(entry.candidate, samples).numpy(), samples, rate)
            for entry in self.members
        ]
        return interleave(own, self.dealt)[member]

    def _save_state(self) -> None:
        with self._saving.timed():
            states = interleave([member.state_dict() for member in self.members], self.dealt)
            if self.processes.is_first:
                checkpoint.save(
                    self.files.state,
                    {
                        "members": states,
                        "epoch": self.epoch,
                        "dataset": self.fingerprint,
                        "teacher": self.teacher,
                        "start": asdict(self.start) if self.start else None,
                    },
                )
        self._unsaved = False


@contextmanager
def _named(folder: Path) -> Iterator[None]:
    """TensorBoard writes in a thread of its own, whose errors name no file."""
    try:
        yield
    except OSError as error:
        # A connection that is gone is that of whoever is told of progress.
        if error.filename is not None or isinstance(error, ConnectionError):
            raise
        raise OutputError(f"cannot write {folder}: {error.strerror or error}") from error


def _as_it_is(network: nn.Module) -> nn.Module:
    return network
