"""A module of the subset that generators of the LogicNets family write.

Ports with their directions in the header; wires, with or without a value; ``assign``; instances
with ports by name; one ``always @ (X) case (X)`` that lists the rows of a table; or one ``always
@(posedge clk)`` that makes the module a register. Everything else is refused with file and line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, NoReturn, TypeAlias

import numpy as np

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.logicnets.sources import ModuleText
from logicjsc.netlist.layers import MAX_ADDRESS_BITS, MAX_WIDTH, Array

Bit: TypeAlias = tuple[str, int] | int
"""A bit of a net, or a constant."""

_WIDEST: Final = 1_000_000
MOST_BITS: Final = 20_000_000
"""Bits of nets that a network mentions, each as often as it does."""

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<skip>\(\*(?!\)).*?\*\))|(?P<number>\d+\s*'\s*[bBdDhH]\s*[0-9a-fA-F_]+|\d+)"
    r"|(?P<word>[A-Za-z_]\w*)|(?P<sign><=|[^\sA-Za-z0-9_]))",
    re.DOTALL,
)
_ROW: Final = re.compile(r"\s*(\d+)'b([01]+)\s*:\s*(\w+)\s*=\s*(\d+)'b([01]+)\s*;")
_OTHERS: Final = frozenset(
    "initial function task generate genvar integer parameter localparam for if else case begin end "
    "input output inout specify defparam supply0 supply1 real time event logic always_comb "
    "always_ff".split()
)
"""Words that begin something else than an instance."""

_BASES: Final = {"b": 2, "d": 10, "h": 16}


@dataclass(frozen=True)
class Instance:
    """A module inside another.

    Attributes:
        module: its name.
        parameters: what is given for its parameters.
        ports: bits at its ports, the lowest first.
        line: of the file.
    """

    module: str
    parameters: dict[str, int]
    ports: dict[str, list[Bit]]
    line: int


@dataclass
class Module:
    """What a module does.

    Attributes:
        text: where it stands.
        inputs: bits of each input port.
        outputs: bits of each output port.
        nets: bits of every net, ports among them.
        assigns: bits that are driven, and by what.
        instances: modules inside.
        table: if it has a ``case``: net that chooses, net that is set, and the code of each row;
            -1 in rows that are not listed.
        register: if it is a register: net that is kept, and the net it is kept in.
        bits: of nets that it mentions, each as often as it does.
    """

    text: ModuleText
    inputs: dict[str, int] = field(default_factory=dict)
    outputs: dict[str, int] = field(default_factory=dict)
    nets: dict[str, int] = field(default_factory=dict)
    assigns: list[tuple[list[Bit], list[Bit]]] = field(default_factory=list)
    instances: list[Instance] = field(default_factory=list)
    table: tuple[str, str, Array] | None = None
    register: tuple[str, str] | None = None
    bits: int = 1


def parse_module(text: ModuleText, widths: dict[str, int]) -> Module:
    """Read a module.

    Args:
        text: of the module.
        widths: values of its parameters where an instance gives them.

    Raises:
        ImportedModelError: it holds anything else; the message names file and line.
    """
    return _Parser(text, widths).run()


class _Parser:
    def __init__(self, text: ModuleText, given: dict[str, int]) -> None:
        self._text = text
        self._source = text.text
        self._place = 0
        self._given = given
        self._parameters: dict[str, int] = {}
        self._module = Module(text)

    def run(self) -> Module:
        self._header()
        items = {
            "wire": self._wires,
            "reg": self._wires,
            "assign": self._assign,
            "always": self._always,
        }
        while (token := self._next()) is not None:
            if token in items:
                items[token]()
            elif _is_word(token) and token not in _OTHERS:
                self._instance(token)
            else:
                self._fail(f"{token!r} begins nothing that is known")
        return self._module

    def _fail(self, sentence: str) -> NoReturn:
        line = self._text.line + self._source.count("\n", 0, self._place)
        raise ImportedModelError(
            f"{self._text.path}: line {line}: module {self._text.name}: {sentence}; only what "
            "LogicNets-like generators write is read"
        )

    def _next(self) -> str | None:
        while True:
            found = _TOKEN.match(self._source, self._place)
            if found is None:
                return None
            self._place = found.end()
            if found["skip"] is None:
                return str(found["number"] or found["word"] or found["sign"])

    def _peek(self) -> str | None:
        place = self._place
        token = self._next()
        self._place = place
        return token

    def _expect(self, *tokens: str) -> None:
        for token in tokens:
            found = self._next()
            if found != token:
                self._fail(f"{found!r} stands where {token!r} is expected")

    def _accept(self, token: str) -> bool:
        if self._peek() != token:
            return False
        self._next()
        return True

    def _word(self) -> str:
        token = self._next()
        if token is None or not _is_word(token):
            self._fail(f"{token!r} stands where a name is expected")
        return token

    def _number(self) -> int:
        """Numbers and parameters, added or taken away."""
        value = self._term()
        while self._peek() in {"+", "-"}:
            value += self._term() if self._next() == "+" else -self._term()
        return value

    def _term(self) -> int:
        token = self._next()
        if token in self._parameters:
            return self._parameters[token]
        if token is None or not token.isdecimal() or len(token) > 9:  # noqa: PLR2004 - an int32
            self._fail(f"{token!r} stands where a number is expected")
        return int(token)

    def _range(self) -> int:
        """Bits of a range ``[n:0]``; 1 where there is none."""
        if not self._accept("["):
            return 1
        high = self._number()
        self._expect(":", "0", "]")
        if not 0 <= high < _WIDEST:
            self._fail(f"a net of {high + 1:,} bits; at most {_WIDEST:,} are possible")
        return high + 1

    def _header(self) -> None:
        if self._accept("#"):
            self._expect("(", "parameter")
            name = self._word()
            self._expect("=")
            self._parameters[name] = self._number()
            self._parameters[name] = self._given.get(name, self._parameters[name])
            self._expect(")")
        self._expect("(")
        direction, width = "", 1
        while not self._accept(")"):
            token = self._peek()
            if token in {"input", "output"}:
                direction = str(self._next())
                if self._peek() in {"wire", "reg"}:
                    self._next()
                width = self._range()
            if not direction:
                self._fail("ports without a direction in the header")
            name = self._declare(width)
            (self._module.inputs if direction == "input" else self._module.outputs)[name] = width
            if not self._accept(",") and self._peek() != ")":
                self._fail(f"{self._peek()!r} stands among the ports")
        self._expect(";")

    def _declare(self, width: int) -> str:
        name = self._word()
        if name in self._module.nets:
            self._fail(f"{name!r} is declared twice")
        self._module.nets[name] = width
        return name

    def _wires(self) -> None:
        width = self._range()
        while True:
            name = self._declare(width)
            if self._accept("="):
                target: list[Bit] = [(name, bit) for bit in range(width)]
                self._drive(target, self._bits())
            if self._accept(";"):
                return
            self._expect(",")

    def _assign(self) -> None:
        target = self._bits()
        self._expect("=")
        self._drive(target, self._bits())
        self._expect(";")

    def _drive(self, target: list[Bit], bits: list[Bit]) -> None:
        if len(target) != len(bits) or any(isinstance(bit, int) for bit in target):
            self._fail(f"{len(target)} bits are driven by {len(bits)}")
        self._module.assigns.append((target, bits))

    def _bits(self) -> list[Bit]:
        """A net, a slice, a literal or a concatenation; the lowest bit first."""
        begin = self._next()
        if begin == "{":
            parts = [self._simple(self._next())]
            while self._accept(","):
                parts.append(self._simple(self._next()))
            self._expect("}")
            return [bit for part in reversed(parts) for bit in part]
        return self._simple(begin)

    def _simple(self, token: str | None) -> list[Bit]:
        if token is not None and "'" in token:
            value, width = self._literal(token)
            self._count(width)
            return [value >> bit & 1 for bit in range(width)]
        if token not in self._module.nets:
            self._fail(f"{token!r} stands where a net that is declared is expected")
        name, width = str(token), self._module.nets[str(token)]
        if not self._accept("["):
            self._count(width)
            return [(name, bit) for bit in range(width)]
        high = low = self._number()
        if self._accept(":"):
            low = self._number()
        self._expect("]")
        if not 0 <= low <= high < width:
            self._fail(f"{name}[{high}:{low}] of a net of {width} bits")
        self._count(high - low + 1)
        return [(name, bit) for bit in range(low, high + 1)]

    def _count(self, bits: int) -> None:
        self._module.bits += bits
        if self._module.bits > MOST_BITS:
            self._fail(f"it connects more than {MOST_BITS:,} bits")

    def _literal(self, token: str) -> tuple[int, int]:
        size, _, digits = re.sub(r"[\s_]", "", token).partition("'")
        try:
            value, width = int(digits[1:], _BASES[digits[0].lower()]), int(size)
        except ValueError:
            self._fail(f"{token!r} is no number")
        if not 1 <= width <= _WIDEST or value >> width:
            self._fail(f"{token!r} does not fit its bits")
        return value, width

    def _instance(self, module: str) -> None:
        line = self._text.line + self._source.count("\n", 0, self._place)
        ports: dict[str, list[Bit]] = {}
        parameters: dict[str, int] = {}
        if self._accept("#"):
            self._expect("(", ".")
            name = self._word()
            self._expect("(")
            parameters[name] = self._number()
            self._expect(")", ")")
        self._word()
        self._expect("(")
        while True:
            self._expect(".")
            port = self._word()
            self._expect("(")
            if port in ports:
                self._fail(f"port {port!r} is connected twice")
            ports[port] = self._bits()
            self._expect(")")
            if not self._accept(","):
                break
        self._expect(")", ";")
        self._module.instances.append(Instance(module, parameters, ports, line))

    def _always(self) -> None:
        if self._module.table is not None or self._module.register is not None:
            self._fail("several always blocks")
        self._expect("@", "(")
        if self._accept("posedge"):
            self._register()
        else:
            self._case()

    def _register(self) -> None:
        self._word()
        self._expect(")")
        block = self._accept("begin")
        if self._accept("if"):
            self._expect("(")
            negated = self._accept("!")
            self._word()
            self._expect(")")
            kept = self._step()
            self._expect("else")
            other = self._step()
            kept, cleared = (kept, other) if negated else (other, kept)
            if kept[0] != cleared[0] or cleared[1] != "0":
                self._fail("a register that is not cleared to 0 by its reset")
        else:
            kept = self._step()
        if block:
            self._expect("end")
        target, source = kept
        nets = self._module.nets
        if target not in nets or source not in nets or nets[target] != nets[source]:
            self._fail("a register that keeps no net of its own width")
        self._module.register = (source, target)

    def _step(self) -> tuple[str, str]:
        target = self._word()
        self._expect("<=")
        source = str(self._next())
        self._expect(";")
        return target, source

    def _case(self) -> None:
        if not self._accept("*"):
            self._word()
        self._expect(")")
        block = self._accept("begin")
        self._expect("case", "(")
        chooser = self._word()
        self._expect(")")
        address = self._module.nets.get(chooser)
        if address is None or address > MAX_ADDRESS_BITS:
            self._fail(f"a case over {chooser!r}, which is no net of 1 to {MAX_ADDRESS_BITS} bits")
        self._module.table = self._rows(chooser, address)
        if block:
            self._expect("end")

    def _rows(self, chooser: str, address: int) -> tuple[str, str, Array]:
        codes = np.full(1 << address, -1, np.int64)
        target, other = "", -1
        while (found := _ROW.match(self._source, self._place)) is not None:
            self._place = found.end()
            size, row, name, width, code = found.groups()
            target = target or name
            if int(size) != address or len(row) > address or name != target:
                self._fail(f"a row {found[0].strip()!r} of a case over {address} bits")
            if int(width) != self._module.nets.get(target) or len(code) > int(width):
                self._fail(f"a row {found[0].strip()!r} that does not set {target} as a whole")
            place = int(row, 2)
            if codes[place] < 0:  # of equal rows the first counts
                codes[place] = int(code, 2)
        if self._accept("default"):
            self._expect(":")
            name = self._word()
            target = target or name
            self._expect("=")
            other, width_of_default = self._literal(str(self._next()))
            if name != target or width_of_default != self._module.nets.get(target):
                self._fail(f"a default that does not set {target} as a whole")
            self._expect(";")
        self._expect("endcase")
        if not target or self._module.nets[target] > MAX_WIDTH:
            self._fail(f"a case that sets no net of 1 to {MAX_WIDTH} bits")
        return chooser, target, np.where(codes < 0, other, codes)


def _is_word(token: str) -> bool:
    return token[0].isalpha() or token[0] == "_"
