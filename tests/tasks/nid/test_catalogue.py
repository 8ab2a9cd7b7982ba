"""The published partition of flows is known by its flows of each class."""

from __future__ import annotations

import pytest
from reference.small_tables import write_csv
from reference.task_files import ATTACKS, flows

from logicjsc.core.errors import DataError
from logicjsc.dataset.task import find_task
from logicjsc.tasks.nid import catalogue
from logicjsc.tasks.nid.catalogue import SETS, check

COLUMNS = flows()


@pytest.fixture
def small(monkeypatch):
    """A partition of 20 flows of each class."""
    monkeypatch.setattr(catalogue, "FLOWS", dict.fromkeys(catalogue.FLOWS, 20))


def test_the_partition_has_the_flows_that_its_name_says():
    assert sum(catalogue.FLOWS.values()) == 82_332
    assert set(catalogue.FLOWS) == set(ATTACKS)


@pytest.mark.usefixtures("small")
def test_a_file_with_the_known_flows_is_believed(tmp_path):
    facts = check(write_csv(tmp_path / "a.csv", COLUMNS))
    assert facts == {"flows": 200, "classes": dict.fromkeys(catalogue.FLOWS, 20)}


def test_the_other_partition_is_refused(tmp_path):
    message = "holds 200 flows, 20 of class Normal; the partition has 82,332, 37,000 of that class"
    with pytest.raises(DataError, match=message):
        check(write_csv(tmp_path / "a.csv", COLUMNS))


@pytest.mark.usefixtures("small")
def test_labels_that_are_not_those_of_the_attacks_are_refused(tmp_path):
    path = write_csv(tmp_path / "a.csv", {**COLUMNS, "label": [1] * 200})
    with pytest.raises(DataError, match="column 'label' is not 1 of attacks alone"):
        check(path)
    lacking = {name: column for name, column in COLUMNS.items() if name != "rate"}
    with pytest.raises(DataError, match="has no column 'rate'"):
        check(write_csv(tmp_path / "b.csv", lacking))


def test_the_set_has_several_addresses():
    assert find_task("nid").sets() == SETS
    (file,) = SETS[0].files
    assert len(file.mirrors) > 2
    assert "academic" in SETS[0].terms
