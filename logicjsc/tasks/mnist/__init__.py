"""Handwritten digits: 28 x 28 pixels of 8 bits, ten classes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from logicjsc.dataset.task import Task
from logicjsc.tasks.mnist.arrange import TASK, arrange, recognises

TASKS: Final = (
    Task(
        name=TASK,
        title="handwritten digits: 28 x 28 pixels of 8 bits, ten classes",
        arrange=arrange,
        recognises=recognises,
        published=Path(__file__).parent / "published.toml",
    ),
)
