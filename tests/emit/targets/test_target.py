"""Targets beside a circuit: found by name, whole or absent, and known for what they are."""

import json
from dataclasses import dataclass

import pytest
from reference.tiny_ends import tiny_netlist

from logicjsc.core.errors import CircuitError, ConfigError
from logicjsc.core.settings import Section, setting
from logicjsc.emit.targets import target
from logicjsc.emit.targets.record import beside, written_targets
from logicjsc.emit.targets.target import (
    Target,
    find_target,
    in_order,
    known_targets,
    read_wanted,
    register_target,
)
from logicjsc.emit.verilog import load_circuit, write_circuit


@dataclass(frozen=True)
class Settings(Section):
    """Of the target below."""

    words: int = setting(1, "how many", at_least=1)


class Note(Target):
    """Writes what it is told, after the testbench."""

    title = "a note"
    settings = Settings
    after = ("testbench",)

    def __init__(self, path="note/note.txt"):
        self.path = path

    def files(self, job):
        assert (job.circuit.directory / "testbench").is_dir()
        return {self.path: f"{job.circuit.top} {job.settings.words}\n"}


@pytest.fixture(autouse=True)
def note(monkeypatch):
    monkeypatch.setattr(target, "_registered", {})
    register_target("note", Note())


def written(folder, **wanted):
    return write_circuit(tiny_netlist(), folder, beside=beside(wanted))


def test_a_target_lies_beside_the_circuit_behind_those_that_it_needs(tmp_path):
    circuit = written(tmp_path / "c", note={"words": 3})
    assert (tmp_path / "c" / "note" / "note.txt").read_text() == "tiny 3\n"
    records = written_targets(circuit)
    assert [entry.name for entry in records] == ["testbench", "note"]
    assert records[1].settings == {"words": 3}
    assert records[1].files.keys() == {"note/note.txt"}
    assert load_circuit(tmp_path / "c").netlist.name == "tiny"


def test_a_circuit_without_targets_has_no_record(tmp_path):
    circuit = written(tmp_path / "c")
    assert written_targets(circuit) == ()
    assert not (tmp_path / "c" / "targets.json").exists()


@pytest.mark.parametrize("path", ["../note", "/note", "tiny.v", "a/../../b"])
def test_a_path_that_leads_elsewhere_leaves_nothing_written(tmp_path, path):
    register_target("note", Note(path))
    with pytest.raises(CircuitError, match=r"no path within|has already"):
        written(tmp_path / "c", note={})
    assert list(tmp_path.iterdir()) == []


def test_unknown_targets_and_settings_are_refused_with_what_there_is():
    with pytest.raises(ConfigError, match=r"no target 'nothing'; use one of .*able, testbench"):
        find_target("nothing")
    with pytest.raises(ConfigError, match=r"unknown key note.word; did you mean note.words"):
        in_order({"note": {"word": 1}})
    with pytest.raises(ConfigError, match=r"note.words = 0 must be at least 1"):
        in_order({"note": {"words": 0}})
    with pytest.raises(ConfigError, match=r"--for-set note.words=2: add --for note"):
        read_wanted(["testbench"], ["note.words=2"])
    assert read_wanted(["note"], ["note.words=2"]) == {"note": {"words": 2}}


def test_every_target_says_what_it_writes():
    for name, known in known_targets().items():
        assert known.title, name
        assert set(known.after) <= known_targets().keys()


def test_changed_missing_and_foreign_files_are_seen(tmp_path):
    circuit = written(tmp_path / "c", note={})
    note = tmp_path / "c" / "note" / "note.txt"
    note.write_text("other")
    with pytest.raises(CircuitError, match="was changed since logicjsc wrote it"):
        written_targets(circuit)
    note.unlink()
    with pytest.raises(CircuitError, match=r"lacks note/note\.txt"):
        written_targets(circuit)
    record = tmp_path / "c" / "targets.json"
    saved = json.loads(record.read_text())
    for damage in ("{", "[]", json.dumps(saved | {"targets": [{}]})):
        record.write_text(damage)
        with pytest.raises(CircuitError, match="is damaged"):
            written_targets(circuit)
    record.write_text(json.dumps(saved | {"netlist_digest": "0" * 64}))
    with pytest.raises(CircuitError, match="another netlist"):
        written_targets(circuit)
