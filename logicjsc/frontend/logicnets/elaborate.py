"""Modules put into each other, and the netlist of the top module."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

import numpy as np

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.importer import Imported
from logicjsc.frontend.logicnets.parse import MOST_BITS, Bit, Instance, Module, parse_module
from logicjsc.frontend.logicnets.settings import LogicnetsSettings
from logicjsc.frontend.logicnets.sources import ModuleText, Sources
from logicjsc.frontend.model_files import check_size
from logicjsc.frontend.words import join, split
from logicjsc.netlist.builder import NetlistBuilder
from logicjsc.netlist.codec import CLASS, FEATURE, Decoder, numbered_names
from logicjsc.netlist.layers import Array, code_dtype

_DEEPEST: Final = 30
_CLOCKS: Final = frozenset({"clk", "clock", "rst", "reset"})
_SPARE_BITS: Final = 4
"""Address bits that a table may have beyond those it needs, to read signals as a whole."""

_CONSTANT: Final = -1
_CLOCK: Final = -2


class _Wire(NamedTuple):
    """A bit of a signal of the netlist, and how many registers lie before it.

    A constant has the signal -1 and its value as ``bit``, a clock or reset the signal -2.
    """

    signal: int
    bit: int
    latency: int


@dataclass(frozen=True)
class _Item:
    """Something in a module that reads nets and drives others."""

    reads: set[str]
    writes: set[str]
    run: Callable[[], None]


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
    library = _Library(sources)
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
    given: dict[str, list[_Wire]] = {}
    for port, width in top.inputs.items():
        if port in data:
            given[port], bits = bits[:width], bits[width:]
        else:
            given[port] = [_Wire(_CLOCK, 0, 0)] * width
    made = maker.instance(top, given)
    found = [bit for port in top.outputs for bit in made[port]]
    _check_latency(found, f"{sources.model}: the outputs of {top.text.name}")
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


def _input_bits(builder: NetlistBuilder, sources: Sources, count: int, width: int) -> list[_Wire]:
    if not count or count % width:
        raise ImportedModelError(
            f"{sources.model}: {count} bits go in, which are no inputs of {width} bits; set "
            "input_bits to a divisor"
        )
    names = numbered_names(FEATURE, count // width)
    signals = [builder.input(name, width) for name in names]
    return [_Wire(signal, bit, 0) for signal in signals for bit in range(width)]


def _decoder(builder: NetlistBuilder, outputs: list[int], sources: Sources) -> Decoder:
    widths = {builder.signal(output).width for output in outputs}
    if len(outputs) < 2 or len(widths) > 1 or max(widths) > 16:  # noqa: PLR2004 - classes
        raise ImportedModelError(
            f"{sources.model}: argmax needs two or more outputs of one width up to 16 bits; set "
            "output_bits, or import it without argmax"
        )
    scores = np.arange(1 << widths.pop(), dtype=np.float32)
    return Decoder(numbered_names(CLASS, len(outputs)), scores, signed=False)


class _Library:
    """Modules that have been read."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._modules: dict[tuple[str, tuple[tuple[str, int], ...]], Module] = {}
        self._sizes: dict[tuple[str, tuple[tuple[str, int], ...]], tuple[int, int, int]] = {}

    def get(self, text: ModuleText, widths: dict[str, int]) -> Module:
        key = (text.name, tuple(sorted(widths.items())))
        if key not in self._modules:
            self._modules[key] = parse_module(text, widths)
        return self._modules[key]

    def inside(self, instance: Instance, outer: Module) -> tuple[ModuleText, Module]:
        text = self._sources.module(instance.module, outer.text)
        return text, self.get(text, instance.parameters)

    def size(
        self, text: ModuleText, widths: dict[str, int], above: tuple[str, ...]
    ) -> tuple[int, int, int]:
        """Nodes, bytes of tables and connected bits of a module with all that is in it."""
        key = (text.name, tuple(sorted(widths.items())))
        if text.name in above:
            raise ImportedModelError(f"{text.path}: module {text.name} is inside itself")
        if len(above) > _DEEPEST:
            raise ImportedModelError(
                f"{text.path}: module {text.name} lies more than {_DEEPEST} modules deep"
            )
        if key not in self._sizes:
            module = self.get(text, widths)
            nodes, held, bits = 0, 0, module.bits
            if module.table is not None:
                _, target, codes = module.table
                nodes, held = 1, codes.size * code_dtype(module.nets[target]).itemsize
            for instance in module.instances:
                inner = self._sources.module(instance.module, text)
                more = self.size(inner, instance.parameters, (*above, text.name))
                nodes, held, bits = nodes + more[0], held + more[1], bits + more[2]
            self._sizes[key] = nodes, held, bits
        return self._sizes[key]


