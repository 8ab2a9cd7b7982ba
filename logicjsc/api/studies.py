"""Studies in Python: what ``logicjsc study`` left in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from logicjsc.api.display import short_html
from logicjsc.explore.report.study_folder import StudyFolder


class Study:
    """A grid or a search that was made.

    Args:
        path: the study's folder.

    Raises:
        RunError: there are no tables in it yet, or they are damaged.
    """

    def __init__(self, path: str | Path) -> None:
        self._folder = StudyFolder.read(Path(path))

    @property
    def path(self) -> Path:
        """The study's folder."""
        return self._folder.path

    @property
    def name(self) -> str:
        """Name of the study."""
        return self._folder.name

    @property
    def trials(self) -> tuple[Mapping[str, str], ...]:
        """All trials, as the lines of ``trials.csv``; text by column."""
        return self._folder.trials

    @property
    def front(self) -> tuple[Mapping[str, str], ...]:
        """Trials that no other equals or beats in everything that was searched for."""
        return tuple(self._folder.front)

    def __repr__(self) -> str:
        return f"Study({str(self.path)!r}: {len(self.trials)} trials, {len(self.front)} in front)"

    def _repr_html_(self) -> str:
        return short_html(self._folder.short())
