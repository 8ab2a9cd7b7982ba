"""Verilog expressions, of the few kinds that logicjsc writes, as VHDL.

A value is a bit (``std_logic``), a vector (``std_logic_vector``) or a number (of a parameter).
Widths are checked: where Verilog would extend or cut a value, nothing is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from logicjsc.core.errors import CircuitError

_TOKEN: Final = re.compile(
    r"\$signed|\d*'s?[bdh][0-9a-fA-F_]+|\d+|\w+|>=|<=|==|[-+&|^~?:{}\[\](),<>]"
)
_LITERAL: Final = re.compile(r"(\d+)'s?([bdh])([0-9a-fA-F_]+)")
_BASES: Final = {"b": 2, "d": 10, "h": 16}
_DIGITS_PER_LINE: Final = 64
_MOST_INTEGER_BITS: Final = 31
"""Whole numbers of VHDL reach to 2**31 - 1."""


@dataclass(frozen=True)
class Signal:
    """Something declared in a module.

    Attributes:
        name: in VHDL.
        width: its bits.
        vector: whether it is a vector, which it may be with one bit as well.
        signed: whether it is compared as two's complement.
        flipped: whether it is a table whose complement is written.
    """

    name: str
    width: int
    vector: bool
    signed: bool = False
    flipped: bool = False


@dataclass(frozen=True)
class Value:
    """An expression in VHDL.

    Attributes:
        text: the expression.
        width: its bits.
        vector: whether it is a ``std_logic_vector``.
        kind: ``name`` (also a slice or a bit of one), ``literal``, ``joined`` (of ``&``), ``call``,
            or the operator that it is made with.
        signed: whether it is compared as two's complement.
        number: the value of a literal.
    """

    text: str
    width: int
    vector: bool
    kind: str
    signed: bool = False
    number: int = 0

    @property
    def operand(self) -> str:
        """The text as it can stand beside any operator."""
        return self.text if self.kind in {"name", "literal", "call"} else f"({self.text})"

    @property
    def argument(self) -> str:
        """The text where only its own form tells its type."""
        plain = self.kind in {"name", "call"} or not self.vector
        return self.text if plain else f"std_logic_vector'({self.text})"


def literal(number: int, width: int, *, vector: bool = True) -> str:
    """A constant as VHDL text; ``number`` may be negative."""
    number %= 1 << width
    if not vector:
        return f"'{number}'"
    if width % 4 or width < 8:  # noqa: PLR2004 - a digit is four bits
        return f'"{number:0{width}b}"'
    digits = f"{number:0{width // 4}x}"
    first = len(digits) % _DIGITS_PER_LINE or _DIGITS_PER_LINE
    starts = [0, *range(first, len(digits), _DIGITS_PER_LINE), len(digits)]
    parts = [f'x"{digits[a:b]}"' for a, b in pairwise(starts)]
    return "\n      & ".join(parts)


class Expressions:
    """Reads expressions of one module.

    Attributes:
        signals: what is declared, by Verilog name.
    """

    def __init__(self, signals: Mapping[str, Signal]) -> None:
        self.signals = signals
        self._tokens: list[str] = []
        self._place = 0

    def read(self, text: str) -> Value:
        """The VHDL of an expression.

        Raises:
            CircuitError: it is of a kind that logicjsc does not write.
        """
        self._tokens, self._place = _TOKEN.findall(text), 0
        if "".join(self._tokens) != "".join(text.split()):
            raise CircuitError(f"{text!r} has a character that no VHDL is written for")
        value = self._choice()
        if self._place != len(self._tokens):
            raise self._refused()
        return value

    def _peek(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _take(self, wanted: str = "") -> str:
        token = self._peek()
        if not token or (wanted and token != wanted):
            raise self._refused()
        self._place += 1
        return token

    def _refused(self) -> CircuitError:
        text = " ".join(self._tokens)
        return CircuitError(f"{text} is no expression that VHDL is written for")

    def _choice(self) -> Value:
        selector = self._compared()
        if self._peek() != "?":
            return selector
        self._take("?")
        first = self._choice()
        self._take(":")
        second = self._choice()
        self._same(first, second)
        arguments = f"{_bit(selector).text}, {first.argument}, {second.argument}"
        return Value(f"choose({arguments})", first.width, first.vector, "call")

    def _compared(self) -> Value:
        left = self._logic()
        operator = self._peek()
        if operator not in _COMPARED:
            return left
        self._take()
        right = self._logic()
        if left.width != right.width:
            raise CircuitError(f"{' '.join(self._tokens)} compares words of unlike widths")
        signed = left.signed and right.signed
        texts = (_as_number(value, signed=signed) for value in (left, right))
        text = f" {_COMPARED[operator]} ".join(texts)
        return Value(text, 1, vector=False, kind="compared")

    def _logic(self, level: int = 0) -> Value:
        """Operators of bits, the weakest first; in VHDL they have one rank and need brackets."""
        if level == len(_LOGIC):
            return self._sum()
        operator, word = _LOGIC[level]
        value = self._logic(level + 1)
        while self._peek() == operator:
            self._take()
            other = self._logic(level + 1)
            if value.width == other.width == 1:
                value, other = _bit(value), _bit(other)
            self._same(value, other)
            left = value.text if value.kind == word else value.operand
            value = Value(f"{left} {word} {other.operand}", value.width, value.vector, word)
        return value

    def _sum(self) -> Value:
        value = self._unary()
        if self._peek() not in {"+", "-"}:
            return value
        text = _as_number(value, signed=False)
        while self._peek() in {"+", "-"}:
            operator = self._take()
            other = self._unary()
            if value.width != other.width:
                raise CircuitError(f"{' '.join(self._tokens)} adds words of unlike widths")
            text += f" {operator} {_as_number(other, signed=False)}"
        return Value(f"std_logic_vector({text})", value.width, vector=True, kind="call")

    def _unary(self) -> Value:
        if self._peek() == "~":
            self._take()
            value = self._unary()
            return Value(f"not {value.operand}", value.width, value.vector, "not")
        if self._peek() == "-":
            self._take()
            value = self._unary()
            number = -value.number
            text = literal(number, value.width)
            return Value(text, value.width, vector=True, kind="literal", signed=True, number=number)
        return self._primary()

    def _primary(self) -> Value:
        token = self._take()
        if token == "(":  # noqa: S105 - a bracket
            value = self._choice()
            self._take(")")
            return value
        if token == "{":  # noqa: S105 - a bracket
            return self._joined()
        if "'" in token:
            return _constant(token)
        if token == "$signed":  # noqa: S105 - a function
            self._take("(")
            value = self._choice()
            self._take(")")
            return replace(value, signed=True)
        if token.isdigit():
            return Value(token, 32, vector=True, kind="literal", number=int(token))
        return self._named(token)

    def _named(self, token: str) -> Value:
        signal = self.signals.get(token)
        if signal is None:
            raise CircuitError(f"{token} is read before it is declared")
        if self._peek() != "[":
            return Value(signal.name, signal.width, signal.vector, "name", signal.signed)
        self._take("[")
        index = self._choice()
        if self._peek() == ":":
            self._take(":")
            low = self._choice()
            self._take("]")
            width = index.number - low.number + 1
            text = f"{signal.name}({index.number} downto {low.number})"
            return Value(text, width, vector=True, kind="name")
        self._take("]")
        if index.kind == "literal" and index.width == 32:  # noqa: PLR2004 - a plain number
            if not signal.vector:
                return Value(signal.name, 1, vector=False, kind="name")
            return Value(f"{signal.name}({index.number})", 1, vector=False, kind="name")
        if signal.width != 1 << index.width:
            raise CircuitError(f"{token} is no table of all addresses that it is looked up with")
        address = index if index.vector else Value(f'"" & {index.text}', 1, True, "joined")
        text = f"look_up({signal.name}, {address.argument})"
        if signal.flipped:
            return Value(f"not {text}", 1, vector=False, kind="not")
        return Value(text, 1, vector=False, kind="call")

    def _joined(self) -> Value:
        parts = [self._choice()]
        if self._peek() == "{":  # {4{bit}}
            self._take("{")
            inner = self._choice()
            self._take("}")
            self._take("}")
            parts = [inner] * parts[0].number
        else:
            while self._peek() == ",":
                self._take()
                parts.append(self._choice())
            self._take("}")
        width = sum(part.width for part in parts)
        if len(parts) == 1:
            return parts[0]
        text = " & ".join(part.operand for part in parts)
        return Value(text, width, vector=True, kind="joined")

    def _same(self, left: Value, right: Value) -> None:
        if (left.width, left.vector) != (right.width, right.vector):
            text = " ".join(self._tokens)
            raise CircuitError(f"{text}: {left.text} and {right.text} differ in width")


_COMPARED: Final = {">=": "?>=", "<=": "?<=", ">": "?>", "<": "?<", "==": "?="}
"""In VHDL-2008 the answers of these are bits."""

_LOGIC: Final[Sequence[tuple[str, str]]] = (("|", "or"), ("^", "xor"), ("&", "and"))


def _constant(token: str) -> Value:
    match = _LITERAL.fullmatch(token)
    if match is None:
        raise CircuitError(f"{token} is no constant that VHDL is written for")
    width, base, digits = int(match[1]), match[2], match[3].replace("_", "")
    number = int(digits, _BASES[base])
    vector = width > 1
    signed = "s" in token
    text = literal(number, width, vector=vector)
    return Value(text, width, vector, "literal", signed, number)


def _bit(value: Value) -> Value:
    """A value of one bit as ``std_logic``."""
    if not value.vector:
        return value
    if value.width != 1 or value.kind != "name" or ")" in value.text:
        raise CircuitError(f"{value.text} is used as a bit, and is none")
    return Value(f"{value.text}(0)", 1, vector=False, kind="name")


def _as_number(value: Value, *, signed: bool) -> str:
    """A vector as an operand of arithmetic."""
    kind = "signed" if signed else "unsigned"
    if value.kind == "literal" and value.width <= _MOST_INTEGER_BITS:
        return f"to_{kind}({value.number}, {value.width})"
    if not value.vector:
        value = Value(f'"" & {value.text}', 1, vector=True, kind="joined")
    return f"{kind}({value.argument})"


def assigned(value: Value, *, vector: bool) -> str:
    """The text of a value where a vector, or else a bit, takes it."""
    if vector == value.vector:
        return value.text
    if vector:
        return literal(value.number, 1) if value.kind == "literal" else f'"" & {value.operand}'
    return _bit(value).text


Reader = Callable[[str], Value]