class _Maker:
    def __init__(self, builder: NetlistBuilder, library: _Library, zeros: bool) -> None:  # noqa: FBT001
        self._builder = builder
        self._library = library
        self._zeros = zeros
        self._bits: dict[int, list[int]] = {}

    def instance(self, module: Module, given: dict[str, list[_Wire]]) -> dict[str, list[_Wire]]:
        """Bits at the outputs of a module for those at its inputs."""
        values = {
            (port, place): bit for port, bits in given.items() for place, bit in enumerate(bits)
        }
        items = self._items(module, values)
        for item in _ordered(module, items):
            item.run()
        try:
            return {
                port: [values[port, bit] for bit in range(width)]
                for port, width in module.outputs.items()
            }
        except KeyError as error:
            port, bit = error.args[0]
            raise _wrong(module, f"nothing drives {port}[{bit}]") from error

    def outputs(self, bits: list[_Wire], width: int, sources: Sources) -> list[int]:
        """Signals of the outputs: as wide as asked, or those of the last neurons."""
        builder = self._builder
        if not width:
            found, place = [], 0
            while place < len(bits):
                signal = bits[place].signal
                wide = builder.signal(signal).width if signal >= 0 else 1
                whole = [_Wire(signal, bit, bits[place].latency) for bit in range(wide)]
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

    def _items(self, module: Module, values: dict[tuple[str, int], _Wire]) -> list[_Item]:
        items = [
            _Item(_nets(bits), _nets(target), partial(_connect, module, values, target, bits))
            for target, bits in module.assigns
        ]
        for instance in module.instances:
            text, inner = self._library.inside(instance, module)
            if instance.ports.keys() != inner.inputs.keys() | inner.outputs.keys():
                raise _wrong(
                    module,
                    f"line {instance.line}: the instance of {text.name} has other ports than "
                    f"{', '.join([*inner.inputs, *inner.outputs])}",
                )
            reads = {net for port in inner.inputs for net in _nets(instance.ports[port])}
            writes = {net for port in inner.outputs for net in _nets(instance.ports[port])}
            run = self._runner(module, values, instance, inner)
            items.append(_Item(reads, writes, run))
        if module.table is not None:
            chooser, target, codes = module.table
            items.append(_Item({chooser}, {target}, self._case(module, values, codes)))
        if module.register is not None:
            source, target = module.register
            items.append(_Item({source}, {target}, partial(_keep, module, values)))
        return items

    def _runner(
        self,
        module: Module,
        values: dict[tuple[str, int], _Wire],
        instance: Instance,
        inner: Module,
    ) -> Callable[[], None]:
        def run() -> None:
            given = {}
            for port, width in inner.inputs.items():
                bits = _look(module, values, instance.ports[port])
                if len(bits) != width:
                    raise _wrong(
                        module, f"line {instance.line}: {len(bits)} bits at {port} of {width}"
                    )
                given[port] = bits
            made = self.instance(inner, given)
            for port in inner.outputs:
                _set(module, values, instance.ports[port], made[port])

        return run

    def _case(
        self, module: Module, values: dict[tuple[str, int], _Wire], codes: Array
    ) -> Callable[[], None]:
        def run() -> None:
            chooser, target, _ = module.table or ("", "", codes)
            bits = _look(module, values, _all(module, chooser))
            rows = codes
            if rows.min() < 0:
                if not self._zeros:
                    raise _wrong(
                        module,
                        f"its case lists {int((rows >= 0).sum()):,} of {rows.size:,} rows and no "
                        "default; import it with missing_rows = zero if they cannot occur",
                    )
                rows = np.maximum(rows, 0)
            made = self._table(module, bits, rows, module.nets[target])
            latency = max(bit.latency for bit in bits)
            wires = [_Wire(made, bit, latency) for bit in range(module.nets[target])]
            _set(module, values, _all(module, target), wires)

        return run

    def _table(self, module: Module, bits: list[_Wire], codes: Array, width: int) -> int:
        """A table of whole signals whose bits choose a row of ``codes``."""
        _check_latency(bits, str(_wrong(module, "its inputs")))
        builder = self._builder
        read = list(dict.fromkeys(bit.signal for bit in reversed(bits) if bit.signal >= 0))
        if sum(builder.signal(signal).width for signal in read) > len(bits) + _SPARE_BITS:
            places = {bit: self._bit(bit) for bit in bits if bit.signal >= 0}
            bits = [_Wire(places[bit], 0, bit.latency) if bit in places else bit for bit in bits]
            read = list(dict.fromkeys(bit.signal for bit in reversed(bits) if bit.signal >= 0))
        widths = [builder.signal(signal).width for signal in read]
        first = dict(zip(read, (sum(widths[at + 1 :]) for at in range(len(read))), strict=True))
        rows = np.arange(1 << sum(widths), dtype=np.int64)
        address = np.zeros_like(rows)
        for place, bit in enumerate(bits):
            value = rows >> first[bit.signal] + bit.bit & 1 if bit.signal >= 0 else bit.bit
            address |= value << place
        return builder.table(read, codes[address], width)

    def _bit(self, bit: _Wire) -> int:
        """A signal of one bit."""
        if bit.signal < 0:
            return self._builder.constant(bit.bit, 1)
        if bit.signal not in self._bits:
            self._bits[bit.signal] = split(self._builder, bit.signal)
        return self._bits[bit.signal][bit.bit]


