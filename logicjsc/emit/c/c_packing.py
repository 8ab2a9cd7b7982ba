"""C that turns rows of bytes into bit planes and back, 8 columns of bytes at a time.

Sixty-four rows of 8 bytes are a matrix of 64 by 64 bits, which is transposed by exchanging blocks
of bits between pairs of words (Warren, Hacker's Delight, section 7-3). A vector word does so for as
many matrices as it has lanes. Where only 1, 2 or 4 bits of each byte count, the bits of 8, 4 or 2
rows are put into one word first, which does the first exchanges and leaves fewer words.
"""

from __future__ import annotations

from typing import Final

COLUMNS: Final = 8
"""Columns of bytes that are packed together."""

_BIT_MASKS: Final = {1: 0x55, 2: 0x33, 4: 0x0F}
_BYTE_EXCHANGES: Final = (
    (1, 8, 0x00FF00FF00FF00FF),
    (2, 16, 0x0000FFFF0000FFFF),
    (4, 32, 0x00000000FFFFFFFF),
)

COMMON: Final = """\
typedef union {
    word words[64];
    uint64_t rows[BLOCK];
} block;

/* Exchange bits of the higher half of x with bits of the lower half of y. */
static inline void exchange(word *x, word *y, int shift, uint64_t mask)
{
    const word bits = ((*x >> shift) ^ *y) & mask;
    *y ^= bits;
    *x ^= bits << shift;
}
"""
"""What all packing functions use."""


def packed_width(widths: list[int]) -> int:
    """Bits per byte that are packed, 1, 2, 4 or 8, for columns of these widths."""
    return 1 << (max(widths) - 1).bit_length()


def spread(byte: int) -> str:
    """A byte eight times, as a C constant."""
    return c_mask([byte] * COLUMNS)


def c_mask(masks: list[int]) -> str:
    """The masks of up to eight columns as a C constant, the first column lowest."""
    return f"UINT64_C(0x{int.from_bytes(bytes(masks), 'little'):016x})"


def transpose_function(width: int) -> str:
    """Exchanges rows and columns; it undoes itself."""
    exchanges = [
        (distance, distance, spread(mask))
        for distance, mask in _BIT_MASKS.items()
        if distance < width
    ] + [(width * step, shift, c_constant(mask)) for step, shift, mask in _BYTE_EXCHANGES]
    lines = [
        f"/* x[{width} c + b], row r: bit b of column c of row r, and the other way round. */"
        if width > 1
        else "/* x[c], row r: the bit of column c of row r, and the other way round. */",
        f"static void transpose_{width}(word *x)",
        "{",
    ]
    for distance, shift, mask in exchanges:
        lines += [
            f"    for (size_t i = 0; i < {COLUMNS * width}; i++)",
            f"        if (!(i & {distance}))",
            f"            exchange(&x[i], &x[i + {distance}], {shift}, {mask});",
        ]
    return "\n".join([*lines, "}\n"])


def pack_function(width: int) -> str:
    """Rows to planes."""
    terms = [
        f"(rows[{COLUMNS} * i + k{_plus(width * part)}] & mask){_shifted('<<', width * part)}"
        for part in range(COLUMNS // width)
    ]
    together = "\n                | ".join(terms)
    return f"""\
/* Rows of 8 columns to planes: planes[{width} c + b] is bit b of column c. */
static void pack_{width}(const word *rows, uint64_t mask, word *planes)
{{
    for (size_t i = 0; i < {COLUMNS}; i++)
        for (size_t k = 0; k < {width}; k++)
            planes[{width} * i + k] =
                {together};
    transpose_{width}(planes);
}}
"""


def unpack_function(width: int) -> str:
    """Planes to rows; the planes are overwritten."""
    parts = "\n".join(
        f"            rows[{COLUMNS} * i + k{_plus(width * part)}] = "
        f"(planes[{width} * i + k]{_shifted('>>', width * part)}) & {spread((1 << width) - 1)};"
        for part in range(COLUMNS // width)
    )
    return f"""\
/* Undoes pack_{width}; the planes are overwritten. */
static void unpack_{width}(word *planes, word *rows)
{{
    transpose_{width}(planes);
    for (size_t i = 0; i < {COLUMNS}; i++)
        for (size_t k = 0; k < {width}; k++) {{
{parts}
        }}
}}
"""


def fetch_function(size: int) -> str:
    """Columns of bytes to rows; gives the or of all rows."""
    return f"""\
/* {size} bytes of each sample to rows; returns all bits that occur. */
static uint64_t fetch_{size}(const uint8_t *bytes, size_t samples, block *to)
{{
    uint64_t seen = 0;
    for (size_t j = 0; j < samples; j++) {{
        uint64_t row = 0;
        memcpy(&row, bytes + j * IN_BYTES, {size});
        to->rows[j] = row;
        seen |= row;
    }}
    for (size_t j = samples; j < BLOCK; j++)
        to->rows[j] = 0;
    return seen;
}}
"""


def store_function(size: int) -> str:
    """Rows to columns of bytes."""
    return f"""\
/* Rows to {size} bytes of each sample. */
static void store_{size}(const block *from, size_t samples, uint8_t *bytes)
{{
    for (size_t j = 0; j < samples; j++)
        memcpy(bytes + j * OUT_BYTES, &from->rows[j], {size});
}}
"""


def c_constant(value: int) -> str:
    """A 64-bit C constant."""
    return f"UINT64_C(0x{value:016x})"


def _plus(number: int) -> str:
    return f" + {number}" if number else ""


def _shifted(operator: str, places: int) -> str:
    return f" {operator} {places}" if places else ""
