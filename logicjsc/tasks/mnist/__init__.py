"""Handwritten digits: 28 x 28 pixels of 8 bits, ten classes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from logicjsc.dataset.task import Task
from logicjsc.tasks.mnist.arrange import TASK, arrange, recognises

if TYPE_CHECKING:
    from logicjsc.dataset.fetch import Published


def _sets() -> tuple[Published, ...]:
    from logicjsc.tasks.mnist.catalogue import SETS

    return SETS


TASKS: Final = (
    Task(
        name=TASK,
        title="handwritten digits: 28 x 28 pixels of 8 bits, ten classes",
        arrange=arrange,
        recognises=recognises,
        sets=_sets,
        published=Path(__file__).parent / "published.toml",
    ),
)
