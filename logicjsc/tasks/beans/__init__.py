"""Dry beans: 16 numbers of a bean's outline, seven kinds."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from logicjsc.dataset.task import Task
from logicjsc.tasks.beans.arrange import TASK, arrange, recognises

TASKS: Final = (
    Task(
        name=TASK,
        title="dry beans: 16 numbers of a bean's outline, seven kinds",
        arrange=arrange,
        recognises=recognises,
        published=Path(__file__).parent / "published.toml",
    ),
)
