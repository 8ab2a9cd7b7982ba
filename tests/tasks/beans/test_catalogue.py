"""The published beans are known by their kinds and areas."""

from __future__ import annotations

import pytest
from reference.small_tables import write_csv
from reference.task_files import beans

from logicjsc.core.errors import DataError
from logicjsc.dataset.task import find_task
from logicjsc.tasks.beans import catalogue
from logicjsc.tasks.beans.catalogue import SETS, check
from logicjsc.tasks.beans.names import CLASS_NAMES

COLUMNS = beans()


@pytest.fixture
def small(monkeypatch):
    """A set of 20 beans of each kind."""
    monkeypatch.setattr(catalogue, "BEANS", dict.fromkeys(CLASS_NAMES, 20))
    areas = (min(COLUMNS["Area"]), max(COLUMNS["Area"]))
    monkeypatch.setattr(catalogue, "AREAS", areas)


def test_the_set_has_as_many_beans_as_published():
    assert sum(catalogue.BEANS.values()) == 13_611
    assert tuple(catalogue.BEANS) == CLASS_NAMES


@pytest.mark.usefixtures("small")
def test_a_file_with_the_known_beans_is_believed(tmp_path):
    facts = check(write_csv(tmp_path / "a.csv", COLUMNS))
    assert facts == {"beans": 140, "classes": dict.fromkeys(CLASS_NAMES, 20)}


def test_a_part_of_them_is_refused(tmp_path):
    message = "holds 140 beans, 20 of kind BARBUNYA; the set has 13,611, 1,322 of that kind"
    with pytest.raises(DataError, match=message):
        check(write_csv(tmp_path / "a.csv", COLUMNS))


@pytest.mark.usefixtures("small")
def test_beans_in_other_units_are_refused(tmp_path):
    scaled = {**COLUMNS, "Area": [area / 100 for area in COLUMNS["Area"]]}
    with pytest.raises(DataError, match="holds other beans: their areas are"):
        check(write_csv(tmp_path / "a.csv", scaled))


def test_the_set_has_several_addresses():
    assert find_task("beans").sets() == SETS
    (file,) = SETS[0].files
    assert len(file.mirrors) > 2
    assert {address.file for address in file.mirrors} <= set(file.names)
