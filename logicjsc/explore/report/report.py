"""Pages of one thing, of a study, or of several things beside each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from logicjsc.artefacts.sources import Source, identify
from logicjsc.core.errors import ConfigError
from logicjsc.core.files import write_text
from logicjsc.core.places import DEFAULT_STUDIES
from logicjsc.explore.report.comparison import compare
from logicjsc.explore.report.elements import Element, Note, Section
from logicjsc.explore.report.page import html_page, require_plotly
from logicjsc.explore.report.part import known_parts, section_of
from logicjsc.explore.report.short import Short, short_of
from logicjsc.explore.report.study_folder import StudyFolder
from logicjsc.explore.report.subject import Effort, Subject

OnPart = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Report:
    """What there is to show, in two forms.

    Attributes:
        title: what it is about.
        shorts: the short form of each thing.
        sections: makes the sections of the page.
    """

    title: str
    shorts: tuple[Short, ...]
    sections: Callable[[], list[Section]]

    def write(self, out: Path) -> None:
        """Write the page.

        Raises:
            ToolNotFoundError: Plotly is not installed.
            OutputError: ``out`` cannot be written.
            LogicjscError: what it is about is damaged.
        """
        require_plotly()
        write_text(out, html_page(self.title, self.sections()))

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        if len(self.shorts) == 1:
            return dict(self.shorts[0].values)
        return {"compared": [dict(short.values) for short in self.shorts]}


def report_of(
    names: Sequence[str | Path],
    *,
    data: Path | None = None,
    effort: Effort = "low",
    seconds: float = 60.0,
    on_progress: OnPart = lambda *_: None,
) -> Report:
    """The report of one thing, or of several beside each other.

    Args:
        names: paths of runs, models, netlists, circuits, C code or studies, or names of points of
            the zoo.
        data: where to take their test samples from; None: from where each came.
        effort: how hard LUTs are searched for.
        seconds: that the search may take for each of them, about.
        on_progress: told how far things are.

    Raises:
        RunError: there is no such thing.
        ConfigError: there is no page about it, or a study is to be compared.
        DataError: ``data`` cannot be read, or has other features.
        LogicjscError: it is damaged.
    """
    sources = [_reported(identify(name)) for name in names]
    if len(sources) == 1 and sources[0].kind == "study":
        study = StudyFolder.read(sources[0].path)
        return Report(f"study {study.name}", (study.short(),), study.sections)
    subjects = [Subject(source, data, effort, seconds, on_progress) for source in sources]
    for subject in subjects:
        if subject.source.kind == "study":
            raise ConfigError(
                f"{subject.source.path} is a study, which is compared with nothing; give it alone, "
                f"or name runs in it"
            )
        if data is not None:
            _ = subject.samples  # those that are asked for are not to be missing
    shorts = tuple(short_of(subject) for subject in subjects)
    if len({short.title for short in shorts}) < len(shorts):
        shorts = tuple(
            replace(short, title=f"{subject.source.kind} {subject.source.path}")
            for short, subject in zip(shorts, subjects, strict=True)
        )
    if len(subjects) == 1:
        return Report(shorts[0].title, shorts, lambda: _sections(subjects[0], on_progress))
    title = " beside ".join(subject.name for subject in subjects)
    return Report(title, shorts, lambda: compare(subjects, shorts))


def _sections(subject: Subject, on_progress: OnPart) -> list[Section]:
    parts, found = known_parts(), []
    for number, part in enumerate(parts):
        on_progress(number, len(parts), part.title)
        found.append(section_of(part, subject))
    return _told_once([section for section in found if section is not None])


def _told_once(sections: Sequence[Section]) -> list[Section]:
    """The same, in which a reason why something is missing is given once, then referred to."""
    first: dict[str, str] = {}

    def told(element: Element, title: str) -> Element:
        if not isinstance(element, Note) or not element.missing:
            return element
        place = first.setdefault(element.text, title)
        again = Note(f"Missing for the reason given at {place!r}.", missing=True)
        return element if place == title else again

    return [
        replace(section, elements=tuple(told(entry, section.title) for entry in section.elements))
        for section in sections
    ]


def _reported(source: Source) -> Source:
    """A source that there is a page about; of a study's definition, the study's folder."""
    if source.kind == "study definition":
        folder = DEFAULT_STUDIES / source.path.stem
        if not folder.is_dir():
            raise ConfigError(
                f"{source.path} defines a study of which there is nothing in {folder} yet; run "
                f"logicjsc study {source.path} first, or name its folder"
            )
        return replace(identify(folder), path=folder)
    if source.kind == "config":
        raise ConfigError(
            f"{source.path} is a config, of which there is no result; train it with logicjsc train "
            f"{source.path}, and name the run"
        )
    return source
