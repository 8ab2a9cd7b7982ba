"""Operations as the versions of the format write them.

Since version 3 a record is ``[sources, opcode, data, [low, high, step], latency, cost]``. Before,
it was ``[source, source, opcode, data, [low, high, step], latency, cost]`` with data packed into
one number; da4ml's files, which tell no version, negate sources by opcodes below 0 besides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.alir.program import Format, Operation

NEWEST: Final = 4
_SINCE_LISTS: Final = 3
_PACKED: Final = 2
_FARTHEST: Final = 256
"""Greatest shift or exponent; beyond, no two numbers of a network meet."""

_DA4ML: Final = {-2: 2, -3: 3, -6: 6, -9: 9}
"""Opcodes that negate a source first."""


class Reads(Protocol):
    """Reads a record."""

    def __call__(self, record: object, place: int) -> Operation:
        """The operation of a place."""
        ...


@dataclass(frozen=True)
class _Parts:
    """A record in the newest shape."""

    sources: tuple[int, ...]
    opcode: int
    data: tuple[int, ...]
    format: Format


def reader_of(version: int | None) -> Reads | None:
    """What reads records of a version, None being da4ml's; None for versions that nothing reads."""
    if version is None:
        return _read_da4ml
    if version == _PACKED:
        return _read_packed
    return _read_listed if _SINCE_LISTS <= version <= NEWEST else None


def whole(value: object, what: str, low: int, high: int) -> int:
    """A whole number between two.

    Raises:
        ImportedModelError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value // 1:
        raise ImportedModelError(f"{what} is {_short(value)}, which is no whole number")
    if not low <= value <= high:
        raise ImportedModelError(f"{what} is {_short(value)}; {low} to {high} are possible")
    return int(value)


def format_of(value: object, what: str) -> Format:
    """A format from bounds and step.

    Raises:
        ImportedModelError: it is none.
    """
    try:
        least, most, step = map(float, value)  # type: ignore[call-overload]
        found = Format.of(least, most, step)
    except (TypeError, ValueError, OverflowError) as error:
        raise ImportedModelError(
            f"{what} has the range {_short(value)}; a range is a lowest number, a highest number "
            f"and a step that is a power of two"
        ) from error
    if abs(found.exponent) > _FARTHEST:
        raise ImportedModelError(
            f"{what} has a step of 2**{found.exponent}, which is too far from 1"
        )
    return found


def _read_listed(record: object, place: int) -> Operation:
    what = f"operation {place}"
    if not isinstance(record, Sequence) or len(record) != 6:  # noqa: PLR2004 - see above
        raise ImportedModelError(f"{what} has not six entries")
    sources, opcode, data, bounds, *_ = record
    if not isinstance(sources, Sequence) or not isinstance(data, Sequence):
        raise ImportedModelError(f"{what} has no lists of sources and data")
    parts = _Parts(
        tuple(whole(source, f"a source of {what}", 0, place - 1) for source in sources),
        whole(opcode, f"the opcode of {what}", -128, 127),
        tuple(whole(entry, f"data of {what}", -(1 << 63), (1 << 63) - 1) for entry in data),
        format_of(bounds, what),
    )
    return _operation(parts, place)


def _read_packed(record: object, place: int) -> Operation:
    first, second, opcode, packed, form = _old(record, place)
    sources, data = _unpacked(first, second, opcode, packed)
    return _operation(_Parts(_checked(sources, place), opcode, data, form), place)


def _read_da4ml(record: object, place: int) -> Operation:
    first, second, opcode, packed, form = _old(record, place)
    plain = _DA4ML.get(opcode, opcode)
    sources, data = _unpacked(first, second, plain, packed)
    if plain == 4:  # noqa: PLR2004 - an opcode
        data = (packed, -form.exponent)
    made = _operation(_Parts(_checked(sources, place), plain, data, form), place)
    negated = list(made.negated) or [False] * len(made.sources)
    if plain != opcode:
        # Of a choice, the number that is chosen where the sign is 0.
        negated[1 if made.kind == "choice" else 0] = True
    if made.kind == "bitwise":
        negated = [bool(packed >> 32 & 1), bool(packed >> 33 & 1)]
    return Operation(
        made.kind,
        made.sources,
        made.format,
        tuple(negated),
        made.shifts,
        made.constant,
        made.number,
        wraps=False,
    )


def _old(record: object, place: int) -> tuple[int, int, int, int, Format]:
    what = f"operation {place}"
    if not isinstance(record, Sequence) or len(record) != 7:  # noqa: PLR2004 - see above
        raise ImportedModelError(f"{what} has not seven entries")
    first, second, opcode, packed, bounds, *_ = record
    return (
        whole(first, f"a source of {what}", -(1 << 31), (1 << 31) - 1),
        whole(second, f"a source of {what}", -(1 << 31), (1 << 31) - 1),
        whole(opcode, f"the opcode of {what}", -128, 127),
        whole(packed, f"data of {what}", -(1 << 63), (1 << 64) - 1),
        format_of(bounds, what),
    )


def _unpacked(
    first: int, second: int, opcode: int, packed: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Sources and data of an operation whose data is one number."""
    low, high = _signed(packed), _signed(packed >> 32)
    one, both = (first,), (first, second)
    known: dict[int, tuple[tuple[int, ...], tuple[int, ...]]] = {
        -2: (one, ()),
        -1: ((), one),
        0: (both, (packed,)),
        1: (both, (packed,)),
        2: (one, ()),
        3: (one, (0,)),
        4: (one, (low, high)),
        5: ((), (packed,)),
        6: ((*both, low), (high,)),
        7: (both, ()),
        8: (one, (packed,)),
        9: (one, (packed,)),
        10: (both, (low, packed >> 56 & 0xFF)),
    }
    return known.get(opcode, ((), ()))


