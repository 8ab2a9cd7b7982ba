"""Whose a study in a storage is: ours of these settings, samples and version, or somebody else's.

A storage may hold studies of other programs, and two studies of one name are easily made. Nothing
of what another one did is read as if it were ours, and nothing is added to it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from logicjsc import __version__
from logicjsc.core.errors import ConfigError
from logicjsc.explore.study.definition import Study
from logicjsc.explore.study.results import DIRECTIONS
from logicjsc.explore.study.storage import Patience

if TYPE_CHECKING:
    import optuna
    from optuna.storages import BaseStorage
    from optuna.trial import FrozenTrial

JUDGED_BY: Final = "judged_by"
"""Under it a study keeps how its runs were measured."""

_DEFINITION: Final = "definition"
"""Under it a study keeps its mark; set last, so a study that has it has everything."""

_FIXED: Final = "fixed_params"
"""Under it Optuna keeps the parameters of a trial that was put into the queue."""

Directions: TypeAlias = Sequence[Literal["maximize", "minimize"]]
"""What is wanted of each objective."""

_OF_OPTUNA: Final = {"studies", "trials", "version_info"}
"""Some of the tables that Optuna makes."""

_MAGIC: Final = b"SQLite format 3\0"


def mark_of(study: Study, samples: str) -> list[str]:
    """What is equal for studies whose trials can be counted together.

    Args:
        study: the study.
        samples: fingerprint of its samples.
    """
    return [study.identity, samples, __version__]


def pruning_name(study: Study) -> str:
    """Name of the second study, by which hopeless trainings are known."""
    return f"{study.name_in_storage}/pruning"


def open_study(
    study: Study, storage: BaseStorage, patience: Patience, samples: str
) -> optuna.Study:
    """The study in its storage, created if it is new.

    Args:
        study: the study.
        storage: where it is kept.
        patience: how to wait for it.
        samples: fingerprint of its samples.

    Raises:
        ConfigError: the storage holds something else under its name: of other settings, samples,
            objectives or version of logicjsc, or of another program.
    """
    mark = mark_of(study, samples)
    if study.settings.pruner != "none":
        open_pruning(study, storage, patience, mark)
    directions = [DIRECTIONS[objective] for objective in study.settings.objectives]
    opened = _opened(study, study.name_in_storage, directions, storage, patience)
    if _is_new(opened, directions, patience):
        patience(lambda: opened.set_user_attr(JUDGED_BY, study.judged_by))
        patience(lambda: opened.set_user_attr(_DEFINITION, mark))
    refuse_others(study, opened, mark, patience)
    return opened


def open_pruning(
    study: Study, storage: BaseStorage, patience: Patience, mark: Sequence[str]
) -> optuna.Study:
    """The second study, whose one objective is the validation metric by step.

    Raises:
        ConfigError: the storage holds something else under its name.
    """
    opened = _opened(study, pruning_name(study), ["maximize"], storage, patience)
    if _is_new(opened, ["maximize"], patience):
        patience(lambda: opened.set_user_attr(_DEFINITION, list(mark)))
    _refuse(study, opened, ["maximize"], mark, patience)
    return opened


def refuse_others(
    study: Study, opened: optuna.Study, mark: Sequence[str], patience: Patience
) -> None:
    """Refuse a study that is not ours, or in which somebody else has made trials.

    Raises:
        ConfigError: it is not.
    """
    directions = [DIRECTIONS[objective] for objective in study.settings.objectives]
    _refuse(study, opened, directions, mark, patience)
    for trial in patience(lambda: opened.get_trials(deepcopy=False)):
        strange = _strange_parameter(study, trial)
        if strange:
            raise _foreign(
                study, opened.study_name, f"its trial {trial.number} has a parameter {strange!r}"
            )


def mark_in(opened: optuna.Study) -> list[str] | None:
    """The mark of a study; None if it has none that we would make."""
    found: object = opened.user_attrs.get(_DEFINITION)
    if not isinstance(found, list) or not all(isinstance(part, str) for part in found):
        return None
    return found if len(found) == len(("identity", "samples", "version")) else None


def refuse_foreign_database(path: Path) -> None:
    """Refuse a file that is no database of Optuna's, before anything is added to it.

    Raises:
        ConfigError: it is something else.
    """
    if not path.is_file() or not path.stat().st_size:
        return
    with path.open("rb") as stream:
        is_database = stream.read(len(_MAGIC)) == _MAGIC
    if not is_database:
        raise ConfigError(f"{path} is no database of studies; move it away or take other storage")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            rows = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            tables = {str(name) for (name,) in rows}
    except sqlite3.Error:
        return  # it is busy or damaged; whoever opens it says so
    if tables and not tables >= _OF_OPTUNA:
        raise ConfigError(
            f"{path} is a database of another program (it has a table {min(tables)!r}); move it "
            f"away or take other storage"
        )


def _opened(
    study: Study, name: str, directions: Directions, storage: BaseStorage, patience: Patience
) -> optuna.Study:
    import optuna

    def create() -> optuna.Study:
        return optuna.create_study(
            storage=storage, study_name=name, directions=directions, load_if_exists=True
        )

    try:
        return patience(create)
    except (KeyError, ValueError) as error:
        # What Optuna finds there is nothing that it understands.
        raise _foreign(study, name, f"Optuna cannot read it: {error}") from error


def _is_new(opened: optuna.Study, directions: Directions, patience: Patience) -> bool:
    """Whether a study is empty, so that it is ours to begin.

    Whoever created it may have been killed before it was marked, or be about to mark it.
    """
    attributes: Mapping[str, Any] = patience(lambda: opened.user_attrs)
    system = patience(lambda: opened._storage.get_study_system_attrs(opened._study_id))  # noqa: SLF001 - has no public name
    empty = not patience(lambda: opened.get_trials(deepcopy=False))
    unmarked = attributes.keys() <= {JUDGED_BY} and not system
    return empty and unmarked and _directions_of(opened) == list(directions)


def _refuse(
    study: Study,
    opened: optuna.Study,
    directions: Directions,
    mark: Sequence[str],
    patience: Patience,
) -> None:
    name = opened.study_name
    if _directions_of(opened) != list(directions):
        raise _foreign(study, name, f"it is to {', '.join(_directions_of(opened))} its objectives")
    found = patience(lambda: mark_in(opened))
    if found is None:
        raise _foreign(study, name, "logicjsc did not begin it")
    if found == list(mark):
        return
    what = "with other settings"
    if found[0] == mark[0]:
        what = "on other samples"
        if found[1] == mark[1]:
            what = f"by logicjsc {found[2]}, and this is {mark[2]}"
    raise ConfigError(
        f"{study.source}: the storage holds a study named {name!r} that was begun {what}; give "
        f"this file another name, or take other storage"
    )


def _foreign(study: Study, name: str, why: str) -> ConfigError:
    return ConfigError(
        f"{study.source}: the storage holds a study named {name!r} that is not this one ({why}); "
        f"give this file another name, or take other storage"
    )


def _directions_of(opened: optuna.Study) -> list[str]:
    """The directions of a study by name."""
    return [direction.name.lower() for direction in opened.directions]


def _strange_parameter(study: Study, trial: FrozenTrial) -> str:
    """A parameter of a trial that the study would not have given it; empty if there is none."""
    queued: object = trial.system_attrs.get(_FIXED)
    for name in (*trial.params, *(queued if isinstance(queued, dict) else ())):
        if name not in study.space:
            return str(name)
    for name, distribution in trial.distributions.items():
        if distribution != study.space[name].distribution():
            return name
    return ""
