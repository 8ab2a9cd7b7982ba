"""One module of Verilog, as logicjsc writes it, as an entity of VHDL with one architecture.

Text is read, not the netlist: ends, tables, LUTs and adders of every style come the same way, and
what is not of the few forms that logicjsc writes is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from logicjsc.core.errors import CircuitError
from logicjsc.emit.hdl.text import VENDOR_CELLS
from logicjsc.emit.vhdl.expressions import Expressions, Signal, assigned, literal
from logicjsc.emit.vhdl.names import VhdlNames, port_name

_HEAD: Final = re.compile(r"^module (\w+)\s*\((.*?)\n\);\n(.*)^endmodule", re.DOTALL | re.MULTILINE)
_PORT: Final = re.compile(r"(input|output)\s+(?:wire|reg)\s*(?:\[([^]]+):0\])?\s*(\w+)")
_STATEMENT: Final = re.compile(r"(\s*)(//[^\n]*|[^;]*;)", re.DOTALL)
_WIRE: Final = re.compile(
    r"wire\s*(signed)?\s*(?:\[(\d+):0\])?\s*(\w+)\s*(?:=\s*(.*))?;", re.DOTALL
)
_CONSTANT: Final = re.compile(r"localparam\s*(?:\[(\d+):0\])?\s*(\w+)\s*=\s*(.*);", re.DOTALL)
_ASSIGN: Final = re.compile(r"assign\s+(\w+)\s*(?:\[(\d+)(?::(\d+))?\])?\s*=\s*(.*);", re.DOTALL)
_INSTANCE: Final = re.compile(
    r"(\(\*.*?\*\)\s*)?(\w+)\s*(?:#\((.*?)\)\s*)?(\w+)\s*\(\s*(\..*)?\);", re.DOTALL
)
_CONNECTION: Final = re.compile(r"\.(\w+)\(((?:[^()]|\([^()]*\))*)\)")
_PLAIN: Final = re.compile(r"\w+(\(\d+( downto \d+)?\))?")
_UNREAD: Final = "_unused"
_TABLE_BITS: Final = 64
"""Bits of the generic ``TABLE`` of ``lut_cell``, whatever the number of inputs."""

CONTEXT: Final = """\
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.logicjsc_support.all;
"""

_CELLS: Final = "library unisim;\nuse unisim.vcomponents.all;\n"
_CELL_OUTPUTS: Final = frozenset({"O", "O5", "O6", "CO"})


@dataclass(frozen=True)
class Ports:
    """Ports of a module: direction and whether it is a vector, by name."""

    directions: Mapping[str, str]
    vectors: Mapping[str, bool]


@dataclass
class _Body:
    """An architecture under construction."""

    declarations: list[str] = field(default_factory=list)
    attributes: list[str] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)


def ports_of(text: str) -> Ports:
    """Ports of the module in a Verilog text.

    Raises:
        CircuitError: there is no module.
    """
    head = re.search(r"^module \w+.*?^\);", text, re.DOTALL | re.MULTILINE)
    if head is None:
        raise CircuitError("there is no module in the text that VHDL is to be written for")
    found = _PORT.findall(head[0])
    return Ports(
        {name: direction for direction, _, name in found},
        {name: bool(width) for _, width, name in found},
    )


def instances_of(text: str, modules: Mapping[str, Ports]) -> list[str]:
    """Modules among those known that a Verilog text instantiates."""
    found = re.findall(r"^ +(?:\(\*[^\n]*?\*\) )?(\w+) (?:#\(|\w+ \()", text, re.MULTILINE)
    return [name for name in dict.fromkeys(found) if name in modules]


def vhdl_module(
    text: str, modules: Mapping[str, Ports], entities: VhdlNames, hand_written: frozenset[str]
) -> str:
    """The VHDL of a Verilog module.

    Args:
        text: Verilog of one module.
        modules: ports of every module that may be instantiated.
        entities: names of entities.
        hand_written: modules whose VHDL is hand-written as well.

    Raises:
        CircuitError: it holds what VHDL is not written for.
    """
    match = _HEAD.search(text)
    if match is None:
        raise CircuitError("there is no module in the text that VHDL is to be written for")
    return _Module(match, modules, entities, hand_written).text(text[: match.start()])


class _Module:
    """Writes one module."""

    def __init__(
        self,
        match: re.Match[str],
        modules: Mapping[str, Ports],
        entities: VhdlNames,
        hand_written: frozenset[str],
    ) -> None:
        self.modules, self.entities, self.hand_written = modules, entities, hand_written
        self.entity = entities[match[1]]
        self.names = VhdlNames(self.entity)
        self.signals: dict[str, Signal] = {}
        self.expressions = Expressions(self.signals)
        self.ports = [
            (direction, int(last or 0) + 1, bool(last), name)
            for direction, last, name in _PORT.findall(match[2])
        ]
        for _, width, vector, name in self.ports:
            self._declare(name, width, vector=vector)
        self.body = _Body()
        self.foreign = False
        for space, statement in _STATEMENT.findall(match[3]):
            self._statement(space, statement)

    def text(self, header: str) -> str:
        """The whole file."""
        lines = [f"--{line[2:]}" for line in header.splitlines() if line.startswith("//")]
        column = max((len(self.names[name]) for *_, name in self.ports), default=0)
        ports = ";\n".join(
            f"    {self.names[name]:<{column}} : {'in ' if direction == 'input' else 'out'} "
            f"{_type(width, vector=vector)}"
            for direction, width, vector, name in self.ports
        )
        parts = [
            *lines,
            "",
            CONTEXT + _CELLS * self.foreign,
            f"entity {self.entity} is" + f"\n  port (\n{ports}\n  );" * bool(self.ports),
            f"end entity {self.entity};\n",
            f"architecture rtl of {self.entity} is",
            *self.body.declarations,
            *["  attribute dont_touch : string;"] * bool(self.body.attributes),
            *self.body.attributes,
            "begin",
            *self.body.statements,
            "end architecture rtl;\n",
        ]
        return "\n".join(parts)

    def _declare(
        self, name: str, width: int, *, vector: bool, signed: bool = False, flipped: bool = False
    ) -> Signal:
        self.signals[name] = Signal(self.names[name], width, vector, signed, flipped)
        return self.signals[name]

    def _statement(self, space: str, text: str) -> None:
        statements = self.body.statements
        if text.startswith("//"):
            if "verilator" in text:
                return
            if "\n" in space or not statements:
                statements += [""] * (space.count("\n") > 1) + [f"  --{text[2:]}"]
            else:
                statements[-1] += f"  --{text[2:]}"
            return
        for pattern, write in (
            (_WIRE, self._wire),
            (_CONSTANT, self._constant),
            (_ASSIGN, self._assign),
            (_INSTANCE, self._instance),
        ):
            if match := pattern.fullmatch(text):
                write(match)
                return
        raise CircuitError(f"VHDL is not written for {' '.join(text.split())!r}")

    def _wire(self, match: re.Match[str]) -> None:
        signed, last, name, expression = match.groups()
        if name.startswith(_UNREAD):  # keeps linters of Verilog quiet
            self._last_comment()
            return
        width, vector = int(last or 0) + 1, last is not None
        signal = self._declare(name, width, vector=vector, signed=signed is not None)
        self.body.declarations.append(f"  signal {signal.name} : {_type(width, vector=vector)};")
        if expression is not None:
            self._set(signal.name, width, expression, vector=vector)

    def _last_comment(self) -> list[str]:
        """Take a comment back that nothing has followed yet."""
        statements = self.body.statements
        return [statements.pop()] if statements and statements[-1].startswith("  --") else []

    def _set(self, target: str, width: int, expression: str, *, vector: bool) -> None:
        value = self.expressions.read(expression)
        if value.width != width:
            raise CircuitError(
                f"{target} has {width} bits, {' '.join(expression.split())} {value.width}"
            )
        self.body.statements.append(f"  {target} <= {assigned(value, vector=vector)};")

    def _constant(self, match: re.Match[str]) -> None:
        last, name, expression = match.groups()
        value = self.expressions.read(expression)
        if last is None:
            text = f"  constant {self.names[name]} : natural := {value.number};"
            self.body.declarations += [*self._last_comment(), text]
            return
        width = int(last) + 1
        # ghdl --synth 2.0 takes a constant for 0 if only bits of its highest 32 are not.
        flipped = width > 32 and value.number != 0 and not value.number % (1 << width - 32)  # noqa: PLR2004
        signal = self._declare(name, width, vector=True, flipped=flipped)
        text = literal(~value.number if flipped else value.number, width)
        self.body.declarations.append(
            f"  constant {signal.name} : {_type(width, vector=True)} := {text};"
        )

    def _assign(self, match: re.Match[str]) -> None:
        name, first, last, expression = match.groups()
        signal = self.signals[name]
        if first is None:
            self._set(signal.name, signal.width, expression, vector=signal.vector)
        elif last is None:
            target = f"{signal.name}({first})" if signal.vector else signal.name
            self._set(target, 1, expression, vector=False)
        else:
            width = int(first) - int(last) + 1
            self._set(f"{signal.name}({first} downto {last})", width, expression, vector=True)

    def _instance(self, match: re.Match[str]) -> None:
        kept, module, parameters, name, connections = match.groups()
        cell = module in VENDOR_CELLS
        if module not in self.modules and not (cell and "O" in (connections or "")):
            raise CircuitError(
                f"VHDL is not written for the cell {module}; use --primitives inline or generic"
            )
        label = self.names[name]
        self.foreign |= cell
        lines = [f"  {label} : " + (module if cell else f"entity work.{self.entities[module]}")]
        if parameters:
            generics = [
                f"      {port_name(key)} => {self._generic(value, 0 if cell else _TABLE_BITS)}"
                for key, value in _CONNECTION.findall(parameters)
            ]
            lines.append("    generic map (\n" + ",\n".join(generics) + "\n    )")
        actuals = [
            "      " + " => ".join(self._connection(module, port, expression, name))
            for port, expression in _CONNECTION.findall(connections or "")
        ]
        if actuals:
            lines.append("    port map (\n" + ",\n".join(actuals) + "\n    )")
        self.body.statements.append("\n".join(lines) + ";")
        if kept:
            text = f'  attribute dont_touch of {label} : label is "yes";'
            self.body.attributes.append(text)

    def _generic(self, expression: str, table_bits: int) -> str:
        """A parameter; a table of ``lut_cell`` has the same bits whatever its inputs."""
        value = self.expressions.read(expression)
        if "'" in expression:
            return literal(value.number, table_bits or value.width)
        return str(value.number)

    def _connection(
        self, module: str, port: str, expression: str, instance: str
    ) -> tuple[str, str]:
        """Formal and actual of one port."""
        known = self.modules.get(module)
        if expression.startswith("{") and known and known.directions.get(port) == "output":
            return self._parts(module, port, expression, instance)
        value = self.expressions.read(expression)
        if module in VENDOR_CELLS:
            vector, output, formal = False, port in _CELL_OUTPUTS, port
        else:
            ports = self.modules[module]
            if port not in ports.vectors:
                raise CircuitError(f"{module} has no port {port}")
            vector, output = ports.vectors[port], ports.directions[port] == "output"
            formal = self._formal(module, port)
        plain = _PLAIN.fullmatch(value.text) is not None
        if vector and not value.vector and plain:
            return f"{formal}(0)", value.text
        if plain or (value.kind == "literal" and not vector):
            return formal, assigned(value, vector=vector)
        if output:
            raise CircuitError(f"{expression} cannot take what {module} gives")
        # Simulators and synthesis do not all take an expression here.
        between = self.names[f"{instance}_{port}"]
        self.body.declarations.append(f"  signal {between} : {_type(value.width, vector=vector)};")
        self.body.statements.append(f"  {between} <= {assigned(value, vector=vector)};")
        return formal, between

    def _parts(self, module: str, port: str, expression: str, instance: str) -> tuple[str, str]:
        """An output that goes to several signals at once."""
        parts = [self.expressions.read(part) for part in expression.strip("{}").split(",")]
        between = self.names[f"{instance}_{port}"]
        width = sum(part.width for part in parts)
        self.body.declarations.append(f"  signal {between} : {_type(width, vector=True)};")
        for part in parts:
            low = width - part.width
            source = f"{width - 1} downto {low}" if part.vector else f"{low}"
            self.body.statements.append(f"  {part.text} <= {between}({source});")
            width = low
        return self._formal(module, port), between

    def _formal(self, module: str, port: str) -> str:
        """The VHDL name of a port; a generated module names its ports first."""
        if module in self.hand_written:
            return port_name(port)
        names = VhdlNames(self.entities[module])
        for name in self.modules[module].vectors:
            if name == port:
                return names[name]
            names[name]
        return names[port]


def _type(width: int, *, vector: bool) -> str:
    return f"std_logic_vector({width - 1} downto 0)" if vector else "std_logic"
