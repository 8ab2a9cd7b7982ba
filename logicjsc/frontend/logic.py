"""Named combinational logic, whatever file it came in, and the netlist of it."""

from __future__ import annotations

from dataclasses import dataclass

from logicjsc.core.errors import ImportedModelError
from logicjsc.core.settings import Section, setting
from logicjsc.frontend.gates import CONSTANTS, JOINED_INPUTS, GateNetwork, build_gates
from logicjsc.frontend.importer import Imported
from logicjsc.frontend.words import MOST_INPUT_BITS, join, split, words_of
from logicjsc.netlist.builder import NetlistBuilder
from logicjsc.netlist.layers import MAX_WIDTH


@dataclass(frozen=True)
class LogicSettings(Section):
    """How a network of logic becomes a netlist, whatever file it came in."""

    words: bool = setting(False, "whether names such as x[3] are the bits of words of several bits")
    joined_inputs: int = setting(
        JOINED_INPUTS,
        "inputs of the tables that gates are joined to",
        at_least=2,
        at_most=12,
    )


@dataclass(frozen=True)
class Logic:
    """A network of gates with names.

    Attributes:
        input_names: of the bits that go in.
        output_names: of the bits that come out.
        network: the gates.
        outputs: signal of the network behind each output.
    """

    input_names: tuple[str, ...]
    output_names: tuple[str, ...]
    network: GateNetwork
    outputs: tuple[int, ...]


def imported_logic(logic: Logic, name: str, source: object, *, words: bool, most: int) -> Imported:
    """The netlist of named logic.

    Args:
        logic: the network.
        name: of the netlist.
        source: what messages call the file.
        words: whether names such as ``x[3]`` are the bits of words.
        most: inputs of the tables that gates are joined to.

    Raises:
        ImportedModelError: two inputs or outputs share a name, there is no output, words lack bits
            or are too wide, or the network is too deep.
    """
    for names, what in ((logic.input_names, "input"), (logic.output_names, "output")):
        twice = _repeated(names)
        if twice is not None:
            raise ImportedModelError(f"{source} has two {what}s named {twice!r}; rename one")
    if not logic.outputs:
        raise ImportedModelError(f"{source} has no outputs, so there is nothing to import")
    builder = NetlistBuilder(name)
    if words:
        taken = words_of(logic.input_names, MOST_INPUT_BITS, source)
        given = words_of(logic.output_names, MAX_WIDTH, source)
    else:
        taken = [(bit, [place]) for place, bit in enumerate(logic.input_names)]
        given = [(bit, [place]) for place, bit in enumerate(logic.output_names)]
    signals = [builder.input(word, len(places)) for word, places in taken]
    bits = [0] * len(logic.input_names)
    for signal, (_, places) in zip(signals, taken, strict=True):
        for place, bit in zip(places, split(builder, signal), strict=True):
            bits[place] = bit
    made = build_gates(builder, bits, logic.network, logic.outputs, most=most)
    outputs = [join(builder, [made[place] for place in places]) for _, places in given]
    netlist = builder.build(outputs)
    return Imported(
        netlist,
        notes=(f"the outputs are, in this order, {_some([word for word, _ in given])}",),
        facts={"gates in the file": len(logic.network.sources)},
    )


def network_of(inputs: int) -> tuple[GateNetwork, list[int]]:
    """An empty network, and the signals of its inputs."""
    return GateNetwork(inputs), list(range(CONSTANTS, CONSTANTS + inputs))


def _repeated(names: tuple[str, ...]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


_SHOWN = 12


def _some(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