def _signed(value: int) -> int:
    """The lowest 32 bits as two's complement."""
    return ((value & 0xFFFFFFFF) ^ (1 << 31)) - (1 << 31)


def _checked(sources: tuple[int, ...], place: int) -> tuple[int, ...]:
    what = f"a source of operation {place}"
    return tuple(whole(source, what, 0, place - 1) for source in sources)


def _operation(parts: _Parts, place: int) -> Operation:
    """What a record means.

    Raises:
        ImportedModelError: there is no such opcode, or it has not the sources and data it needs.
    """
    entry = _OPCODES.get(parts.opcode)
    if entry is None:
        raise ImportedModelError(
            f"operation {place} has the opcode {parts.opcode}, which is none of "
            f"{', '.join(map(str, sorted(_OPCODES)))}; export the model with a version of alkaid "
            f"whose programs have the version {NEWEST}"
        )
    name, sources, data, make = entry
    enough = len(parts.sources) == sources if sources >= 0 else len(parts.sources) >= -sources
    if not enough or len(parts.data) < data:
        raise ImportedModelError(
            f"operation {place} ({name}) has {len(parts.sources)} sources and {len(parts.data)} "
            f"numbers as data, which is not what it needs"
        )
    made: Operation = make(parts, place)
    return made


def _input(parts: _Parts, place: int) -> Operation:
    number = whole(parts.data[0], f"the input of operation {place}", 0, 1 << 30)
    return Operation("input", (), parts.format, number=number)


def _sum(parts: _Parts, place: int) -> Operation:
    count = len(parts.sources)
    if parts.opcode == -2:  # noqa: PLR2004 - opcodes, here and below
        return Operation("sum", parts.sources, parts.format, (True,), (0,))
    if parts.opcode == 4:  # noqa: PLR2004
        constant = parts.data[0], -_shift(parts.data[1], place)
        return Operation("sum", parts.sources, parts.format, (False,), (0,), constant)
    if parts.opcode == 11:  # noqa: PLR2004
        if len(parts.data) < 2 * count:
            raise ImportedModelError(f"operation {place} has no sign and shift for every term")
        minus = tuple(not sign for sign in parts.data[: 2 * count : 2])
        shifts = tuple(_shift(entry, place) for entry in parts.data[1 : 2 * count : 2])
        return Operation("sum", parts.sources, parts.format, minus, shifts)
    shifts = (0, _shift(parts.data[0], place))
    return Operation("sum", parts.sources, parts.format, (False, parts.opcode == 1), shifts)


def _relu(parts: _Parts, place: int) -> Operation:  # noqa: ARG001 - as all others
    return Operation("relu", parts.sources, parts.format)


def _quantise(parts: _Parts, place: int) -> Operation:
    shift = _shift(parts.data[0], place) if parts.data else 0
    return Operation("quantise", parts.sources, parts.format, shifts=(shift,))


def _constant(parts: _Parts, place: int) -> Operation:  # noqa: ARG001 - as all others
    constant = parts.data[0], parts.format.exponent
    return Operation("constant", (), parts.format, constant=constant)


def _choice(parts: _Parts, place: int) -> Operation:
    shifts = (0, _shift(parts.data[0], place), 0)
    return Operation("choice", parts.sources, parts.format, shifts=shifts)


def _product(parts: _Parts, place: int) -> Operation:  # noqa: ARG001 - as all others
    return Operation("product", parts.sources, parts.format)


def _table(parts: _Parts, place: int) -> Operation:
    number = whole(parts.data[0], f"the table of operation {place}", 0, 1 << 30)
    return Operation("table", parts.sources, parts.format, number=number)


def _bits(parts: _Parts, place: int) -> Operation:
    number = whole(parts.data[0], f"what operation {place} does with bits", 0, 2)
    return Operation("bits", parts.sources, parts.format, number=number)


def _bitwise(parts: _Parts, place: int) -> Operation:
    number = whole(parts.data[1], f"what operation {place} does with bits", 0, 2)
    shifts = (0, _shift(parts.data[0], place))
    return Operation("bitwise", parts.sources, parts.format, shifts=shifts, number=number)


def _shift(value: int, place: int) -> int:
    return whole(value, f"a shift of operation {place}", -_FARTHEST, _FARTHEST)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - a line of a message


# Name, sources (at least as many if below 0), least data.
_OPCODES: Final[dict[int, tuple[str, int, int, Any]]] = {
    -2: ("negation", 1, 0, _sum),
    -1: ("input", 0, 1, _input),
    0: ("addition", 2, 1, _sum),
    1: ("subtraction", 2, 1, _sum),
    2: ("ReLU", 1, 0, _relu),
    3: ("quantisation", 1, 0, _quantise),
    4: ("addition of a constant", 1, 2, _sum),
    5: ("constant", 0, 1, _constant),
    6: ("choice by the highest bit", 3, 1, _choice),
    7: ("product", 2, 0, _product),
    8: ("look-up", 1, 1, _table),
    9: ("operation on bits", 1, 1, _bits),
    10: ("operation on the bits of two numbers", 2, 2, _bitwise),
    11: ("sum", -2, 4, _sum),
}