def _wrong(module: Module, sentence: str) -> ImportedModelError:
    return ImportedModelError(f"{module.text.path}: module {module.text.name}: {sentence}")


def _nets(bits: list[Bit]) -> set[str]:
    return {bit[0] for bit in bits if not isinstance(bit, int)}


def _all(module: Module, net: str) -> list[Bit]:
    return [(net, bit) for bit in range(module.nets[net])]


def _look(module: Module, values: dict[tuple[str, int], _Wire], bits: list[Bit]) -> list[_Wire]:
    try:
        return [_Wire(_CONSTANT, bit, 0) if isinstance(bit, int) else values[bit] for bit in bits]
    except KeyError as error:
        net, place = error.args[0]
        raise _wrong(module, f"nothing drives {net}[{place}]") from error


def _set(
    module: Module,
    values: dict[tuple[str, int], _Wire],
    target: list[Bit],
    wires: list[_Wire],
) -> None:
    if len(target) != len(wires):
        raise _wrong(module, f"{len(target)} bits are connected to {len(wires)}")
    for bit, wire in zip(target, wires, strict=True):
        if isinstance(bit, int):
            raise _wrong(module, "an output is connected to a constant")
        if bit in values:
            raise _wrong(module, f"{bit[0]}[{bit[1]}] is driven twice")
        values[bit] = wire


def _connect(
    module: Module, values: dict[tuple[str, int], _Wire], target: list[Bit], bits: list[Bit]
) -> None:
    _set(module, values, target, _look(module, values, bits))


def _keep(module: Module, values: dict[tuple[str, int], _Wire]) -> None:
    source, target = module.register or ("", "")
    wires = _look(module, values, _all(module, source))
    kept = [wire if wire.signal < 0 else wire._replace(latency=wire.latency + 1) for wire in wires]
    _set(module, values, _all(module, target), kept)


def _check_latency(bits: list[_Wire], what: str) -> None:
    if any(bit.signal == _CLOCK for bit in bits):
        raise ImportedModelError(f"{what} read a clock or reset")
    if len({bit.latency for bit in bits if bit.signal >= 0}) > 1:
        raise ImportedModelError(
            f"{what} lie behind different numbers of registers, so they belong to different "
            "samples; balance the pipeline"
        )


def _ordered(module: Module, items: list[_Item]) -> list[_Item]:
    """Items such that every net is driven as a whole before it is read."""
    writers: dict[str, int] = {}
    readers: dict[str, list[int]] = {}
    for place, item in enumerate(items):
        for net in item.writes:
            writers[net] = writers.get(net, 0) + 1
        for net in item.reads:
            readers.setdefault(net, []).append(place)
    missing = [sum(net in writers for net in item.reads) for item in items]
    ready = [place for place, count in enumerate(missing) if not count]
    ordered = []
    for place in ready:
        ordered.append(items[place])
        for net in items[place].writes:
            writers[net] -= 1
            if writers[net]:
                continue
            for reader in readers.get(net, ()):
                missing[reader] -= 1
                if not missing[reader]:
                    ready.append(reader)
    if len(ordered) < len(items):
        open_nets = sorted(net for net, count in writers.items() if count)
        raise _wrong(module, f"{open_nets[0]} depends on itself")
    return ordered
