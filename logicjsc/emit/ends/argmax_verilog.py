"""The argmax: a tree of comparators from class scores to the index of the highest one.

Each comparator takes its right candidate only if that is larger. The left one has the lower class
indices, so the lowest class index wins a tie. Index bits are the comparators' own results: nothing
but codes is compared and nothing but codes and those bits is passed on.

Where all scores are made of a few bits, there is nothing to compare: the index is a table of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from logicjsc.core.errors import CircuitError
from logicjsc.emit.ends.port_map import class_lines, code_lines
from logicjsc.emit.hdl.bus import Bus
from logicjsc.emit.hdl.names import comment_text
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.hdl.ports import Block
from logicjsc.emit.hdl.registers import register_rank
from logicjsc.emit.hdl.text import (
    Slice,
    VerilogModule,
    concatenation,
    count,
    header,
    latency_parameter,
    latency_remark,
    module_text,
    sink,
    slice_of,
    vector,
)
from logicjsc.emit.hdl.votes import block_declarations
from logicjsc.netlist import Decoder, Netlist
from logicjsc.netlist.score_bits import ScoreBits, score_bits

_FEWEST_CLASSES = 2


@dataclass(frozen=True)
class _Candidate:
    """The best of some neighbouring classes: its code, and its index among them."""

    code: Slice
    index: Slice | None = None

    @property
    def index_bits(self) -> int:
        return self.index.width if self.index is not None else 0


def argmax_module(
    name: str, netlist: Netlist, options: CircuitOptions, digest: str
) -> tuple[Block, VerilogModule]:
    """The comparators of a network's outputs, with their registers.

    Raises:
        CircuitError: the netlist has no decoder, or fewer than two classes.
    """
    decoder = netlist.decoder
    if decoder is None:
        raise CircuitError(
            f"netlist {netlist.name!r} does not say how outputs become classes, so no argmax can "
            "be built"
        )
    classes = len(decoder.class_names)
    if classes < _FEWEST_CLASSES:
        raise CircuitError(
            f"netlist {netlist.name!r} has one class only, so there is nothing to compare"
        )
    shared = score_bits(netlist)
    levels = argmax_levels(netlist)
    ranks_after = options.ranks_in_argmax(levels)
    latency = len(ranks_after)
    code_width = int(netlist.widths[netlist.outputs[0]])
    codes = Bus(
        "in_codes",
        tuple(range(classes)),
        tuple(range(0, classes * code_width, code_width)),
        classes * code_width,
    )
    width = (classes - 1).bit_length()
    if shared is None:
        tree = _Tree(codes, code_width, options, ranks_after, signed=decoder.signed)
        body = list(tree.body())
        ff = tree.ff
    else:
        body = list(_table_body(codes, decoder, shared, options, latency))
        ff = (width + 1) * latency
    block = Block("argmax", name, codes.name, codes.width, "out_class", width, latency, ff)
    outputs = [int(signal) for signal in netlist.outputs]
    head = header(
        f'Argmax of netlist "{comment_text(netlist.name)}": {classes} classes.',
        digest,
        latency_remark(latency),
        "//",
        *code_lines(codes.name, netlist, outputs, decoder.class_names),
        *class_lines("out_class", decoder.class_names),
    )
    return block, VerilogModule(
        name,
        head + module_text(name, block_declarations(block, options), body),
    )


def argmax_levels(netlist: Netlist) -> int:
    """Levels of comparators between the scores of a netlist; a table of shared bits is one."""
    return 1 if score_bits(netlist) is not None else (len(netlist.outputs) - 1).bit_length()


def _table_body(
    codes: Bus, decoder: Decoder, shared: ScoreBits, options: CircuitOptions, latency: int
) -> Iterator[str]:
    """The class as a table of the bits that the scores are made of."""
    yield from latency_parameter(latency)
    width, bits = (len(decoder.class_names) - 1).bit_length(), len(shared.places)
    code_width = codes.width // len(codes.signals)
    classes = decoder.classify(shared.codes)
    yield f"  // All scores are made of {count(bits, 'bit')}; the class is a table of them."
    read = [Slice(codes.name, codes.width, o * code_width + b, 1) for o, b in shared.places]
    if read:
        yield f"  wire {vector(bits)} shared = {concatenation(read, '  ')};"
    for place in range(width):
        rows = sum((int(index) >> place & 1) << row for row, index in enumerate(classes))
        size = 1 << bits
        yield f"  localparam {vector(size)} INDEX_{place} = {size}'h{rows:x};"
    yield f"  wire {vector(width)} index;"
    for place in range(width):
        looked_up = f"INDEX_{place}[shared]" if read else f"INDEX_{place}"
        yield f"  assign index[{place}] = {looked_up};"
    yield ""
    everything = range(codes.width)
    used = {o * code_width + b for o, b in shared.places}
    unused = [Slice(codes.name, codes.width, bit, 1) for bit in everything if bit not in used]
    yield from sink(unused, "Copies of those bits, and constants.")
    if latency:
        yield "  // Registers before the outputs."
        names = ("decided", "decided_d", "decided_q", "decided_valid")
        yield from register_rank(names, width, "index", "in_valid", options)
        yield "  assign out_valid = decided_valid;"
        yield "  assign out_class = decided_q;"
    else:
        yield "  assign out_valid = in_valid;"
        yield "  assign out_class = index;"


class _Tree:
    """Builds the body, level by level, and counts the flip-flops of its ranks."""

    def __init__(
        self,
        codes: Bus,
        code_width: int,
        options: CircuitOptions,
        ranks_after: Sequence[int],
        *,
        signed: bool,
    ) -> None:
        self.options = options
        self.codes = codes
        self.code_width = code_width
        self.ranks_after = ranks_after
        self.signed = signed
        self.valid = "in_valid"
        self.ff = 0

    def body(self) -> Iterator[str]:
        yield from latency_parameter(len(self.ranks_after))
        candidates = [
            _Candidate(slice_of(self.codes, index, self.code_width)) for index in self.codes.signals
        ]
        level = 0
        while len(candidates) > 1:
            level += 1
            better = []
            yield f"  // Level {level}: {count(len(candidates) // 2, 'comparison')}."
            for left in range(0, len(candidates) - 1, 2):
                lines, winner = self._compare(
                    f"l{level}_{left // 2}",
                    level,
                    *candidates[left : left + 2],
                    last=len(candidates) == _FEWEST_CLASSES,
                )
                yield from lines
                better.append(winner)
            if len(candidates) % 2:
                better.append(candidates[-1])
            candidates = better
            yield ""
            if level in self.ranks_after:
                lines, candidates = self._rank(level, candidates, last=len(candidates) == 1)
                yield from lines
        yield f"  assign out_valid = {self.valid};"
        yield f"  assign out_class = {candidates[0].index};"

    def _compare(
        self, name: str, level: int, left: _Candidate, right: _Candidate, *, last: bool
    ) -> tuple[list[str], _Candidate]:
        cast = "$signed({})" if self.signed else "{}"
        larger = f"{cast.format(right.code)} > {cast.format(left.code)}"
        lines = [f"  wire {name}_right = {larger};"]
        code = Slice(f"{name}_code", self.code_width, 0, self.code_width)
        if not last:
            chosen = f"{name}_right ? {right.code} : {left.code}"
            lines.append(f"  wire {vector(self.code_width)} {code} = {chosen};")
        index = Slice(f"{name}_class", level, 0, level)
        parts = f"{name}_right"
        if level > 1:
            low = level - 1
            parts = f"{{{parts}, {name}_right ? {_padded(right, low)} : {_padded(left, low)}}}"
        lines.append(f"  wire {vector(level)} {index} = {parts};")
        return lines, _Candidate(code, index)

    def _rank(
        self, level: int, candidates: list[_Candidate], *, last: bool
    ) -> tuple[list[str], list[_Candidate]]:
        parts: list[Slice] = []
        held: list[_Candidate] = []
        bus, lsb = f"level{level}_q", 0
        # The winner of the last level is known by its index; its code is not read.
        width = sum(entry.index_bits + (not last) * self.code_width for entry in candidates)
        for entry in candidates:
            taken = [] if last else [entry.code]
            taken += [entry.index] if entry.index is not None else []
            places = []
            for part in taken:
                places.append(Slice(bus, width, lsb, part.width))
                lsb += part.width
            parts += taken
            index = places[-1] if entry.index is not None else None
            held.append(_Candidate(entry.code if last else places[0], index))
        names = (f"level{level}", f"level{level}_d", bus, f"level{level}_valid")
        lines = [
            f"  // Registers after level {level}.",
            *register_rank(
                names, width, concatenation(parts, "  "), self.valid, self.options, before=self.ff
            ),
        ]
        self.valid = names[3]
        self.ff += width + 1
        return lines, held


def _padded(candidate: _Candidate, width: int) -> str:
    """A candidate's index in ``width`` bits; a class that met no other yet is the first of one."""
    missing = width - candidate.index_bits
    if candidate.index is None:
        return f"{width}'d0"
    return f"{{{missing}'d0, {candidate.index}}}" if missing else str(candidate.index)
