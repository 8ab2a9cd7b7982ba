"""The C source and header of a network."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from logicjsc import __version__
from logicjsc.emit.c.c_gates import expression, gate_function
from logicjsc.emit.c.c_packing import (
    COLUMNS,
    COMMON,
    c_mask,
    fetch_function,
    pack_function,
    packed_width,
    store_function,
    transpose_function,
    unpack_function,
)
from logicjsc.emit.c.gates import GATE_INPUTS
from logicjsc.emit.c.program import Program
from logicjsc.emit.hdl.names import comment_text
from logicjsc.emit.hdl.text import count
from logicjsc.map.bits import bit_offsets
from logicjsc.netlist import Netlist
from logicjsc.netlist.layers import Array, code_dtype

DIGEST_LINE: Final = "// Netlist digest: "

_PART: Final = 400
"""Operations per C function: compilers take more than linear time on longer ones."""

_PRELUDE: Final = """\
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "codes are packed as little-endian processors read them"
#endif

/* A word holds one bit of many samples. Define LOGICJSC_PLAIN_WORDS for words of 64 samples without
   vectors, which any compiler of C11 takes. */
#if defined(__GNUC__) && !defined(LOGICJSC_PLAIN_WORDS)
#if defined(__AVX512F__)
#include <immintrin.h>
#define WORD_BYTES 64
#elif defined(__AVX2__)
#define WORD_BYTES 32
#else
#define WORD_BYTES 16
#endif
typedef uint64_t word __attribute__((vector_size(WORD_BYTES)));
#else
#define WORD_BYTES 8
typedef uint64_t word;
#endif

#define LANES (WORD_BYTES / 8)
#define BLOCK (64 * LANES)

/* Any function of three inputs: bit a + 2 b + 4 c of the table. */
#if WORD_BYTES == 64
#define GATE(table, a, b, c, expression) \\
    ((word)_mm512_ternarylogic_epi64((__m512i)(c), (__m512i)(b), (__m512i)(a), (table)))
#else
#define GATE(table, a, b, c, expression) (expression)
#endif
"""


@dataclass(frozen=True)
class Codes:
    """One side of a network: codes of a sample side by side, little-endian.

    Attributes:
        names: name of each code.
        widths: its bits.
        signed: whether it is two's complement.
    """

    names: tuple[str, ...]
    widths: tuple[int, ...]
    signed: tuple[bool, ...]

    @property
    def code_bytes(self) -> int:
        """Bytes of one code: 1, 2 or 4."""
        return code_dtype(max(self.widths)).itemsize

    @property
    def c_type(self) -> str:
        """C type of one code."""
        return f"uint{8 * self.code_bytes}_t"

    @property
    def byte_widths(self) -> list[int]:
        """Bits that count in each byte of a sample."""
        return [
            min(8, max(0, width - 8 * byte))
            for width in self.widths
            for byte in range(self.code_bytes)
        ]

    @property
    def bits(self) -> list[list[int]]:
        """Numbers of the bits in each byte of a sample, when all its bits stand in a row."""
        first = [0]
        for width in self.byte_widths:
            first.append(first[-1] + width)
        return [
            list(range(start, start + width))
            for start, width in zip(first, self.byte_widths, strict=False)
        ]

    def groups(self) -> list[tuple[int, int]]:
        """First byte and number of bytes of each group that is packed together.

        Whole groups are faster, so the last one reaches back where it can.
        """
        total = len(self.byte_widths)
        if total <= COLUMNS:
            return [(0, total)]
        starts = list(range(0, total - COLUMNS, COLUMNS))
        return [(start, COLUMNS) for start in [*starts, total - COLUMNS]]


def input_codes(netlist: Netlist) -> Codes:
    """The codes that go in."""
    return _codes(netlist.input_names, netlist.input_widths, netlist.input_signed)


def output_codes(netlist: Netlist) -> Codes:
    """The codes that come out; named after the classes if there is a decoder."""
    decoder, outputs = netlist.decoder, netlist.outputs
    names = (
        tuple(netlist.node_name(signal) for signal in outputs.tolist())
        if decoder is None
        else decoder.output_names
    )
    return _codes(names, netlist.widths[outputs], netlist.signed[outputs])


def header_text(name: str, netlist: Netlist, digest: str) -> str:
    """Text of ``<name>.h``."""
    guard = f"{name.upper()}_H"
    return f"""\
{_head(name, netlist, digest)}
#ifndef {guard}
#define {guard}

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {{
#endif

{_prototypes(name, netlist)}
#ifdef __cplusplus
}}
#endif

