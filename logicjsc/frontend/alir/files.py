"""Programs from files and from objects of alkaid and da4ml; nothing of either is imported."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.alir.program import Output, Program, Table
from logicjsc.frontend.alir.records import NEWEST, Reads, format_of, reader_of, whole

MOST_BYTES: Final = 256 << 20
MOST_OPERATIONS: Final = 1_000_000
MOST_ENTRIES: Final = 1 << 27
"""Of all tables together."""

_MOST_PORTS: Final = 1 << 16
_GZIP: Final = b"\x1f\x8b"
_NAMES: Final = ("ALIRModel", "DAISModel")
_WITH_TABLES: Final = 9
_SHIFTS: Final = 256


def program_of(model: object) -> Program:
    """The program of a file or object.

    Args:
        model: a path to JSON, as it is or compressed by gzip, or a ``CombLogic`` of either package.

    Raises:
        ImportedModelError: it is none, damaged, or larger than anything that becomes a network.
    """
    if isinstance(model, Path):
        try:
            return _program(_parsed(_text_of(model)))
        except ImportedModelError as error:
            raise ImportedModelError(f"{model}: {error}") from error
    if is_program(model):
        return _program(_of_object(model))
    raise ImportedModelError(
        f"an object of type {type(model).__name__} is no program; give a JSON file of alkaid or "
        f"da4ml, or a CombLogic"
    )


def is_program(model: object) -> bool:
    """Whether an object is a ``CombLogic``, by the names of its type and package."""
    kind = type(model)
    return kind.__name__ == "CombLogic" and kind.__module__.split(".")[0] in {"alkaid", "da4ml"}


def _text_of(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            held = stream.read(MOST_BYTES + 1)
        if held.startswith(_GZIP):
            unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
            held = unpacking.decompress(held, MOST_BYTES + 1)
            if len(held) <= MOST_BYTES and not unpacking.eof:
                raise ImportedModelError("is cut off")
    except OSError as error:
        raise ImportedModelError(f"cannot be read ({error.strerror or error})") from error
    except zlib.error as error:
        raise ImportedModelError(f"is damaged ({error})") from error
    if len(held) > MOST_BYTES:
        raise ImportedModelError(
            f"has more than {MOST_BYTES >> 20} MiB of text; split the model or quantise it coarser"
        )
    return held


def _parsed(text: bytes) -> object:
    try:
        return json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ImportedModelError(
            f"is no JSON text of alkaid or da4ml ({type(error).__name__})"
        ) from error


def _of_object(model: Any) -> object:  # noqa: ANN401 - of either package
    """What an object would be saved as."""
    tables = None
    if model.lookup_tables is not None:
        tables = [table.to_dict() for table in model.lookup_tables]
    data = [
        list(model.shape),
        list(map(int, model.inp_shifts)),
        list(map(int, model.out_idxs)),
        list(map(int, model.out_shifts)),
        list(map(bool, model.out_negs)),
        [[_plain(entry) for entry in operation] for operation in model.ops],
        0,
        0,
        tables,
    ]
    if type(model).__module__.split(".")[0] == "da4ml":
        return data
    return {"meta": _NAMES[0], "spec_version": NEWEST, "model": data}


def _plain(entry: Any) -> Any:  # noqa: ANN401 - a number or a tuple of them
    if isinstance(entry, tuple):
        return [_plain(part) for part in entry]
    return entry.item() if isinstance(entry, np.generic) else entry


def _program(saved: object) -> Program:
    if isinstance(saved, list):
        return _of_list(saved, None, "DAIS of da4ml")
    if not isinstance(saved, Mapping) or saved.get("meta") not in _NAMES:
        raise ImportedModelError(
            f"is no program of alkaid or da4ml: it has no entry 'meta' of {' or '.join(_NAMES)}"
        )
    version = whole(saved.get("spec_version"), "spec_version", 0, 1 << 31)
    return _of_list(saved.get("model"), version, f"{saved['meta']}, version {version}")


def _of_list(data: object, version: int | None, origin: str) -> Program:
    read = reader_of(version)
    if read is None:
        raise ImportedModelError(
            f"is of version {version}; versions 2 to {NEWEST} are read, so save it with alkaid 0.8"
        )
    if not isinstance(data, list) or len(data) not in {_WITH_TABLES - 1, _WITH_TABLES}:
        count = len(data) if isinstance(data, list) else 0
        raise ImportedModelError(
            f"a program has 8 or 9 parts, this one has {count}; save a CombLogic, no pipeline of "
            f"several"
        )
    shape, input_shifts, indices, shifts, signs, records, _, _, *rest = data
    inputs, outputs = _shape(shape)
    _ports(input_shifts, inputs, "input shifts")
    if any(shift != 0 for shift in input_shifts):
        raise ImportedModelError(
            "inputs are shifted, which the versions of the format mean differently; export the "
            "model with input shifts of 0"
        )
    for part, name in ((indices, "outputs"), (shifts, "output shifts"), (signs, "output signs")):
        _ports(part, outputs, name)
    operations = _operations(records, read)
    made = tuple(
        Output(
            whole(index, "an output", -(1 << 31), len(operations) - 1),
            whole(shift, "an output shift", -_SHIFTS, _SHIFTS),
            bool(sign),
        )
        for index, shift, sign in zip(indices, shifts, signs, strict=True)
    )
    tables = _tables(rest[0] if rest else None)
    for place, operation in enumerate(operations):
        limit = {"input": inputs, "table": len(tables)}.get(operation.kind)
        if limit is not None and operation.number >= limit:
            raise ImportedModelError(
                f"operation {place} reads {operation.kind} {operation.number}, there are {limit}"
            )
    return Program(inputs, operations, made, tables, origin)


def _shape(shape: object) -> tuple[int, int]:
    if not isinstance(shape, list) or len(shape) != 2:  # noqa: PLR2004 - inputs and outputs
        raise ImportedModelError("the shape of the program is not two numbers")
    inputs = whole(shape[0], "the number of inputs", 1, _MOST_PORTS)
    return inputs, whole(shape[1], "the number of outputs", 1, _MOST_PORTS)


def _ports(part: object, count: int, name: str) -> None:
    if not isinstance(part, list) or len(part) != count:
        raise ImportedModelError(f"there are not {count} {name}, as the shape has it")


def _operations(records: object, read: Reads) -> tuple[Any, ...]:
    if not isinstance(records, list):
        raise ImportedModelError("there is no list of operations")
    if len(records) > MOST_OPERATIONS:
        raise ImportedModelError(
            f"{len(records)} operations are too many, {MOST_OPERATIONS} are possible; split the "
            f"model or prune it"
        )
    return tuple(read(record, place) for place, record in enumerate(records))


def _tables(saved: object) -> tuple[Table, ...]:
    if saved is None:
        return ()
    if not isinstance(saved, Sequence):
        raise ImportedModelError("there is no list of tables")
    found, entries = [], 0
    for number, table in enumerate(saved):
        what = f"table {number}"
        try:
            codes, bounds = table["table"], table["spec"]["out_qint"]
            form = format_of([bounds["min"], bounds["max"], bounds["step"]], what)
            given = np.asarray(codes)
        except (LookupError, TypeError, ValueError) as error:
            raise ImportedModelError(f"{what} has no entries and no range") from error
        if given.ndim != 1 or given.dtype.kind not in "iu" or not given.size:
            raise ImportedModelError(f"{what} is no list of whole numbers")
        entries += given.size
        if entries > MOST_ENTRIES:
            raise ImportedModelError(
                f"the tables have more than {MOST_ENTRIES} entries; use fewer bits for what they "
                f"read"
            )
        found.append(Table(given.astype(np.int64), form))
    return tuple(found)
