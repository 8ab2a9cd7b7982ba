import json

import numpy as np
import pytest
from reference.map_netlists import netlist_of

from logicjsc.core.errors import LibraryError, OutputError
from logicjsc.emit.c.library import load_library, write_library
from logicjsc.map.tables import map_tables
from logicjsc.netlist import digest_of, save_netlist


def test_a_library_comes_back_as_it_was_written(library):
    again = load_library(library.directory)
    assert again.facts == library.facts
    assert digest_of(again.netlist) == digest_of(library.netlist)
    names = {path.name for path in library.directory.iterdir()}
    assert names == {"mixed.c", "mixed.h", "library.json", "netlist.npz"}
    assert again.facts.gates == library.source.read_text().count("const word t")


def test_the_same_netlist_gives_the_same_bytes(library, netlist, tmp_path):
    again = write_library(netlist, tmp_path / "again", map_tables(netlist, jobs=1))
    for path in library.directory.iterdir():
        assert (again.directory / path.name).read_bytes() == path.read_bytes()


def test_parts_of_other_netlists_are_refused(library, tmp_path):
    other = netlist_of(np.random.default_rng(8))
    save_netlist(other, library.directory / "netlist.npz")
    with pytest.raises(LibraryError, match=r"netlist\.npz belongs to netlist .* write the library"):
        load_library(library.directory)
    library = write_library(other, tmp_path / "other", map_tables(other, jobs=1))
    text = library.source.read_text()
    library.source.write_text(text.replace(digest_of(other), "0" * 64))
    with pytest.raises(LibraryError, match=r"mixed\.c belongs to netlist 000000000000"):
        load_library(library.directory)


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("library.json", None, "is no C library: it has no library.json"),
        ("library.json", lambda text: text[:-9], "is damaged"),
        ("library.json", lambda text: text.replace('"gates"', '"gate"'), "is damaged"),
        ("library.json", lambda text: text.replace(": 1,", ": 2,", 1), "has format 2"),
        ("library.json", lambda text: text.replace('"mixed"', "7", 1), "is damaged"),
        ("library.json", lambda text: text.replace('"uint8_t"', "true", 1), "is damaged"),
        ("library.json", lambda text: text.replace('"mixed"', '"../x"', 1), "names the library"),
        ("netlist.npz", None, "netlist cannot be used"),
        ("mixed.c", None, "cannot be read"),
        ("mixed.h", lambda text: text.replace("// Netlist", "// The"), "has no netlist digest"),
    ],
)
def test_damaged_libraries_are_refused_in_one_sentence(library, name, change, message):
    path = library.directory / name
    if change is None:
        path.unlink()
    else:
        before = path.read_text()
        path.write_text(change(before))
        assert path.read_text() != before
    with pytest.raises(LibraryError, match=message) as caught:
        load_library(library.directory)
    assert "\n" not in str(caught.value)


def test_a_library_is_replaced_but_nothing_else(library, netlist, tmp_path):
    luts = map_tables(netlist, jobs=1)
    write_library(netlist, library.directory, luts)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").touch()
    with pytest.raises(OutputError, match="was not written by logicjsc"):
        write_library(netlist, tmp_path / "mine", luts)
    assert json.loads((library.directory / "library.json").read_text())["name"] == "mixed"