#endif
"""


def source_text(name: str, netlist: Netlist, program: Program, digest: str) -> str:
    """Text of ``<name>.c``, which needs nothing but a C compiler.

    Args:
        name: prefix of the public functions.
        netlist: the network, for names and widths.
        program: its gates.
        digest: its digest.
    """
    ins, outs = input_codes(netlist), output_codes(netlist)
    tables = sorted({o.table for o in program.operations if len(o.sources) == GATE_INPUTS})
    parts = _Parts(program)
    definitions = (
        f"#define IN_BITS {program.inputs}\n#define OUT_BITS {len(program.outputs)}\n"
        f"#define IN_BYTES {len(ins.byte_widths)}\n#define OUT_BYTES {len(outs.byte_widths)}\n"
        f"#define SIGNALS {parts.signals}\n"
    )
    return "\n".join(
        [
            _head(name, netlist, digest),
            _PRELUDE,
            _prototypes(name, netlist),
            definitions,
            *(gate_function(table) for table in tables),
            *parts.functions(),
            *_packing(ins, outs),
            _block_function(ins, outs, parts.slots),
            _public(name, digest, ins, outs, parts.slots),
        ]
    )


class _Parts:
    """The operations in functions of bounded length; between them, bits lie in ``s``."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._count = -(-len(program.operations) // _PART)
        first, outputs = program.first, set(program.outputs)
        stored = {variable for variable in outputs if variable >= first}
        for number, operation in enumerate(program.operations):
            stored |= {
                source
                for source in operation.sources
                if source >= first and (source - first) // _PART != number // _PART
            }
        self._slot = {1 + bit: bit for bit in range(program.inputs)}
        self._slot |= {variable: program.inputs + i for i, variable in enumerate(sorted(stored))}
        if 0 in outputs:
            self._slot[0] = len(self._slot)
        self._stored = stored

    @property
    def signals(self) -> int:
        """Places in ``s``."""
        return len(self._slot)

    @property
    def slots(self) -> list[int]:
        """Place of every output bit."""
        return [self._slot[variable] for variable in self._program.outputs]

    def functions(self) -> Iterator[str]:
        """The parts, and the function that calls them."""
        for part in range(self._count):
            lines = "\n".join(self._lines(part))
            yield f"static void part_{part}(word *restrict s)\n{{\n{lines}\n}}\n"
        calls = [f"    part_{part}(s);" for part in range(self._count)]
        if 0 in self._slot:
            calls.insert(0, f"    s[{self._slot[0]}] = (word){{0}};")
        if not calls:
            calls = ["    (void)s;  /* the outputs are inputs */"]
        body = "\n".join(calls)
        about = "/* s[0] to s[IN_BITS - 1] hold the bits of the inputs. */"
        yield f"{about}\nstatic void network(word *restrict s)\n{{\n{body}\n}}\n"

    def _lines(self, part: int) -> Iterator[str]:
        first = self._program.first
        begin = part * _PART
        operations = self._program.operations[begin : begin + _PART]
        for variable, operation in enumerate(operations, start=first + begin):
            names = [
                f"t{source}" if source >= first + begin else self._place(source)
                for source in operation.sources
            ]
            yield f"    const word t{variable} = {expression(operation, names)};"
            if variable in self._stored:
                yield f"    s[{self._slot[variable]}] = t{variable};"

    def _place(self, variable: int) -> str:
        return f"s[{self._slot[variable]}]" if variable else "(word){0}"


def _packing(ins: Codes, outs: Codes) -> Iterator[str]:
    """Functions between bytes and planes, as far as they are needed."""
    yield COMMON
    groups_in, groups_out = ins.groups(), outs.groups()
    packs = {_width(ins, group) for group in groups_in} - {0}
    unpacks = {_width(outs, group) for group in groups_out} - {0}
    yield from (transpose_function(width) for width in sorted(packs | unpacks))
    yield from (pack_function(width) for width in sorted(packs))
    yield from (unpack_function(width) for width in sorted(unpacks))
    yield from (fetch_function(size) for size in sorted({size for _, size in groups_in}))
    yield from (store_function(size) for size in sorted({size for _, size in groups_out}))


def _width(codes: Codes, group: tuple[int, int]) -> int:
    start, size = group
    widths = codes.byte_widths[start : start + size]
    return packed_width(widths) if any(widths) else 0


def _block_function(ins: Codes, outs: Codes, slots: Sequence[int]) -> str:
    lines = []
    for start, size in ins.groups():
        masks = [(1 << width) - 1 for width in ins.byte_widths[start : start + size]]
        width = _width(ins, (start, size))
        mask = c_mask(masks)
        lines += [
            f"    /* Bytes {start} to {start + size - 1} of each sample. */",
            f"    seen = fetch_{size}(codes + {start}, samples, &rows) & ~{mask};",
            "    for (size_t i = 0; seen && !wrong; i++, seen >>= 8)",
            "        if (seen & 0xff)",
            f"            wrong = {start} + i + 1;",
        ]
        if width:
            lines.append(f"    pack_{width}(rows.words, {mask}, planes);")
        lines += [
            f"    s[{place}] = planes[{width * column + bit}];"
            for column, bits in enumerate(ins.bits[start : start + size])
            for bit, place in enumerate(bits)
        ]
    lines += ["", "    network(s);", ""]
    for start, size in outs.groups():
        width = _width(outs, (start, size))
        lines.append(f"    /* Bytes {start} to {start + size - 1} of each sample. */")
        if width:
            lines.append("    memset(planes, 0, sizeof planes);")
            lines += [
                f"    planes[{width * column + bit}] = s[{slots[place]}];"
                for column, bits in enumerate(outs.bits[start : start + size])
                for bit, place in enumerate(bits)
            ]
            lines.append(f"    unpack_{width}(planes, rows.words);")
        else:
            lines.append("    memset(&rows, 0, sizeof rows);")
        lines.append(f"    store_{size}(&rows, samples, results + {start});")
    body = "\n".join(lines)
    return f"""\
/* At most BLOCK samples; returns 0, or 1 + the first byte with a bit that its input lacks. */
static size_t evaluate_block(const uint8_t *codes, uint8_t *results, size_t samples)
{{
    word s[SIGNALS];
    word planes[64];
    block rows;
    uint64_t seen;
    size_t wrong = 0;

{body}
    return wrong;
}}
"""


