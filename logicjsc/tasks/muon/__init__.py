"""Angle of a muon: straight tracks through seven layers of 50 strips, made here."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from logicjsc.dataset.table import Table, table_of
from logicjsc.dataset.task import Task
from logicjsc.tasks.muon.arrange import ANGLE, FEATURE_NAMES, TASK, arrange, recognises

SOURCE: Final = "muon tracks, seed 0"
TRACKS: Final = 60_000


def _tracks() -> Table:
    """Tracks of its own; made anew, always the same."""
    from logicjsc.tasks.muon.generator import make_tracks

    hits, angles = make_tracks(TRACKS, 0)
    strips = [(name, hits[:, place]) for place, name in enumerate(FEATURE_NAMES)]
    return table_of([*strips, (ANGLE, angles)], SOURCE, "made")


TASKS: Final = (
    Task(
        name=TASK,
        title="angle of a muon in mrad: straight tracks through seven layers of 50 strips",
        table=_tracks,
        target=(ANGLE,),
        arrange=arrange,
        recognises=recognises,
        source=SOURCE,
        metric="core RMSE, mrad",
        published=Path(__file__).parent / "published.toml",
        commands={
            "generate-muons": ("logicjsc.tasks.muon.generate", "Make muon tracks from a seed."),
        },
    ),
)
