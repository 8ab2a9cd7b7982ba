"""What training reports, by epoch and at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import fmean, stdev
from typing import Any

from logicjsc.core.settings import plain
from logicjsc.dataset.metrics import Choice
from logicjsc.methods.gradient.config import Config


@dataclass(frozen=True)
class EpochReport:
    """What one epoch reached; a line of ``metrics.jsonl``.

    Of a population, the figures are those of the member that validates best after this epoch.

    Attributes:
        epoch: finished epochs.
        learning_rate: of the last step.
        training_loss: mean over the epoch's batches.
        validation_loss: mean over the validation samples.
        validation_rank: the metric that chooses, larger is better: loss and error are negative.
        seconds: wall-clock time.
        member: which member that is.
        ranks: of all members, in order.
    """

    epoch: int
    learning_rate: float
    training_loss: float
    validation_loss: float
    validation_rank: float
    seconds: float
    member: int = 0
    ranks: list[float] = field(default_factory=list)

    def remark(self, choice: Choice) -> str:
        """A few words for a progress bar."""
        return (
            f"loss {self.training_loss:.4f}, validation {shown_rank(choice, self.validation_rank)}"
        )


def shown_rank(choice: Choice, rank: float) -> str:
    """A rank as people read it."""
    if choice == "accuracy":
        return f"{100 * rank:.2f} %"
    return f"{choice} {rank if choice == 'auc' else -rank:.4f}"


@dataclass(frozen=True)
class MemberReport:
    """The best that one member of a population reached.

    Attributes:
        settings: what tells it from the others, by dotted key.
        best_epoch: the epoch in which it validated best.
        validation_rank: the metric that chooses, then.
        validation_loss: its mean loss then.
    """

    settings: dict[str, Any]
    best_epoch: int
    validation_rank: float
    validation_loss: float


def member_reports(
    configs: Sequence[Config], best: Sequence[tuple[float, float, int]]
) -> tuple[MemberReport, ...]:
    """Reports of all members from their settings and bests (rank, negative loss, epoch)."""
    settings = [plain(config) for config in configs]
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
            validation_rank=rank,
            validation_loss=-gain,
        )
        for (rank, gain, epoch), own in zip(best, settings, strict=True)
    )


def population_details(members: Sequence[MemberReport], kept: int) -> dict[str, Any]:
    """What a result says of a population; nothing of a single network."""
    if len(members) == 1:
        return {}
    reached = [member.validation_rank for member in members]
    return {
        "population": {
            "best_member": kept,
            "validation_rank": {
                "least": min(reached),
                "mean": fmean(reached),
                "most": max(reached),
                "deviation": stdev(reached),
            },
            "members": [asdict(member) for member in members],
        }
    }
