"""Modules put into each other, and the netlist of the top module."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.importer import Imported
from logicjsc.frontend.logicnets.library import Library
from logicjsc.frontend.logicnets.modules import MOST_BITS, Instance, Module
from logicjsc.frontend.logicnets.settings import LogicnetsSettings
from logicjsc.frontend.logicnets.sources import Sources
from logicjsc.frontend.logicnets.wires import (
    CLOCK,
    Item,
    Wire,
    bits_of,
    check_latency,
    connect,
    drive,
    keep,
    look_up,
    nets_of,
    ordered,
    wrong,
)
from logicjsc.frontend.model_files import check_size
from logicjsc.frontend.words import join, split
from logicjsc.netlist.builder import NetlistBuilder
from logicjsc.netlist.codec import CLASS, FEATURE, Decoder, numbered_names
from logicjsc.netlist.layers import Array

_CLOCKS: Final = frozenset({"clk", "clock", "rst", "reset"})
_SPARE_BITS: Final = 4
"""Address bits that a table may have beyond those it needs, to read signals as a whole."""


def imported_verilog(sources: Sources, name: str, settings: LogicnetsSettings) -> Imported:
    """The netlist of the top module.

    Args:
        sources: the modules.
        name: of the netlist.
        settings: what the Verilog does not say.

    Raises:
        ImportedModelError: a module is of another kind, missing or inside itself, a bit is driven
            twice or not at all, or the network is too large.
    """
    text = sources.top(settings.top)
    library = Library(sources)
    top = library.get(text, {})
    nodes, held, connected = library.size(text, {}, ())
    check_size(sources.model, nodes, held, "lower the fan-in or the number of neurons")
    if connected > MOST_BITS:
        raise ImportedModelError(
            f"{sources.model}: its modules connect {connected:,} bits; at most {MOST_BITS:,} are "
            "possible, lower the fan-in or the number of neurons"
        )
    builder = NetlistBuilder(name)
    maker = _Maker(builder, library, settings.missing_rows == "zero")
    data = {port: width for port, width in top.inputs.items() if port not in _CLOCKS}
    bits = _input_bits(builder, sources, sum(data.values()), settings.input_bits)
    given: dict[str, list[Wire]] = {}
    for port, width in top.inputs.items():
        if port in data:
            given[port], bits = bits[:width], bits[width:]
        else:
            given[port] = [Wire(CLOCK, 0, 0)] * width
    made = maker.instance(top, given)
    found = [bit for port in top.outputs for bit in made[port]]
    check_latency(found, f"{sources.model}: the outputs of {top.text.name}")
    outputs = maker.outputs(found, settings.output_bits, sources)
    decoder = _decoder(builder, outputs, sources) if settings.argmax else None
    netlist = builder.build(outputs, decoder=decoder)
    registers = max((bit.latency for bit in found), default=0)
    notes = (f"{registers} registers in a row were left out",) if registers > 0 else ()
    return Imported(
        netlist,
        notes=notes,
        facts={"top module": top.text.name, "neurons": nodes},
    )


def _input_bits(builder: NetlistBuilder, sources: Sources, count: int, width: int) -> list[Wire]:
    if not count or count % width:
        raise ImportedModelError(
            f"{sources.model}: {count} bits go in, which are no inputs of {width} bits; set "
            "input_bits to a divisor"
        )
    names = numbered_names(FEATURE, count // width)
    signals = [builder.input(name, width) for name in names]
    return [Wire(signal, bit, 0) for signal in signals for bit in range(width)]


def _decoder(builder: NetlistBuilder, outputs: list[int], sources: Sources) -> Decoder:
    widths = {builder.signal(output).width for output in outputs}
    if len(outputs) < 2 or len(widths) > 1 or max(widths) > 16:  # noqa: PLR2004 - classes
        raise ImportedModelError(
            f"{sources.model}: argmax needs two or more outputs of one width up to 16 bits; set "
            "output_bits, or import it without argmax"
        )
    scores = np.arange(1 << widths.pop(), dtype=np.float32)
    return Decoder(numbered_names(CLASS, len(outputs)), scores, signed=False)


class _Maker:
    def __init__(self, builder: NetlistBuilder, library: Library, zeros: bool) -> None:  # noqa: FBT001
        self._builder = builder
        self._library = library
        self._zeros = zeros
        self._bits: dict[int, list[int]] = {}

    def instance(self, module: Module, given: dict[str, list[Wire]]) -> dict[str, list[Wire]]:
        """Bits at the outputs of a module for those at its inputs."""
        values = {
            (port, place): bit for port, bits in given.items() for place, bit in enumerate(bits)
        }
        items = self._items(module, values)
        for item in ordered(module, items):
            item.run()
        try:
            return {
                port: [values[port, bit] for bit in range(width)]
                for port, width in module.outputs.items()
            }
        except KeyError as error:
            port, bit = error.args[0]
            raise wrong(module, f"nothing drives {port}[{bit}]") from error

    def outputs(self, bits: list[Wire], width: int, sources: Sources) -> list[int]:
        """Signals of the outputs: as wide as asked, or those of the last neurons."""
        builder = self._builder
        if not width:
            found, place = [], 0
            while place < len(bits):
                signal = bits[place].signal
                wide = builder.signal(signal).width if signal >= 0 else 1
                whole = [Wire(signal, bit, bits[place].latency) for bit in range(wide)]
                if signal < 0 or bits[place : place + wide] != whole:
                    found.append(self._bit(bits[place]))
                    place += 1
                else:
                    found.append(signal)
                    place += wide
            return found
        if not bits or len(bits) % width or width > 32:  # noqa: PLR2004 - the widest signal
            raise ImportedModelError(
                f"{sources.model}: {len(bits)} bits come out, which are no outputs of {width} "
                "bits; set output_bits to a divisor up to 32"
            )
        groups = [bits[place : place + width] for place in range(0, len(bits), width)]
        return [
            self.outputs(group, 0, sources)[0]
            if group[0].signal >= 0
            and [bit[:2] for bit in group] == [(group[0].signal, bit) for bit in range(width)]
            and builder.signal(group[0].signal).width == width
            else join(builder, [self._bit(bit) for bit in group])
            for group in groups
        ]

    def _items(self, module: Module, values: dict[tuple[str, int], Wire]) -> list[Item]:
        items = [
            Item(nets_of(bits), nets_of(target), partial(connect, module, values, target, bits))
            for target, bits in module.assigns
        ]
        for instance in module.instances:
            text, inner = self._library.inside(instance, module)
            if instance.ports.keys() != inner.inputs.keys() | inner.outputs.keys():
                raise wrong(
                    module,
                    f"line {instance.line}: the instance of {text.name} has other ports than "
                    f"{', '.join([*inner.inputs, *inner.outputs])}",
                )
            reads = {net for port in inner.inputs for net in nets_of(instance.ports[port])}
            writes = {net for port in inner.outputs for net in nets_of(instance.ports[port])}
            run = self._runner(module, values, instance, inner)
            items.append(Item(reads, writes, run))
        if module.table is not None:
            chooser, target, codes = module.table
            items.append(Item({chooser}, {target}, self._case(module, values, codes)))
        if module.register is not None:
            source, target = module.register
            items.append(Item({source}, {target}, partial(keep, module, values)))
        return items

    def _runner(
        self,
        module: Module,
        values: dict[tuple[str, int], Wire],
        instance: Instance,
        inner: Module,
    ) -> Callable[[], None]:
        def run() -> None:
            given = {}
            for port, width in inner.inputs.items():
                bits = look_up(module, values, instance.ports[port])
                if len(bits) != width:
                    raise wrong(
                        module, f"line {instance.line}: {len(bits)} bits at {port} of {width}"
                    )
                given[port] = bits
            made = self.instance(inner, given)
            for port in inner.outputs:
                drive(module, values, instance.ports[port], made[port])

        return run

    def _case(
        self, module: Module, values: dict[tuple[str, int], Wire], codes: Array
    ) -> Callable[[], None]:
        def run() -> None:
            chooser, target, _ = module.table or ("", "", codes)
            bits = look_up(module, values, bits_of(module, chooser))
            rows = codes
            if rows.min() < 0:
                if not self._zeros:
                    raise wrong(
                        module,
                        f"its case lists {int((rows >= 0).sum()):,} of {rows.size:,} rows and no "
                        "default; import it with missing_rows = zero if they cannot occur",
                    )
                rows = np.maximum(rows, 0)
            made = self._table(module, bits, rows, module.nets[target])
            latency = max(bit.latency for bit in bits)
            wires = [Wire(made, bit, latency) for bit in range(module.nets[target])]
            drive(module, values, bits_of(module, target), wires)

        return run

    def _table(self, module: Module, bits: list[Wire], codes: Array, width: int) -> int:
        """A table of whole signals whose bits choose a row of ``codes``."""
        check_latency(bits, str(wrong(module, "its inputs")))
        builder = self._builder
        read = list(dict.fromkeys(bit.signal for bit in reversed(bits) if bit.signal >= 0))
        if sum(builder.signal(signal).width for signal in read) > len(bits) + _SPARE_BITS:
            places = {bit: self._bit(bit) for bit in bits if bit.signal >= 0}
            bits = [Wire(places[bit], 0, bit.latency) if bit in places else bit for bit in bits]
            read = list(dict.fromkeys(bit.signal for bit in reversed(bits) if bit.signal >= 0))
        widths = [builder.signal(signal).width for signal in read]
        first = dict(zip(read, (sum(widths[at + 1 :]) for at in range(len(read))), strict=True))
        rows = np.arange(1 << sum(widths), dtype=np.int64)
        address = np.zeros_like(rows)
        for place, bit in enumerate(bits):
            value = rows >> first[bit.signal] + bit.bit & 1 if bit.signal >= 0 else bit.bit
            address |= value << place
        return builder.table(read, codes[address], width)

    def _bit(self, bit: Wire) -> int:
        """A signal of one bit."""
        if bit.signal < 0:
            return self._builder.constant(bit.bit, 1)
        if bit.signal not in self._bits:
            self._bits[bit.signal] = split(self._builder, bit.signal)
        return self._bits[bit.signal][bit.bit]
