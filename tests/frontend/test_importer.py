"""Every kind is found, recognised by what it is, and refused by name where it is none."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import get_type_hints

import pytest

from logicjsc.core.errors import ImportedModelError
from logicjsc.core.settings import Section
from logicjsc.frontend import importer as registry
from logicjsc.frontend.importer import (
    Asked,
    Imported,
    Importer,
    find_importer,
    kind_of,
    known_importers,
    read_model,
    register_importer,
)
from logicjsc.netlist import NetlistBuilder


class OneWire(Importer):
    title = "a network of one wire"

    def recognises(self, model):
        return isinstance(model, SimpleNamespace)

    def read(self, model, asked):
        builder = NetlistBuilder(asked.name)
        return Imported(builder.build([builder.input(model.feature)]))


@pytest.fixture
def one_wire(monkeypatch):
    monkeypatch.setattr(registry, "_registered", {})
    register_importer("one-wire", OneWire())


def test_somebody_elses_kind_goes_the_same_way(one_wire):
    model = SimpleNamespace(feature="a")
    assert kind_of(model) == "one-wire"
    assert read_model("one-wire", model, Asked("wire")).netlist.input_names == ("a",)


def test_every_kind_has_a_title_and_settings_with_help():
    assert "onnx" in known_importers()
    for kind in known_importers():
        importer = find_importer(kind)
        assert importer.title
        assert issubclass(importer.settings, Section)
        importer.settings()  # every setting has a default
        assert get_type_hints(importer.settings).keys() >= set(importer.settings().__dict__)


def test_what_is_of_no_kind_is_refused(one_wire, tmp_path):
    with pytest.raises(ImportedModelError, match=r"int is of no known kind; say which of .*onnx"):
        kind_of(3)
    with pytest.raises(ImportedModelError, match="'jpeg' is no kind of model; use one of"):
        find_importer("jpeg")
    with pytest.raises(ImportedModelError, match="there is no file"):
        read_model("onnx", tmp_path / "none.onnx", Asked("none"))
    register_importer("two-wires", OneWire())
    with pytest.raises(ImportedModelError, match="several kinds; say which: one-wire, two-wires"):
        kind_of(SimpleNamespace())


def test_onnx_files_are_known_by_their_suffix():
    assert kind_of(Path("model.ONNX")) == "onnx"


def test_a_name_says_more_than_a_suffix():
    assert kind_of(Path("run/truth_tables.json")) == "kanele"
    assert kind_of(Path("booster.json")) == "trees"
