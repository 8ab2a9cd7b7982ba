"""What training reports, by epoch and at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any

from logicjsc.dataset.metrics import Metrics
from logicjsc.methods.gradient.config import Config

if TYPE_CHECKING:
    from logicjsc.methods.gradient.start import Start


@dataclass(frozen=True)
class EpochReport:
    """What one epoch reached; a line of ``metrics.jsonl``.

    Of a population, the figures are those of the member that validates best after this epoch.

    Attributes:
        member: which one that is.
        validation_accuracies: of all members, in order.
    """

    epoch: int
    learning_rate: float
    training_loss: float
    validation_loss: float
    validation_accuracy: float
    seconds: float
    member: int = 0
    validation_accuracies: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class MemberReport:
    """The best that one member of a population reached.

    Attributes:
        settings: what tells it from the others, by dotted key.
        best_epoch: the epoch in which it validated best.
        validation_accuracy: its accuracy then, 0 to 1.
        validation_loss: its mean cross-entropy then, in nats.
    """

    settings: dict[str, Any]
    best_epoch: int
    validation_accuracy: float
    validation_loss: float


def member_reports(
    configs: Sequence[Config], best: Sequence[tuple[float, float, int]]
) -> tuple[MemberReport, ...]:
    """Reports of all members from their settings and bests (accuracy, negative loss, epoch)."""
    settings = [asdict(config) for config in configs]
    differing = [
        (section, key)
        for section in ("network", "training")
        for key, value in settings[0][section].items()
        if any(other[section][key] != value for other in settings)
    ]
    return tuple(
        MemberReport(
            {f"{section}.{key}": own[section][key] for section, key in differing},
            best_epoch=epoch,
            validation_accuracy=accuracy,
            validation_loss=-gain,
        )
        for (accuracy, gain, epoch), own in zip(best, settings, strict=True)
    )


@dataclass(frozen=True)
class TrainingReport:
    """What a finished run reached.

    Attributes:
        trainable_parameters: numbers that training moves, of one member.
        best_epoch: epoch of the checkpoint, chosen by validation.
        validation: its metrics on the validation jets.
        test: its metrics on the test jets.
        data: source, split and fingerprint of the jets.
        members: every member of the population; one for a single network.
        best_member: the member whose checkpoint was kept.
        epochs: epochs made; fewer than the settings say if patience ran out.
        start: what the networks took from another run, if they did.
    """

    trainable_parameters: int
    best_epoch: int
    validation: Metrics
    test: Metrics
    data: dict[str, str] = field(default_factory=dict)
    members: tuple[MemberReport, ...] = ()
    best_member: int = 0
    epochs: int = 0
    start: Start | None = None

    def spread(self) -> dict[str, float]:
        """Least, mean, most and standard deviation of the members' best validation accuracies."""
        reached = [member.validation_accuracy for member in self.members]
        return {
            "least": min(reached),
            "mean": fmean(reached),
            "most": max(reached),
            "deviation": stdev(reached) if len(reached) > 1 else 0.0,
        }

    def to_dict(self) -> dict[str, Any]:
        """For ``result.json`` and ``--json``; the test's figures stand at the top."""
        report = {
            "trainable_parameters": self.trainable_parameters,
            **self.test.to_dict(),
            "best_epoch": self.best_epoch,
            "epochs": self.epochs,
            "validation": self.validation.to_dict(),
            "data": self.data,
        }
        if self.start is not None:
            report["start"] = asdict(self.start)
        if len(self.members) > 1:
            report["population"] = {
                "best_member": self.best_member,
                "validation_accuracy": self.spread(),
                "members": [vars(member) for member in self.members],
            }
        return report
