"""Jet substructure classification: 16 features of an LHC jet, five classes."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from logicjsc.dataset.readers import read_table
from logicjsc.dataset.task import Task
from logicjsc.tasks.jets.arrange import arrange, recognises

if TYPE_CHECKING:
    from logicjsc.dataset.fetch import Published
    from logicjsc.dataset.samples import Samples
    from logicjsc.dataset.table import Table

SAMPLE: Final = "bundled sample (re-created jets)"


def _sample() -> Table:
    """The 50,000 balanced re-created jets that travel with the package."""
    with resources.as_file(resources.files(__name__) / "sample.npz") as path:
        return read_table(path, SAMPLE)


def _describe(path: Path, jets: Samples) -> dict[str, object]:
    from logicjsc.tasks.jets.identity import believed

    return believed(path, jets)


def _sets() -> tuple[Published, ...]:
    from logicjsc.tasks.jets.catalogue import CATALOGUE

    return tuple(CATALOGUE.values())


TASKS: Final = (
    Task(
        name="jets",
        title="jet substructure classification: 16 features, five classes",
        table=_sample,
        arrange=arrange,
        recognises=recognises,
        describe=_describe,
        sets=_sets,
        commands={
            "generate": ("logicjsc.tasks.jets.commands.generate", "Make jets with PYTHIA 8."),
            "validate": (
                "logicjsc.tasks.jets.commands.validate",
                "Check jets against physics and the published set.",
            ),
        },
        source=SAMPLE,
        published=Path(__file__).parent / "published.toml",
    ),
)
