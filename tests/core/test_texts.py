"""Texts of other people's editors, shells and version control."""

from __future__ import annotations

import pytest

from logicjsc.core.errors import ConfigError, RunError
from logicjsc.core.run import Header, Run
from logicjsc.core.settings import read_toml
from logicjsc.core.texts import NoTextError, decoded, read_json

TEXT = 'größe = "µ"\nzwei = 2\n'

TAKEN = {
    "plain": TEXT.encode(),
    "mark": b"\xef\xbb\xbf" + TEXT.encode(),
    "CRLF": TEXT.replace("\n", "\r\n").encode(),
    "CR": TEXT.replace("\n", "\r").encode(),
    "mixed": TEXT.replace("\n", "\r\n", 1).encode(),
    "UTF-16": TEXT.encode("utf-16"),
    "UTF-16, big": b"\xfe\xff" + TEXT.encode("utf-16-be"),
    "UTF-32": TEXT.encode("utf-32"),
}
REFUSED = {
    "Latin-1": (TEXT.encode("latin-1"), "it is no UTF-8: line 1 holds the byte 0xf6; save it as"),
    "UTF-16 without a mark": (TEXT.encode("utf-16-le"), "it is no UTF-8|NUL"),
    "half of UTF-16": (TEXT.encode("utf-16")[:-1], "it is no UTF-16: byte .* does not fit"),
    "NULs at the end": (TEXT.encode() + b"\0" * 8, "it holds NUL characters"),
}


@pytest.mark.parametrize("how", TAKEN)
def test_what_is_unambiguous_is_taken(how):
    assert decoded(TAKEN[how]) == TEXT


@pytest.mark.parametrize("how", REFUSED)
def test_what_is_not_is_refused(how):
    content, message = REFUSED[how]
    with pytest.raises(NoTextError, match=message):
        decoded(content)


@pytest.mark.parametrize("how", [*TAKEN, *REFUSED])
def test_configs(tmp_path, how):
    file = tmp_path / "mine.toml"
    file.write_bytes(TAKEN[how] if how in TAKEN else REFUSED[how][0])
    # TOML wants names of other letters quoted.
    file.write_bytes(file.read_bytes().replace("größe".encode(), b"size"))
    if how in REFUSED:
        with pytest.raises(ConfigError, match=f"cannot read {file}: it (is|holds)"):
            read_toml(file)
    elif how in {"plain", "mark", "CRLF", "CR", "mixed"}:
        assert read_toml(file) == {"size": "µ", "zwei": 2}


def test_a_merge_conflict_is_no_config(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text("<<<<<<< HEAD\na = 1\n=======\na = 2\n>>>>>>> other\n")
    with pytest.raises(ConfigError, match=r"mine.toml is not valid TOML"):
        read_toml(file)


@pytest.mark.parametrize("how", ["mark", "CRLF", "UTF-16", "Latin-1", "NULs"])
def test_runs(tmp_path, how):
    run = Run.create(tmp_path / "run", Header("gradient"), "", overwrite=False)
    file = run.path / Run.MARKER
    text = file.read_text()
    content = {
        "mark": b"\xef\xbb\xbf" + text.encode(),
        "CRLF": text.replace("\n", "\r\n").encode(),
        "UTF-16": text.encode("utf-16"),
        "Latin-1": text.replace("gradient", "größe").encode("latin-1"),
        "NULs": text.encode() + b"\0\0",
    }[how]
    file.write_bytes(content)
    if how in {"Latin-1", "NULs"}:
        with pytest.raises(RunError, match=f"{file} cannot be read: it (is|holds)"):
            run.header()
    else:
        assert run.header().method == "gradient"


def test_json_that_is_nested_without_end(tmp_path):
    (tmp_path / "x.json").write_text("[" * 100_000)
    with pytest.raises(ValueError, match="nested too deeply"):
        read_json(tmp_path / "x.json")
