"""A module of the subset that generators of the LogicNets family write.

Ports with their directions in the header; wires, with or without a value; ``assign``; instances
with ports by name; one ``always @ (X) case (X)`` that lists the rows of a table; or one ``always
@(posedge clk)`` that makes the module a register. Everything else is refused with file and line.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from logicjsc.frontend.logicnets.modules import MOST_BITS, Bit, Instance, Module
from logicjsc.frontend.logicnets.scan import Scanner, is_word
from logicjsc.frontend.logicnets.sources import ModuleText
from logicjsc.netlist.layers import MAX_ADDRESS_BITS, MAX_WIDTH, Array

_WIDEST: Final = 1_000_000
_ROW: Final = re.compile(r"\s*(\d+)'b([01]+)\s*:\s*(\w+)\s*=\s*(\d+)'b([01]+)\s*;")
_OTHERS: Final = frozenset(
    "initial function task generate genvar integer parameter localparam for if else case begin end "
    "input output inout specify defparam supply0 supply1 real time event logic always_comb "
    "always_ff".split()
)
"""Words that begin something else than an instance."""

_BASES: Final = {"b": 2, "d": 10, "h": 16}


def parse_module(text: ModuleText, widths: dict[str, int]) -> Module:
    """Read a module.

    Args:
        text: of the module.
        widths: values of its parameters where an instance gives them.

    Raises:
        ImportedModelError: it holds anything else; the message names file and line.
    """
    return _Parser(text, widths).run()


class _Parser(Scanner):
    def __init__(self, text: ModuleText, given: dict[str, int]) -> None:
        super().__init__(text)
        self._given = given
        self._module = Module(text)

    def run(self) -> Module:
        self._header()
        items = {
            "wire": self._wires,
            "reg": self._wires,
            "assign": self._assign,
            "always": self._always,
        }
        while (token := self.next()) is not None:
            if token in items:
                items[token]()
            elif is_word(token) and token not in _OTHERS:
                self._instance(token)
            else:
                self.fail(f"{token!r} begins nothing that is known")
        return self._module

    def _range(self) -> int:
        """Bits of a range ``[n:0]``; 1 where there is none."""
        if not self.accept("["):
            return 1
        high = self.number()
        self.expect(":", "0", "]")
        if not 0 <= high < _WIDEST:
            self.fail(f"a net of {high + 1:,} bits; at most {_WIDEST:,} are possible")
        return high + 1

    def _header(self) -> None:
        if self.accept("#"):
            self.expect("(", "parameter")
            name = self.word()
            self.expect("=")
            self.parameters[name] = self.number()
            self.parameters[name] = self._given.get(name, self.parameters[name])
            self.expect(")")
        self.expect("(")
        direction, width = "", 1
        while not self.accept(")"):
            token = self.peek()
            if token in {"input", "output"}:
                direction = str(self.next())
                if self.peek() in {"wire", "reg"}:
                    self.next()
                width = self._range()
            if not direction:
                self.fail("ports without a direction in the header")
            name = self._declare(width)
            (self._module.inputs if direction == "input" else self._module.outputs)[name] = width
            if not self.accept(",") and self.peek() != ")":
                self.fail(f"{self.peek()!r} stands among the ports")
        self.expect(";")

    def _declare(self, width: int) -> str:
        name = self.word()
        if name in self._module.nets:
            self.fail(f"{name!r} is declared twice")
        self._module.nets[name] = width
        return name

    def _wires(self) -> None:
        width = self._range()
        while True:
            name = self._declare(width)
            if self.accept("="):
                target: list[Bit] = [(name, bit) for bit in range(width)]
                self._drive(target, self._bits())
            if self.accept(";"):
                return
            self.expect(",")

    def _assign(self) -> None:
        target = self._bits()
        self.expect("=")
        self._drive(target, self._bits())
        self.expect(";")

    def _drive(self, target: list[Bit], bits: list[Bit]) -> None:
        if len(target) != len(bits) or any(isinstance(bit, int) for bit in target):
            self.fail(f"{len(target)} bits are driven by {len(bits)}")
        self._module.assigns.append((target, bits))

    def _bits(self) -> list[Bit]:
        """A net, a slice, a literal or a concatenation; the lowest bit first."""
        begin = self.next()
        if begin == "{":
            parts = [self._simple(self.next())]
            while self.accept(","):
                parts.append(self._simple(self.next()))
            self.expect("}")
            return [bit for part in reversed(parts) for bit in part]
        return self._simple(begin)

    def _simple(self, token: str | None) -> list[Bit]:
        if token is not None and "'" in token:
            value, width = self._literal(token)
            self._count(width)
            return [value >> bit & 1 for bit in range(width)]
        if token not in self._module.nets:
            self.fail(f"{token!r} stands where a net that is declared is expected")
        name, width = str(token), self._module.nets[str(token)]
        if not self.accept("["):
            self._count(width)
            return [(name, bit) for bit in range(width)]
        high = low = self.number()
        if self.accept(":"):
            low = self.number()
        self.expect("]")
        if not 0 <= low <= high < width:
            self.fail(f"{name}[{high}:{low}] of a net of {width} bits")
        self._count(high - low + 1)
        return [(name, bit) for bit in range(low, high + 1)]

    def _count(self, bits: int) -> None:
        self._module.bits += bits
        if self._module.bits > MOST_BITS:
            self.fail(f"it connects more than {MOST_BITS:,} bits")

    def _literal(self, token: str) -> tuple[int, int]:
        size, _, digits = re.sub(r"[\s_]", "", token).partition("'")
        try:
            value, width = int(digits[1:], _BASES[digits[0].lower()]), int(size)
        except ValueError:
            self.fail(f"{token!r} is no number")
        if not 1 <= width <= _WIDEST or value >> width:
            self.fail(f"{token!r} does not fit its bits")
        return value, width

    def _instance(self, module: str) -> None:
        line = self.line
        ports: dict[str, list[Bit]] = {}
        parameters: dict[str, int] = {}
        if self.accept("#"):
            self.expect("(", ".")
            name = self.word()
            self.expect("(")
            parameters[name] = self.number()
            self.expect(")", ")")
        self.word()
        self.expect("(")
        while True:
            self.expect(".")
            port = self.word()
            self.expect("(")
            if port in ports:
                self.fail(f"port {port!r} is connected twice")
            ports[port] = self._bits()
            self.expect(")")
            if not self.accept(","):
                break
        self.expect(")", ";")
        self._module.instances.append(Instance(module, parameters, ports, line))

    def _always(self) -> None:
        if self._module.table is not None or self._module.register is not None:
            self.fail("several always blocks")
        self.expect("@", "(")
        if self.accept("posedge"):
            self._register()
        else:
            self._case()

    def _register(self) -> None:
        self.word()
        self.expect(")")
        block = self.accept("begin")
        if self.accept("if"):
            self.expect("(")
            negated = self.accept("!")
            self.word()
            self.expect(")")
            kept = self._step()
            self.expect("else")
            other = self._step()
            kept, cleared = (kept, other) if negated else (other, kept)
            if kept[0] != cleared[0] or cleared[1] != "0":
                self.fail("a register that is not cleared to 0 by its reset")
        else:
            kept = self._step()
        if block:
            self.expect("end")
        target, source = kept
        nets = self._module.nets
        if target not in nets or source not in nets or nets[target] != nets[source]:
            self.fail("a register that keeps no net of its own width")
        self._module.register = (source, target)

    def _step(self) -> tuple[str, str]:
        target = self.word()
        self.expect("<=")
        source = str(self.next())
        self.expect(";")
        return target, source

    def _case(self) -> None:
        if not self.accept("*"):
            self.word()
        self.expect(")")
        block = self.accept("begin")
        self.expect("case", "(")
        chooser = self.word()
        self.expect(")")
        address = self._module.nets.get(chooser)
        if address is None or address > MAX_ADDRESS_BITS:
            self.fail(f"a case over {chooser!r}, which is no net of 1 to {MAX_ADDRESS_BITS} bits")
        self._module.table = self._rows(chooser, address)
        if block:
            self.expect("end")

    def _rows(self, chooser: str, address: int) -> tuple[str, str, Array]:
        codes = np.full(1 << address, -1, np.int64)
        target, other = "", -1
        while (found := _ROW.match(self.source, self.place)) is not None:
            self.place = found.end()
            size, row, name, width, code = found.groups()
            target = target or name
            if int(size) != address or len(row) > address or name != target:
                self.fail(f"a row {found[0].strip()!r} of a case over {address} bits")
            if int(width) != self._module.nets.get(target) or len(code) > int(width):
                self.fail(f"a row {found[0].strip()!r} that does not set {target} as a whole")
            place = int(row, 2)
            if codes[place] < 0:  # of equal rows the first counts
                codes[place] = int(code, 2)
        if self.accept("default"):
            self.expect(":")
            name = self.word()
            target = target or name
            self.expect("=")
            other, width_of_default = self._literal(str(self.next()))
            if name != target or width_of_default != self._module.nets.get(target):
                self.fail(f"a default that does not set {target} as a whole")
            self.expect(";")
        self.expect("endcase")
        if not target or self._module.nets[target] > MAX_WIDTH:
            self.fail(f"a case that sets no net of 1 to {MAX_WIDTH} bits")
        return chooser, target, np.where(codes < 0, other, codes)
