"""What the ``[teacher]`` section of a config says, for every method that learns from one."""

from __future__ import annotations

from dataclasses import dataclass

from logicjsc.core.settings import Section, SettingError, setting


@dataclass(frozen=True)
class TeacherConfig(Section):
    """A run, or float networks trained for that, whose answers are learned (distillation)."""

    run: str = setting("", "run whose scores are learned; empty: those of members, if any")
    members: int = setting(
        0, "float networks that judge each sample; 0: none", at_least=0, at_most=64
    )
    folds: int = setting(
        4, "parts of the training samples; each is judged by networks of the others", at_least=2
    )
    width: int = setting(128, "neurons of each of their layers", at_least=1, at_most=4096)
    blocks: int = setting(2, "residual blocks of two layers", at_least=0, at_most=32)
    epochs: int = setting(16, "times that each sample is learned from", at_least=1)
    batch_size: int = setting(2048, "samples per step", at_least=2)
    learning_rate: float = setting(3e-3, "AdamW's peak rate", above=0.0)
    weight_decay: float = setting(0.02, "AdamW's weight decay", at_least=0.0)
    seed: int = setting(0, "seed of the folds, the starts and the batches", at_least=0)

    @property
    def is_there(self) -> bool:
        """Whether there is a teacher at all."""
        return bool(self.run or self.members)

    def check(self) -> None:
        """One teacher at a time."""
        if self.run and self.members:
            raise SettingError(
                "run",
                f"teacher.run = {self.run!r} and teacher.members = {self.members} are two "
                f"teachers; keep one of them",
            )
