"""The encoder: fixed-point words of the features to the network's input codes.

Every threshold is one comparator of a word with a constant, shared by all inputs that need it. The
thresholds of a feature are passed in order, so a code bit is the exclusive or of those at which it
changes; no chain of choices is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from logicjsc.emit.ends.encoder_plan import COMPARATORS, SELECTION, UNUSED, FeatureSteps, InputSteps
from logicjsc.emit.ends.port_map import code_lines, feature_lines
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
from logicjsc.netlist import Netlist

_TERMS_PER_LINE = 8

_LONGEST_CHAIN = 32
"""Terms of a chain of operators, over which Yosys takes time by the square of their number."""


def encoder_module(
    name: str,
    netlist: Netlist,
    features: Sequence[FeatureSteps],
    options: CircuitOptions,
    digest: str,
) -> tuple[Block, VerilogModule]:
    """The encoder of a network, with its registers.

    Inputs that no output depends on get the code 0, so that the network's port map stays as it is.

    Args:
        name: name of the module.
        netlist: the network.
        features: what to build for each feature.
        options: words are registered if ``register_inputs``, codes unless ``pipeline`` is 0.
        digest: digest of the netlist.
    """
    builder = _Encoder(netlist, features, options)
    words, codes = builder.words, builder.codes
    body = list(builder.body())
    block = Block(
        "encoder",
        name,
        words.name,
        words.width,
        codes.name,
        codes.width,
        builder.latency,
        builder.ff,
    )
    head = header(
        f'Encoder of netlist "{comment_text(netlist.name)}": words of features to codes.',
        digest,
        latency_remark(block.latency_cycles),
        "//",
        *feature_lines(words.name, features),
        *code_lines(codes.name, netlist, codes.signals, netlist.input_names),
    )
    text = module_text(name, block_declarations(block, options), body)
    return block, VerilogModule(name, head + text)


class _Encoder:
    """Builds the body; holds where words and codes can be read, and counts flip-flops."""

    def __init__(
        self, netlist: Netlist, features: Sequence[FeatureSteps], options: CircuitOptions
    ) -> None:
        self.netlist = netlist
        self.features = features
        self.options = options
        self.latency = options.register_inputs + (options.pipeline > 0)
        self.ff = 0
        bits = [feature.width for feature in features]
        lsbs = tuple(sum(bits[:index]) for index in range(len(bits)))
        self.words = Bus("in_features", tuple(range(len(bits))), lsbs, sum(bits))
        self.codes = Bus.of("out_codes", range(netlist.inputs), netlist.widths)
        self.live = [entry.signal for feature in features for entry in feature.inputs]
        self.read = [index for index, feature in enumerate(features) if feature.thresholds]

    def body(self) -> Iterator[str]:
        yield from latency_parameter(self.latency)
        words, valid = self.words, "in_valid"
        if self.options.register_inputs:
            words = self._packed("words_q", self.read, [entry.width for entry in self.features])
            parts = [slice_of(self.words, index, self.features[index].width) for index in self.read]
            data = concatenation(parts, "  ") if parts else ""
            yield "  // Registers before the comparators."
            names = ("words", "words_d", words.name, "words_valid")
            yield from register_rank(names, words.width, data, valid, self.options, before=self.ff)
            self.ff += words.width + 1
            valid = "words_valid"
        registered = self.options.pipeline > 0
        codes = self.codes
        if registered:
            codes = self._packed("codes", self.live, self.netlist.input_widths.tolist())
            if codes.width:
                yield f"  wire {vector(codes.width)} codes;"
                yield ""
        for index, feature in enumerate(self.features):
            if feature.kind != UNUSED:
                yield from self._feature(index, feature, words, codes)
        if registered:
            yield "  // Registers behind the comparators."
            names = ("codes_rank", "codes_d", "codes_q", "codes_valid")
            yield from register_rank(
                names, codes.width, "codes", valid, self.options, before=self.ff
            )
            self.ff += codes.width + 1
            valid = "codes_valid"
            yield from self._outputs(Bus("codes_q", codes.signals, codes.lsbs, codes.width))
        yield from self._dead_outputs()
        yield f"  assign out_valid = {valid};"
        yield ""
        yield from sink(self._unused(), "Features, or bits of them, that no code depends on.")

    def _packed(self, name: str, parts: Sequence[int], widths: Sequence[int]) -> Bus:
        """Bus of some features' words or some inputs' codes, side by side."""
        chosen = [widths[part] for part in parts]
        lsbs = tuple(sum(chosen[:place]) for place in range(len(chosen)))
        return Bus(name, tuple(parts), lsbs, sum(chosen))

    def _feature(self, index: int, feature: FeatureSteps, words: Bus, codes: Bus) -> Iterator[str]:
        sign = "signed " if feature.signed else "unsigned "
        built = (
            count(feature.comparators, "comparator")
            if feature.kind == COMPARATORS
            else feature.kind
        )
        yield (
            f"  // {comment_text(feature.name)}: {sign}{feature.width}-bit word, one step is "
            f"2**{feature.exponent}; {built}."
        )
        word = f"w{index}"
        if feature.thresholds:
            keyword = "signed " if feature.signed else ""
            place = slice_of(words, index, feature.width)
            yield f"  wire {keyword}{vector(feature.width)} {word} = {place};"
        names = {}
        if feature.kind == COMPARATORS:
            for number, threshold in enumerate(feature.thresholds):
                names[threshold] = f"{word}_t{number}"
                yield f"  wire {names[threshold]} = {word} >= {_constant(threshold, feature)};"
        for entry in feature.inputs:
            target = slice_of(codes, entry.signal, entry.width)
            label = comment_text(self.netlist.input_names[entry.signal])
            lsb = entry.selected_from
            if lsb is None or feature.kind == COMPARATORS or not entry.thresholds:
                yield f"  // {label}: codes {', '.join(map(str, (entry.first, *entry.codes)))}"
                yield f"  assign {target} = {_parities(entry, names)};"
            else:
                yield from _selection(word, feature, entry, target, label, lsb=lsb)
        yield ""

    def _outputs(self, registered: Bus) -> Iterator[str]:
        for signal in registered.signals:
            width = int(self.netlist.input_widths[signal])
            target = slice_of(self.codes, signal, width)
            yield f"  assign {target} = {slice_of(registered, signal, width)};"

    def _dead_outputs(self) -> Iterator[str]:
        for signal in self.codes.signals:
            if signal not in self.live:
                width = int(self.netlist.input_widths[signal])
                label = comment_text(self.netlist.input_names[signal])
                target = slice_of(self.codes, signal, width)
                yield f"  assign {target} = {width}'d0;  // no output depends on {label}"

    def _unused(self) -> list[Slice]:
        unused = []
        for index, feature in enumerate(self.features):
            if index not in self.read:
                unused.append(slice_of(self.words, index, feature.width))
            elif feature.kind == SELECTION and not any(
                _is_held(feature, entry) for entry in feature.inputs
            ):
                selected = [
                    (entry.selected_from or 0, entry.width)
                    for entry in feature.inputs
                    if entry.thresholds
                ]
                lowest = min(start for start, _ in selected)
                end = max(start + width for start, width in selected)
                word = f"w{index}"
                if lowest:
                    unused.append(Slice(word, feature.width, 0, lowest))
                if end < feature.width:
                    unused.append(Slice(word, feature.width, end, feature.width - end))
        return unused


def _constant(word: int, feature: FeatureSteps) -> str:
    if not feature.signed:
        return f"{feature.width}'d{word}"
    return f"{'-' if word < 0 else ''}{feature.width}'sd{abs(word)}"


def _parities(entry: InputSteps, names: dict[int, str]) -> str:
    """Each code bit as the exclusive or of the thresholds at which it changes, highest first."""
    if not entry.thresholds:
        return f"{entry.width}'d{entry.first}"
    before = (entry.first, *entry.codes[:-1])
    bits = []
    for bit in reversed(range(entry.width)):
        terms = [
            names[threshold]
            for threshold, old, new in zip(entry.thresholds, before, entry.codes, strict=True)
            if (old ^ new) >> bit & 1
        ]
        if entry.first >> bit & 1 or not terms:
            terms.insert(0, f"1'b{entry.first >> bit & 1}")
        bits.append(_parity(terms))
    return bits[0] if len(bits) == 1 else "{\n      " + ",\n      ".join(bits) + "\n  }"


def _parity(terms: Sequence[str]) -> str:
    """Exclusive or of single bits."""
    long = len(terms) > _LONGEST_CHAIN
    joint = "," if long else " ^"
    lines = [
        f"{joint} ".join(terms[start : start + _TERMS_PER_LINE])
        for start in range(0, len(terms), _TERMS_PER_LINE)
    ]
    text = f"{joint}\n        ".join(lines)
    return f"^{{{text}}}" if long else text


def _selection(
    word: str, feature: FeatureSteps, entry: InputSteps, target: Slice, label: str, *, lsb: int
) -> Iterator[str]:
    """A code as bits of the word, held at its first and last value beyond the thresholds."""
    lowest, highest = entry.thresholds[0], entry.thresholds[-1]
    taken = min(entry.width, feature.width - lsb)
    bits = str(Slice(word, feature.width, lsb, taken))
    missing = entry.width - taken
    if missing:
        fill = (
            f"{{{missing}{{{word}[{feature.width - 1}]}}}}" if feature.signed else f"{missing}'d0"
        )
        bits = f"{{{fill}, {bits}}}"
    shift = (entry.first + 1 - (lowest >> lsb)) % (1 << entry.width)
    if shift:
        bits += f" + {entry.width}'d{shift}"
    ends = []
    below, above = _ends(feature, entry)
    if below:
        ends.append(f"{word} < {_constant(lowest, feature)} ? {entry.width}'d{entry.first}")
    if above:
        ends.append(f"{word} >= {_constant(highest, feature)} ? {entry.width}'d{entry.codes[-1]}")
    text = " :\n      ".join([*ends, bits])
    remark = f"codes {entry.first} to {entry.codes[-1]}"
    yield f"  // {label}: bits of the word from bit {lsb} up, {remark}"
    yield f"  assign {target} = {text};"


def _ends(feature: FeatureSteps, entry: InputSteps) -> tuple[bool, bool]:
    """Whether words lie so far below or above the thresholds that their bits are not the code."""
    step = entry.thresholds[1] - entry.thresholds[0]
    return (
        feature.low < entry.thresholds[0] - step,
        feature.high >= entry.thresholds[-1] + step,
    )


def _is_held(feature: FeatureSteps, entry: InputSteps) -> bool:
    return bool(entry.thresholds) and any(_ends(feature, entry))