def _public(name: str, digest: str, ins: Codes, outs: Codes, slots: Sequence[int]) -> str:
    copies = "\n".join(
        f"    memcpy(results + {index} * LANES, &s[{slot}], sizeof(word));"
        for index, slot in enumerate(slots)
    )
    return f"""\
const char *{name}_digest(void)
{{
    return "{digest}";
}}

size_t {name}_lanes(void)
{{
    return LANES;
}}

void {name}_kernel(const uint64_t *planes, uint64_t *results)
{{
    word s[SIGNALS];
    memcpy(s, planes, IN_BITS * sizeof(word));
    network(s);
{copies}
}}

size_t {name}_evaluate(const {ins.c_type} *codes, {outs.c_type} *results, size_t samples)
{{
    const uint8_t *from = (const uint8_t *)codes;
    uint8_t *to = (uint8_t *)results;
    size_t wrong = 0;
    for (size_t start = 0; start < samples; start += BLOCK) {{
        const size_t rest = samples - start;
        const size_t found = evaluate_block(
            from + start * IN_BYTES, to + start * OUT_BYTES, rest < BLOCK ? rest : BLOCK);
        if (found && !wrong)
            wrong = 1 + (found - 1) / sizeof *codes;
    }}
    return wrong;
}}
"""


def _prototypes(name: str, netlist: Netlist) -> str:
    ins, outs = input_codes(netlist), output_codes(netlist)
    return f"""\
/* Results of samples. Codes and results lie sample by sample in the order of the port map. Returns
   0, or 1 + the index of the first input with a code that is wider than the input; the surplus bits
   are ignored. A code stands for an interval of a feature; a feature that is not finite, or beyond
   single precision, has no code: refuse it, for no code says so. Any number of threads may call
   it. */
size_t {name}_evaluate(const {ins.c_type} *codes, {outs.c_type} *results, size_t samples);

/* The network alone, on bits of 64 * {name}_lanes() samples: {sum(ins.widths)} planes in and \
{sum(outs.widths)} planes out, each of
   {name}_lanes() numbers, in the order of the port map, lowest bit first. */
void {name}_kernel(const uint64_t *planes, uint64_t *results);

/* Numbers in a plane. */
size_t {name}_lanes(void);

/* Digest of the netlist that this was made from. */
const char *{name}_digest(void);
"""


def _head(name: str, netlist: Netlist, digest: str) -> str:
    ins, outs = input_codes(netlist), output_codes(netlist)
    lines = [
        f"// Generated by logicjsc {__version__}; do not edit.",
        f"// Network {c_comment(netlist.name)} as bit-sliced C.",
        f"{DIGEST_LINE}{digest}",
        "//",
        f"// Compile: cc -O3 -march=native -shared -fPIC {name}.c -o lib{name}.so",
        "//",
        f"// codes, {ins.c_type}, {len(ins.names)} of each sample:",
        *_port_map(ins),
        f"// results, {outs.c_type}, {len(outs.names)} of each sample:",
        *_port_map(outs),
    ]
    return "\n".join([*lines, ""])


def _port_map(codes: Codes) -> Iterator[str]:
    digits = len(str(len(codes.names) - 1))
    offsets = bit_offsets(np.array(codes.widths))
    for index, (name, width, signed) in enumerate(
        zip(codes.names, codes.widths, codes.signed, strict=True)
    ):
        sign = "signed" if signed else "unsigned"
        planes = f"planes {offsets[index]} to {offsets[index] + width - 1}"
        yield f"//   [{index:>{digits}}] {count(width, 'bit')}, {sign}, {planes}: {c_comment(name)}"


def c_comment(text: str) -> str:
    """Text that is safe at the end of a ``//`` comment: no line continuation, no trigraph."""
    return re.sub(r"\?(?=\?)", "? ", comment_text(text).replace("\\", "/"))


def _codes(names: Sequence[str], widths: Array, signed: Array) -> Codes:
    return Codes(tuple(names), tuple(widths.tolist()), tuple(signed.tolist()))
