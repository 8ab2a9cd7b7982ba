"""A package with a record of what goes in and comes out, and an entity with such ports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from logicjsc.core.errors import CircuitError
from logicjsc.emit.ends.encoder_plan import word_encoder
from logicjsc.emit.ends.word_format import WordFormat
from logicjsc.emit.hdl.names import comment_text
from logicjsc.emit.verilog.circuit import Circuit
from logicjsc.emit.verilog.places import InputPlace, OutputPlace
from logicjsc.emit.vhdl.names import VhdlNames

FIXED = "logicjsc_fixed"
"""Hand-written package of conversions, shipped in ``hw/vhdl``."""

_CONTEXT = """\
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use ieee.fixed_pkg.all;
"""


@dataclass(frozen=True)
class Element:
    """One element of a record.

    Attributes:
        name: in VHDL.
        kind: its type.
        width: its bits.
        lsb: its lowest bit on the bus.
        remark: what it is, for a comment.
    """

    name: str
    kind: str
    width: int
    lsb: int
    remark: str

    @property
    def packed(self) -> str:
        """It as bits."""
        if self.kind == "std_logic":
            return f"value.{self.name}"
        if "fixed" in self.kind:
            return f"to_slv(value.{self.name})"
        return f"std_logic_vector(value.{self.name})"

    def unpacked(self) -> str:
        """It from the bits of a bus."""
        if self.kind == "std_logic":
            return f"bus_bits({self.lsb})"
        bits = f"bus_bits({self.lsb + self.width - 1} downto {self.lsb})"
        base, _, bounds = self.kind.partition("(")
        if "fixed" in base:
            high, low = bounds.rstrip(")").split(" downto ")
            return f"to_{base}({bits}, {high}, {low})"
        return f"{base}({bits})"


def in_elements(circuit: Circuit) -> list[Element]:
    """What goes into a circuit: words of features, or codes."""
    names = VhdlNames("value", "bus_bits")
    manifest = circuit.manifest
    if not manifest.features:
        return _codes(names, manifest.inputs)
    elements = []
    for place in manifest.features:
        format_ = WordFormat(place.width, place.exponent, place.signed)
        bit = (place.width, place.exponent, place.signed) == (1, 0, False)
        remark = f"{comment_text(place.name)}: {format_.ap_fixed}, {format_.q_format}, "
        remark += f"{format_.lowest:g} to {format_.highest:g} by {format_.step:g}"
        kind = "std_logic" if bit else format_.vhdl
        elements.append(Element(names.another(place.name), kind, place.width, place.lsb, remark))
    return elements


def out_elements(circuit: Circuit) -> list[Element]:
    """What comes out: scores as codes, labels, or one class."""
    names = VhdlNames("value", "bus_bits")
    manifest = circuit.manifest
    if manifest.data_out == "out_codes":
        return _codes(names, manifest.outputs)
    kind = (manifest.target or {})["kind"]
    if kind == "classes":
        width = manifest.blocks[-1].out_width
        listed = ", ".join(f"{n} {comment_text(p.name)}" for n, p in enumerate(manifest.outputs))
        return [Element(names["class"], f"unsigned({width - 1} downto 0)", width, 0, listed)]
    named = [place.name for place in manifest.outputs]
    return [
        Element(names.another(name), "std_logic", 1, lsb, f"1 where {comment_text(name)} applies")
        for lsb, name in enumerate(named)
    ]


def _codes(names: VhdlNames, places: Iterable[InputPlace | OutputPlace]) -> list[Element]:
    return [
        Element(
            names.another(place.name),
            _code_type(place.width, signed=place.signed),
            place.width,
            place.lsb,
            comment_text(place.name),
        )
        for place in places
    ]


def _code_type(width: int, *, signed: bool) -> str:
    if width == 1 and not signed:
        return "std_logic"
    return f"{'signed' if signed else 'unsigned'}({width - 1} downto 0)"


def types_package(circuit: Circuit) -> str:
    """The package ``<top>_types``."""
    sides = (("features_t", in_elements(circuit)), ("results_t", out_elements(circuit)))
    package = f"{circuit.top}_types"
    declarations, bodies = [], []
    for name, elements in sides:
        width = sum(element.width for element in elements)
        column = max(len(element.name) for element in elements)
        fields = "\n".join(
            f"    {element.name:<{column}} : {element.kind};  -- {element.remark}"
            for element in elements
        )
        what = "goes in" if name == "features_t" else "comes out"
        pack = f"function pack(value : {name}) return std_logic_vector"
        unpack = f"function to_{name}(bus_bits : std_logic_vector({width - 1} downto 0))"
        unpack += f" return {name}"
        declarations.append(
            f"  -- What {what}, the first element in the lowest bits of the bus.\n"
            f"  type {name} is record\n{fields}\n  end record;\n\n  {pack};\n  {unpack};\n"
        )
        packed = "\n      & ".join(element.packed for element in reversed(elements))
        unpacked = "\n".join(
            f"    value.{element.name} := {element.unpacked()};" for element in elements
        )
        empty = '"" & ' if len(elements) == 1 else ""
        bodies.append(
            f"  {pack} is\n    variable bits : std_logic_vector({width - 1} downto 0);\n  begin\n"
            f"    bits := {empty}{packed};\n    return bits;\n  end function;\n\n"
            f"  {unpack} is\n    variable value : {name};\n  begin\n{unpacked}\n"
            "    return value;\n  end function;\n"
        )
    if circuit.manifest.features:
        head, body = _conversion(circuit)
        declarations.append(head)
        bodies.append(body)
    used = f"use work.{FIXED}.all;\n" * bool(circuit.manifest.features)
    return (
        f"-- Generated by logicjsc; do not edit.\n-- Types of what {circuit.top} takes and gives.\n"
        f"-- Netlist digest: {circuit.manifest.netlist_digest}\n\n{_CONTEXT}{used}\n"
        f"package {package} is\n\n" + "\n".join(declarations) + f"\nend package {package};\n\n"
        f"package body {package} is\n\n" + "\n".join(bodies) + f"\nend package body {package};\n"
    )


def _conversion(circuit: Circuit) -> tuple[str, str]:
    """The function that makes words of numbers; its declaration and its body."""
    elements = in_elements(circuit)
    floors = word_encoder(circuit.netlist, circuit.manifest.options)[1].floors
    how = "downwards" if floors else "half up in float32"
    head = f"function to_features(numbers : real_vector(0 to {len(elements) - 1}))"
    head += " return features_t"
    width = sum(element.width for element in elements)
    lines = [
        f"    bits({e.lsb + e.width - 1} downto {e.lsb}) := to_word(numbers({n}), "
        f"{place.exponent}, {e.width}, {str(place.signed).lower()}, {str(floors).lower()});"
        for n, (e, place) in enumerate(zip(elements, circuit.manifest.features, strict=True))
    ]
    return (
        f"  -- Words of numbers, rounded {how} and saturating; for testbenches.\n  {head};\n",
        f"  {head} is\n    variable bits : std_logic_vector({width - 1} downto 0);\n  begin\n"
        + "\n".join(lines)
        + "\n    return to_features_t(bits);\n  end function;\n",
    )


def ports_entity(circuit: Circuit) -> str:
    """The entity ``<top>_ports``: the circuit behind ports with these types.

    It instantiates a component with the circuit's name, which tools bind to the VHDL entity or to
    the Verilog module, whichever is compiled.

    Raises:
        CircuitError: the circuit speaks AXI4-Stream, or has a port that is not known here.
    """
    manifest = circuit.manifest
    known = {"clk", "rst", "ce", "in_valid", "out_valid", manifest.data_in, manifest.data_out}
    if other := sorted({port.name for port in manifest.ports} - known):
        raise CircuitError(f"ports with types are not written for {', '.join(other)}")
    top = circuit.top
    column = max(len(port.name) for port in manifest.ports)
    plain, typed, maps = [], [], []
    kinds = {manifest.data_in: "features_t", manifest.data_out: "results_t"}
    for port in manifest.ports:
        side = "in " if port.direction == "input" else "out"
        bits = f"std_logic_vector({port.width - 1} downto 0)"
        data = port.name in kinds
        plain.append(f"      {port.name:<{column}} : {side} {bits if data else 'std_logic'}")
        shown = {manifest.data_in: "features", manifest.data_out: "results"}.get(port.name)
        kind = kinds.get(port.name, "std_logic")
        typed.append(f"    {shown or port.name:<{column}} : {side} {kind}")
        actual = {manifest.data_in: "packed", manifest.data_out: "given"}.get(port.name)
        maps.append(f"      {port.name} => {actual or port.name}")
    in_width, out_width = manifest.blocks[0].in_width, manifest.blocks[-1].out_width
    return (
        f"-- Generated by logicjsc; do not edit.\n-- {top} behind ports with types. The component "
        "is its VHDL entity or its Verilog module.\n"
        f"-- Netlist digest: {manifest.netlist_digest}\n\n{_CONTEXT}use work.{top}_types.all;\n\n"
        f"entity {top}_ports is\n  port (\n"
        + ";\n".join(typed)
        + f"\n  );\nend entity {top}_ports;"
        f"\n\narchitecture rtl of {top}_ports is\n\n  component {top} is\n    port (\n"
        + ";\n".join(plain)
        + f"\n    );\n  end component;\n\n  signal packed : std_logic_vector({in_width - 1} "
        f"downto 0);\n  signal given  : std_logic_vector({out_width - 1} downto 0);\n\nbegin\n\n"
        "  packed  <= pack(features);\n  results <= to_results_t(given);\n\n"
        f"  core : {top}\n    port map (\n"
        + ",\n".join(maps)
        + "\n    );\n\nend architecture rtl;\n"
    )
