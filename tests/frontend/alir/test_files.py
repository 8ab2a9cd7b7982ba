"""What is no program, or too large a one, is refused in one sentence, at once."""

from __future__ import annotations

import gzip
import json
import time

import numpy as np
import pytest
from reference.alir_programs import by_hand, every_operation

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.alir import files, sizes
from logicjsc.frontend.alir.importer import IMPORTER, AlirSettings
from logicjsc.frontend.importer import Asked

BOUNDS = [-2.0, 1.75, 0.25]


def record(sources, opcode, data, bounds=BOUNDS):
    return [list(sources), opcode, list(data), bounds, 0.0, 0.0]


X = record([], -1, [0])
WIDE = record([], -1, [0], [-(2.0**19), 2.0**19 - 1, 1.0])


def table(entries, bounds=(0.0, 3.0, 1.0)):
    low, high, step = bounds
    return {"spec": {"out_qint": {"min": low, "max": high, "step": step}}, "table": entries}


def saved(ops=None, outputs=None, tables=None, **other):
    ops = [X] if ops is None else ops
    outputs = [len(ops) - 1] if outputs is None else outputs
    count = len(outputs)
    data = [[1, count], [0], outputs, [0] * count, [False] * count, ops, -1, -1, tables]
    return {"meta": "ALIRModel", "spec_version": 4, "model": data, **other}


def read(path):
    return IMPORTER.read(path, Asked("net", AlirSettings()))


def changed(place, value):
    made = saved()
    made["model"][place] = value
    return made


