"""Network intrusion detection: 42 columns of a network flow; attack or not, or which attack."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from logicjsc.dataset.task import Task
from logicjsc.tasks.nid.names import ATTACK, LABEL
from logicjsc.tasks.nid.tidy import (
    ATTACKS_TASK,
    TASK,
    recognises,
    tidy_attacks,
    tidy_labels,
)

if TYPE_CHECKING:
    from logicjsc.dataset.fetch import Published


def _sets() -> tuple[Published, ...]:
    from logicjsc.tasks.nid.catalogue import SETS

    return SETS


TASKS: Final = (
    Task(
        name=TASK,
        title="network intrusion (UNSW-NB15): 42 columns of a flow, attack or not",
        target=(LABEL,),
        tidy=tidy_labels,
        recognises=recognises,
        sets=_sets,
        published=Path(__file__).parent / "published.toml",
    ),
    Task(
        name=ATTACKS_TASK,
        title="network intrusion (UNSW-NB15): 42 columns of a flow, normal or one of nine attacks",
        target=(ATTACK,),
        tidy=tidy_attacks,
        recognises=recognises,
    ),
)
