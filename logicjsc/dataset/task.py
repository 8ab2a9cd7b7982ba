"""Known tasks by name: each is a module or folder of `logicjsc.tasks`, or registered from outside.

A module of `logicjsc.tasks` names its tasks in ``TASKS``; nothing else knows of them.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from logicjsc.core.errors import ConfigError
from logicjsc.dataset.samples import Samples
from logicjsc.dataset.table import Table

if TYPE_CHECKING:
    from logicjsc.dataset.fetch import Published

_PACKAGE: Final = "logicjsc.tasks"


@dataclass(frozen=True)
class Task:
    """A named dataset.

    Attributes:
        name: what ``data.task`` calls it.
        title: one line for people.
        table: its own samples; None if it has none that travel with the package.
        target: the columns that are predicted.
        tidy: from the table of a file to one with the task's own columns, in its order and words,
            for tasks of which something is fitted to the training samples, such as categories;
            None: columns stay as they are.
        arrange: from the table of a file to samples of the task, for tasks whose features, classes
            and their order are fixed; None: columns are read as those of any table.
        recognises: whether a table looks like one of the task's, by its columns: of several files
            in a folder, the others are left out; None: every table does.
        describe: more facts about samples of the task, by what they are called; None: none.
        source: what its own samples are called.
        published: file of published results; None: there are none.
        metric: error that networks are compared by, with its unit, for tasks that predict values.
        sets: its published sets, which ``logicjsc data fetch`` brings; None: there are none.
        commands: commands that ``logicjsc data`` has for it: by name, a module whose ``command``
            it is, and a line of help.
    """

    name: str
    title: str
    table: Callable[[], Table] | None = None
    target: tuple[str, ...] = ()
    tidy: Callable[[Table], Table] | None = None
    arrange: Callable[[Table], Samples] | None = None
    recognises: Callable[[Table], bool] | None = None
    describe: Callable[[Path, Samples], dict[str, object]] | None = None
    source: str = ""
    published: Path | None = None
    metric: str = ""
    sets: Callable[[], tuple[Published, ...]] | None = None
    commands: Mapping[str, tuple[str, str]] = field(default_factory=dict)


_registered: dict[str, Task] = {}


def register_task(task: Task) -> None:
    """Make a task known that is no part of this package."""
    _registered[task.name] = task


def known_tasks() -> dict[str, Task]:
    """All tasks by name."""
    found: dict[str, Task] = {}
    package = importlib.util.find_spec(_PACKAGE)
    for place in (package.submodule_search_locations or ()) if package else ():
        for module in pkgutil.iter_modules([place]):
            tasks: tuple[Task, ...] = importlib.import_module(f"{_PACKAGE}.{module.name}").TASKS
            found |= {task.name: task for task in tasks}
    return found | _registered


def published_sets() -> dict[str, Published]:
    """The published sets of all tasks by name."""
    tasks = known_tasks().values()
    return {entry.name: entry for task in tasks if task.sets is not None for entry in task.sets()}


def tasks_like(table: Table) -> tuple[str, ...]:
    """Names of the tasks that a table looks like one of, in alphabetical order."""
    return tuple(
        name
        for name, task in sorted(known_tasks().items())
        if task.recognises is not None and task.recognises(table)
    )


def find_task(name: str) -> Task:
    """A task by its name.

    Raises:
        ConfigError: there is none of that name.
    """
    tasks = known_tasks()
    if name not in tasks:
        raise ConfigError(
            f"data.task = {name!r} is no known task; known: {', '.join(sorted(tasks))}"
        )
    return tasks[name]
