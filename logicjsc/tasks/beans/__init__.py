"""Dry beans: 16 numbers of a bean's outline, seven kinds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from logicjsc.dataset.task import Task
from logicjsc.tasks.beans.arrange import TASK, arrange, recognises

if TYPE_CHECKING:
    from logicjsc.dataset.fetch import Published


def _sets() -> tuple[Published, ...]:
    from logicjsc.tasks.beans.catalogue import SETS

    return SETS


TASKS: Final = (
    Task(
        name=TASK,
        title="dry beans: 16 numbers of a bean's outline, seven kinds",
        arrange=arrange,
        recognises=recognises,
        sets=_sets,
        published=Path(__file__).parent / "published.toml",
    ),
)