REFUSED = {
    "another kind of JSON": ({"learner": {}}, "is no program of alkaid or da4ml"),
    "a number": (3, "is no program of alkaid or da4ml"),
    "an older version": (saved(spec_version=1), "is of version 1; versions 2 to 4 are read"),
    "a newer version": (saved(spec_version=5), "is of version 5; versions 2 to 4 are read"),
    "no version": (saved(spec_version="4"), "spec_version is '4', which is no whole number"),
    "a pipeline": ([[1], [2]], "a program has 8 or 9 parts, this one has 2; save a CombLogic"),
    "no model": (saved(model={}), "a program has 8 or 9 parts, this one has 0"),
    "no shape": (changed(0, 3), "the shape of the program is not two numbers"),
    "a huge shape": (changed(0, [10**9, 1]), "the number of inputs is 1000000000; 1 to"),
    "no outputs": (saved(outputs=[]), "the number of outputs is 0; 1 to"),
    "too few shifts": (changed(3, []), "there are not 1 output shifts"),
    "shifted inputs": (changed(1, [2]), "inputs are shifted"),
    "no operations": (changed(5, None), "there is no list of operations"),
    "no record": (saved([7]), "operation 0 has not six entries"),
    "a short record": (saved([[1, 2]]), "operation 0 has not six entries"),
    "no sources": (saved([[1, 2, 3, 4, 5, 6]]), "operation 0 has no lists of sources and data"),
    "a cycle": (saved([X, record([1], 3, [0])]), "a source of operation 1 is 1; 0 to 0 are"),
    "a source that is a text": (saved([X, record("x", 3, [0])]), "a source of operation 1 is 'x'"),
    "an unknown operation": (saved([X, record([0], 77, [])]), "operation 1 has the opcode 77"),
    "an operation without data": (saved([X, record([0, 0], 0, [])]), "operation 1 (addition) has"),
    "a range that is none": (saved([record([], -1, [0], [1, 0, 1])]), "operation 0 has the range"),
    "a step that is no power": (saved([record([], -1, [0], [0, 3, 3])]), "that is a power of two"),
    "not a number": (
        saved([record([], -1, [0], [0, float("nan"), 1])]),
        "operation 0 has the range",
    ),
    "an infinite step": (saved([record([], -1, [0], [0, 3, float("inf")])]), "has the range"),
    "a far step": (
        saved([record([], -1, [0], [0, 0.0, 1.0]), record([], 5, [1], [0, 2.0**-300, 2.0**-300])]),
        "has a step of 2**-300",
    ),
    "an input that is not there": (saved([record([], -1, [4])]), "operation 0 reads input 4"),
    "a table that is not there": (saved([X, record([0], 8, [0])]), "operation 1 reads table 0"),
    "a table of nothing": (saved([X], tables=[table([])]), "table 0 is no list of whole numbers"),
    "a table of texts": (saved([X], tables=[table(["a"])]), "table 0 is no list of whole numbers"),
    "a table without a range": (saved([X], tables=[{"table": [1]}]), "table 0 has no entries and"),
    "a ragged table": (saved([X], tables=[table([[1], [1, 2]])]), "table 0 has no entries and no"),
    "an output that is not there": (saved([X], outputs=[3]), "an output is 3;"),
    "a far shift": (saved([X, record([0], 3, [10**6])]), "a shift of operation 1 is 1000000"),
    "a wide input": (
        saved([record([], -1, [0], [0, 2.0**30 - 1, 1.0])]),
        "input 'x' has 30 bits; features have at most 24, so quantise it to fewer",
    ),
    "a wide sum": (
        saved([WIDE, record([0, 0], 0, [20], [-(2.0**40), 2.0**40, 1.0])]),
        "operation 1 (sum): a sum is 41 bits wide; 1 to 32 are possible; quantise what it reads",
    ),
    "a wide output": (
        saved([WIDE, record([0, 0], 0, [9], [-(2.0**30), 2.0**30, 1.0])]),
        "outputs: in one step they have 30 bits, 24 are possible; quantise them to fewer bits",
    ),
    "a wide table": (
        saved(
            [WIDE, record([0, 0], 0, [6], [-(2.0**27), 2.0**27 - 1, 1.0]), record([1], 8, [0])],
            tables=[table([1, 2])],
        ),
        "(table): it looks up a number of",
    ),
    "a product of giants": (
        saved([WIDE, record([0, 0], 7, [], [0, 2.0**38, 1.0])]),
        "operation 1 (product): it needs more than 32 bits; quantise what it reads to fewer bits",
    ),
    "a step that results do not have": (
        saved([X, record([0, 0], 7, [], [0.0, 4.0, 0.25])]),
        "operation 1 (product): its step is said to be 2**-2, and its results have steps of 2**-4",
    ),
    "an input of two formats": (
        saved([X, record([], -1, [0], [0.0, 3.0, 1.0]), record([0, 1], 0, [0])]),
        "operation 1 reads input 0 in another format than an operation before it",
    ),
    "other bits than inverted": (
        saved([X, record([0], 9, [0], [-4.0, 3.75, 0.25])]),
        "operation 1 (bits): it inverts the bits of a number into another number of bits",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_program_is_refused(case, tmp_path):
    content, message = REFUSED[case]
    path = tmp_path / "model.json"
    path.write_text(json.dumps(content))
    started = time.monotonic()
    with pytest.raises(ImportedModelError) as caught:
        read(path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
    assert time.monotonic() - started < 5


WHOLE = json.dumps(saved()).encode()
BYTES = {
    "empty": (b"", "is no JSON text"),
    "cut off": (WHOLE[:-20], "is no JSON text"),
    "no text": (b"\xff\xfe\x00", "is no JSON text"),
    "deeply nested": (b"[" * 200_000, "is no JSON text"),
    "a huge number": (b'{"meta": ' + b"9" * 10_000 + b"}", "is no JSON text"),
    "gzip that is cut off": (gzip.compress(WHOLE)[:-12], "is cut off"),
    "gzip that is damaged": (b"\x1f\x8b" + bytes(40), "is damaged"),
    "gzip of something else": (gzip.compress(b"PK\x03\x04"), "is no JSON text"),
}


@pytest.mark.parametrize("case", BYTES)
def test_damaged_files_are_refused(case, tmp_path):
    content, message = BYTES[case]
    path = tmp_path / "model.json"
    path.write_bytes(content)
    with pytest.raises(ImportedModelError) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


def test_what_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(ImportedModelError, match="cannot be read"):
        read(tmp_path)
    with pytest.raises(ImportedModelError, match="an object of type ndarray is no program"):
        read(np.zeros(3))


def test_a_small_file_of_much_text_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MOST_BYTES", 1 << 20)
    path = tmp_path / "bomb.json.gz"
    path.write_bytes(gzip.compress(b" " * (50 << 20)))
    with pytest.raises(ImportedModelError, match="has more than 1 MiB of text; split the model"):
        read(path)
    (tmp_path / "long.json").write_bytes(b" " * (2 << 20))
    with pytest.raises(ImportedModelError, match="has more than 1 MiB of text"):
        read(tmp_path / "long.json")


def test_sizes_are_told_before_anything_is_built(tmp_path, monkeypatch):
    path = tmp_path / "model.json"
    wide = [-(2.0**23), 2.0**23 - 1, 1.0]
    tables = [table([0, 1, 2, 3])]
    many = [record([], -1, [0], wide), *(record([0], 8, [0]) for _ in range(20))]
    path.write_text(json.dumps(saved(many, tables=tables)))
    with pytest.raises(ImportedModelError, match="tables of the network would take 1280 MiB, 1024"):
        read(path)
    monkeypatch.setattr(sizes, "MOST_NODES", 100)
    path.write_text(json.dumps(saved([X, *(record([0], 3, [0]) for _ in range(200))])))
    with pytest.raises(ImportedModelError, match=r"would have up to \d+ nodes, 100 are possible"):
        read(path)
    monkeypatch.setattr(files, "MOST_OPERATIONS", 50)
    with pytest.raises(ImportedModelError, match="201 operations are too many, 50 are possible"):
        read(path)
    monkeypatch.setattr(files, "MOST_ENTRIES", 3)
    path.write_text(json.dumps(saved(tables=tables)))
    with pytest.raises(ImportedModelError, match="the tables have more than 3 entries"):
        read(path)


def test_many_wide_inputs_are_refused():
    inputs = [((), -1, (number,), (0, 2**20 - 1, 1)) for number in range(200)]
    program = by_hand(inputs, [0], inputs=200)
    with pytest.raises(
        ImportedModelError, match="200 inputs of up to 20 bits have 209715200 words"
    ):
        read(program)


STRANGE = [
    None,
    True,
    -1,
    0,
    2,
    64,
    1e300,
    float("nan"),
    float("inf"),
    "x",
    [],
    {},
    [1],
    10**30,
    0.1,
]


def places(content, before=()):
    """All places of a JSON value, each as the keys that lead to it."""
    pairs = content.items() if isinstance(content, dict) else enumerate(content)
    for key, value in pairs:
        yield (*before, key)
        if isinstance(value, (dict, list)):
            yield from places(value, (*before, key))


def test_whatever_is_changed_in_a_program_is_read_or_refused(tmp_path):
    path = tmp_path / "model.json"
    every_operation().save(path)
    text = path.read_text()
    known = list(places(json.loads(text)))
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(300):
        content = json.loads(text)
        *way, last = known[int(rng.integers(len(known)))]
        owner = content
        for key in way:
            owner = owner[key]
        owner[last] = STRANGE[int(rng.integers(len(STRANGE)))]
        path.write_text(json.dumps(content))
        try:
            read(path)
        except ImportedModelError as error:
            assert "\n" not in str(error)  # noqa: PT017 - most are refused, some are read
            refused += 1
    assert 100 < refused < 300
