"""Samples that are not a run's own are never measured on, in any command, unless --data says so."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from reference.one_process import work_in_this_process
from reference.small_tables import chosen, lamps, write_csv

import logicjsc as lj
from logicjsc.core.errors import DataError, OtherSamplesError

FEATURES = ("size", "hits", "lit")
SMALL = """
[data]
path = "s.csv"
target = "sort"
[network]
hidden = [4]
input_bits = 2
bits = [2, 4]
fan_in = [2, 2]
[training]
epochs = 1
batch_size = 32
device = "cpu"
"""
STUDY = """
base = "small.toml"
seeds = [0]
[grid]
"training.epochs" = [1]
"""


def table(path: Path, seed: int = 0) -> Path:
    return write_csv(path, chosen(lamps(200, seed), *FEATURES, "sort"))


@dataclass
class Made:
    """A folder in which somebody trained with a relative path, and an empty one."""

    first: Path
    other: Path

    @property
    def samples(self) -> Path:
        return self.first / "s.csv"


@pytest.fixture(scope="module")
def kept(tmp_path_factory, cli, cache):
    """Trained once, by a relative path."""
    folder = tmp_path_factory.mktemp("kept") / "first"
    table(folder / "s.csv")
    (folder / "small.toml").write_text(SMALL)
    (folder / "grid.toml").write_text(STUDY)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("LOGICJSC_CACHE", str(cache))
        work_in_this_process(patch)
        cli("train", "small.toml", "--out", "run")
        cli("export-onnx", "run")
        cli("export-verilog", "run", "--out", "circuit")
        cli("export-c", "run", "--out", "library")
        cli("study", "grid.toml", "--folder", "studied", "--jobs", "1")
    return folder


@pytest.fixture
def made(kept, tmp_path, monkeypatch, cache):
    """A run whose samples are where they were; the present folder is another one."""
    # The same folder, for the path of the samples is part of what is kept.
    backup = shutil.copy(kept / "s.csv", tmp_path / "backup")
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.chdir(other)
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    yield Made(kept, other)
    (kept / "s.csv").unlink(missing_ok=True)
    shutil.copy(backup, kept / "s.csv")


SOURCES = ("run", "run/model.onnx", "run/netlist.npz", "circuit", "library")

COMMANDS = {
    **{f"test {source}": ("test", source) for source in SOURCES},
    "verify run": ("verify", "run", "--circuit", "circuit"),
    **{f"verify {source}": ("verify", source) for source in ("circuit", "library")},
    "encoder": ("export-verilog", "run", "--encoder-bits", "6", "--out", "OUT"),
    "encoder netlist": ("export-verilog", "run/netlist.npz", "--encoder-bits", "6", "--out", "OUT"),
    "don't care": ("simplify", "run", "--dont-care", "observed", "--out", "OUT"),
    "finetune": ("finetune", "run", "--sweeps", "1", "--out", "OUT"),
    "frontier": ("frontier", "run"),
    "zoo add": ("zoo", "add", "run", "--into", "OUT"),
    "resume": ("train", "--resume", "run"),
}
"""Every command that reads a run's own samples again; a name of a file is one of the run's folder.
"""

QUICK = ("test run", "test library", "encoder", "don't care", "finetune", "resume")
"""Those that need no simulator and no mapper."""


def arguments(command: str, made: Made) -> list[str]:
    out = {"OUT": str(made.other / "out")}
    return [
        out.get(word, str(made.first / word) if (made.first / word).exists() else word)
        for word in COMMANDS[command]
    ]


def changed(made: Made) -> None:
    table(made.samples, seed=1)


def missing_and_another_here(made: Made) -> None:
    made.samples.unlink()
    table(made.other / "s.csv", seed=1)


def other_columns(made: Made) -> None:
    write_csv(made.samples, chosen(lamps(200), "size", "colour", "sort"))


def other_names(made: Made) -> None:
    columns = chosen(lamps(200), *FEATURES, "sort")
    columns["length"] = columns.pop("size")
    columns = {name: columns[name] for name in ("length", "hits", "lit", "sort")}
    write_csv(made.samples, columns)


def no_table(made: Made) -> None:
    made.samples.write_text("<html>404</html>")


def symbolic_link(made: Made) -> None:
    made.samples.unlink()
    made.samples.symlink_to(table(made.other / "linked.csv", seed=1))


def one_cell(made: Made) -> None:
    lines = made.samples.read_text().splitlines()
    made.samples.write_text("\n".join([lines[0], f"9{lines[1]}", *lines[2:], ""]))


SITUATIONS = (
    changed,
    missing_and_another_here,
    other_columns,
    other_names,
    no_table,
    symbolic_link,
    one_cell,
)


@pytest.mark.parametrize("command", COMMANDS)
def test_samples_that_changed_are_refused_by_every_command(made, cli, command):
    changed(made)
    message = cli.refused(*arguments(command, made))
    assert f"the samples in {made.samples} are not those it was made from (fingerprint" in message
    assert "name others with --data" in message
    assert not (made.other / "out").exists()


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("command", ["test run", "encoder", "finetune", "resume"])
def test_whatever_happened_to_the_samples_is_seen(made, cli, command, situation):
    situation(made)
    message = cli.refused(*arguments(command, made))
    assert str(made.samples) in message
    assert "--data" in message
    assert not (made.other / "out").exists()


@pytest.mark.parametrize("command", QUICK)
def test_another_file_of_that_name_is_not_taken_for_the_samples(made, cli, command):
    first = cli.json(*arguments(command, made))
    table(made.other / "s.csv", seed=1)
    again = cli.json(*arguments(command, made))
    kept = first.keys() - {"seconds", "saved_by", "sweeps"}  # how long it took
    assert {key: again[key] for key in kept} == {key: first[key] for key in kept}


@pytest.mark.parametrize("command", ["test run", "encoder", "don't care", "finetune", "resume"])
def test_samples_that_moved_are_taken_from_where_they_are_now(made, cli, command):
    moved = made.other / "moved.csv"
    made.samples.rename(moved)
    assert "name them with --data" in cli.refused(*arguments(command, made))
    cli(*arguments(command, made), "--data", moved)
    link = made.other / "link.csv"
    link.symlink_to(moved)
    assert cli.json("test", made.first / "run", "--data", link)["part"] == "test"


def test_resuming_takes_no_other_samples_for_its_own(made, cli):
    other = table(made.other / "o.csv", seed=1)
    message = cli.refused("train", "--resume", made.first / "run", "--data", other)
    assert f"the samples in {other} are not those that {made.first / 'run'} was begun" in message


def test_other_samples_are_measured_on_where_data_names_them(made, cli):
    changed(made)
    report = cli.json("test", made.first / "run", "--data", made.samples)
    assert (report["samples"], report["part"]) == (200, "all")


def test_a_link_stands_for_what_it_pointed_at(made, cli):
    link = made.other / "now.csv"
    link.symlink_to(table(made.other / "v1.csv"))
    config = made.other / "small.toml"
    config.write_text(SMALL.replace("s.csv", "now.csv"))
    cli("train", config, "--out", "linked")
    before = cli.json("test", "linked")
    link.unlink()
    link.symlink_to(table(made.other / "v2.csv", seed=1))
    assert cli.json("test", "linked") == before


def test_a_study_does_not_go_on_with_other_samples(made, cli, monkeypatch):
    monkeypatch.chdir(made.first)
    study = ("study", "grid.toml", "--folder", "studied", "--jobs", "1")
    cli(*study)
    changed(made)
    assert "on other samples" in cli.refused(*study)
    monkeypatch.chdir(made.other)
    table(made.other / "s.csv", seed=1)
    elsewhere = ("study", made.first / "grid.toml", "--folder", made.first / "studied")
    assert "on other samples" in cli.refused(*elsewhere)


def test_python_refuses_as_the_commands_do(made):
    run, circuit = lj.Run(made.first / "run"), lj.Circuit(made.first / "circuit")
    assert len(run.dataset().test) > 0
    changed(made)
    calls = (
        run.dataset,
        run.resume,
        lambda: run.verify(made.first / "circuit"),
        circuit.verify,
        lambda: run.resume(lj.load_dataset(made.samples, target="sort")),
    )
    for call in calls:
        with pytest.raises(OtherSamplesError):
            call()
    made.samples.unlink()
    table(made.other / "s.csv", seed=1)
    for call in (run.dataset, run.resume):
        with pytest.raises(DataError, match="cannot be had"):
            call()
