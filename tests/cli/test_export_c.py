"""``logicjsc export-c``, and ``logicjsc verify`` of what it wrote."""

import json
import shutil

import pytest

from logicjsc.emit.c.fast_network import FastNetwork
from logicjsc.netlist import load_netlist, save_netlist

pytestmark = pytest.mark.usefixtures("simulators")


@pytest.fixture
def library(cli, road, tmp_path):
    cli("export-c", road.run, "--out", tmp_path / "library", "--jobs", "1")
    return tmp_path / "library"


def flip_a_gate(library):
    path = library / "small_v.c"
    text = path.read_text()
    place = text.index("const word t", text.index("static void part_0"))
    end = text.index(";", place)
    path.write_text(f"{text[:end]} ^ ~(word){{0}}{text[end:]}")


def test_the_report_names_the_function_and_its_types(cli, road, tmp_path):
    report = cli.json("export-c", road.circuit, "--out", tmp_path / "library", "--jobs", "1")
    assert report["function"] == "small_v_evaluate"
    assert (report["codes"], report["results"]) == ("uint8_t[16]", "uint8_t[5]")
    assert report["netlist_digest"] == road.reports["export-verilog"]["netlist_digest"]
    assert report["source_bytes"] == (tmp_path / "library" / "small_v.c").stat().st_size
    assert report["gates"] > 0
    network = FastNetwork.open(tmp_path / "library")
    assert network.netlist.name == "small"


def test_the_default_place_is_named_after_the_source(cli, road, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(road.run, "run")
    report = cli.json("export-c", "run", "--jobs", "1")
    assert report["library"] == "hw/build/run-c"
    assert cli("export-c", "run", "--jobs", "1").stdout.count("small_v_evaluate") == 1


def test_a_library_is_verified_by_itself_and_keeps_the_verdict(cli, library):
    report = cli.json("verify", library)
    assert report["ok"]
    assert report["samples"] == 10_000
    assert [rung["vectors"] for rung in report["rungs"]] == [10_000, 100_000, 4]
    assert json.loads((library / "verify.json").read_text()) == report
    flip_a_gate(library)
    report = cli.json("verify", library, code=1)
    assert not report["ok"]
    assert "NOT equal" in cli("verify", library, code=1).stdout


def test_a_library_joins_the_ladder_of_its_circuit(cli, road, library, tmp_path):
    shutil.copytree(road.circuit, tmp_path / "circuit")
    report = cli.json("verify", tmp_path / "circuit", "--c-library", library)
    names = [rung["name"] for rung in report["rungs"]]
    assert report["ok"]
    assert names[-4:-1] == [
        f"netlist = C library, {what}" for what in ("test samples", "random codes", "corner codes")
    ]
    flip_a_gate(library)
    report = cli.json("verify", tmp_path / "circuit", "--c-library", library, code=1)
    assert {rung["name"] for rung in report["rungs"] if not rung["ok"]} <= set(names[-4:-1])


def test_the_library_of_another_netlist_is_refused(cli, road, library, tmp_path):
    netlist = load_netlist(road.run / "netlist.npz")
    layer = netlist.layers[-1]
    tables = layer.tables.copy()
    tables[0, 0] ^= 1
    from dataclasses import replace

    other = replace(netlist, layers=(*netlist.layers[:-1], replace(layer, tables=tables)))
    save_netlist(other, tmp_path / "other.npz")
    cli("export-c", tmp_path / "other.npz", "--out", tmp_path / "other", "--jobs", "1")
    message = cli.refused("verify", road.circuit, "--c-library", tmp_path / "other")
    assert "belongs to another netlist than the circuit" in message
    message = cli.refused("verify", road.circuit, "--c-library", tmp_path)
    assert "is no C library" in message
    shutil.copy(tmp_path / "other" / "netlist.npz", library / "netlist.npz")
    assert "belongs to netlist" in cli.refused("verify", library)


def test_no_compiler_is_one_sentence(cli, library, monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    message = cli.refused("verify", library, code=3)
    assert "$CXX names 'no-such-compiler', which is not a program" in message
    assert not (library / "verify.json").exists()


def test_a_library_is_known_to_info_and_test(cli, library):
    report = cli.json("info", library)
    assert report["kind"] == "library"
    assert report["function"] == "small_v_evaluate"
    assert report["gates"] > 0
    assert cli.json("test", library)["accuracy"] > 0.2


def test_foreign_directories_are_left_alone(cli, road, tmp_path):
    (tmp_path / "thesis.tex").touch()
    message = cli.refused("export-c", road.run, "--out", tmp_path, "--jobs", "1")
    assert "was not written by logicjsc" in message
