"""Parts are found by themselves, and what one raises costs what it had not shown yet."""

from pathlib import Path

import pytest

from logicjsc.artefacts.sources import Source
from logicjsc.core.errors import DataError
from logicjsc.explore.report import parts
from logicjsc.explore.report.elements import Facts, Note
from logicjsc.explore.report.part import Part, known_parts, section_of
from logicjsc.explore.report.subject import Subject

NOTHING = Subject(Source("run", Path("nowhere")))


def test_every_module_of_parts_is_one_in_the_order_of_places():
    found = known_parts()
    files = {file.stem for file in Path(parts.__file__).parent.glob("[a-z]*.py")}
    assert {part.name for part in found} == files
    places = [part.place for part in found]
    assert places == sorted(set(places))


def test_what_was_shown_before_a_part_failed_is_kept():
    facts = Facts((("a", 1),))

    def make(_subject):
        yield facts
        raise DataError("the rest is gone")

    section = section_of(Part("p", "A part", 1, make), NOTHING)
    assert section.elements == (facts, Note("Missing: the rest is gone", missing=True))


def test_a_part_with_nothing_to_show_is_left_out():
    assert section_of(Part("p", "A part", 1, lambda _: iter(())), NOTHING) is None


def test_a_reason_is_found_once(monkeypatch):
    tried = []

    def find(source, _part, _data):
        tried.append(source)
        raise DataError("gone")

    monkeypatch.setattr("logicjsc.explore.report.subject.samples_of", find)
    subject = Subject(Source("netlist", Path("nowhere.npz")))
    for _ in range(3):
        with pytest.raises(DataError, match="gone"):
            _ = subject.samples
    assert len(tried) == 1
