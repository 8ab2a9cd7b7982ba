"""The C itself: compiled without warnings in every word size, called from C, and read."""

import re
import subprocess
from dataclasses import replace

import numpy as np
import pytest
from reference.map_netlists import every_code
from reference.random_netlists import random_codes, random_netlist

from logicjsc.core.programs import find_cxx
from logicjsc.emit.c.c_gates import cheapest, expression
from logicjsc.emit.c.c_text import Codes, c_comment
from logicjsc.emit.c.library import write_library
from logicjsc.emit.c.program import Operation
from logicjsc.map.lut_network import pack_words, unpack_words
from logicjsc.map.tables import map_tables
from logicjsc.netlist import digest_of, evaluate

STRICT = ("-x", "c", "-std=c11", "-O1", "-Wall", "-Wextra", "-pedantic", "-Wshadow", "-Werror")
WORDS = {
    "native": ("-march=native",),
    "baseline": (),
    "plain": ("-DLOGICJSC_PLAIN_WORDS",),
}

# Reads codes from its input, calls both functions, and writes results.
PROGRAM = """\
#include "{name}.h"
#include <stdio.h>
#include <stdlib.h>
int main(int count, char **arguments)
{{
    const size_t samples = strtoul(arguments[count - 1], NULL, 10);
    {codes} *codes = malloc(samples * {inputs} * sizeof *codes + 1);
    {results} *results = malloc(samples * {outputs} * sizeof *results + 1);
    if (fread(codes, sizeof *codes * {inputs}, samples, stdin) != samples)
        return 1;
    const size_t wrong = {name}_evaluate(codes, results, samples);
    fwrite(results, sizeof *results * {outputs}, samples, stdout);
    fprintf(stderr, "%zu %zu %s", wrong, {name}_lanes(), {name}_digest());
    free(codes);
    free(results);
    return 0;
}}
"""


def run_in_c(library, folder, codes, flags=()):
    """Results of the C library in a program without Python, and what the program says."""
    facts, netlist = library.facts, library.netlist
    text = PROGRAM.format(
        name=facts.name,
        codes=facts.code_type,
        results=facts.result_type,
        inputs=netlist.inputs,
        outputs=len(netlist.outputs),
    )
    (folder / "main.c").write_text(text)
    program = folder / "program"
    # g++ believes -x for one file only.
    files = [folder / "main.c", "-x", "c", library.source]
    arguments = [f"-I{library.directory}", *files, "-o", program]
    find_cxx().run([*STRICT, *flags, *arguments], timeout=120)
    types = {"uint8_t": "u1", "uint16_t": "<u2", "uint32_t": "<u4"}
    done = subprocess.run(
        [program, str(len(codes))],
        input=np.ascontiguousarray(codes, types[facts.code_type]).tobytes(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    results = np.frombuffer(done.stdout, types[facts.result_type])
    wrong, lanes, digest = done.stderr.decode().split()
    return results.reshape(len(codes), -1), int(wrong), int(lanes), digest


@pytest.mark.parametrize("words", WORDS)
def test_it_compiles_without_warnings_and_is_the_netlist_for_every_word(library, tmp_path, words):
    codes = np.tile(every_code(), (25, 1))[: 3 * 512 + 7]
    results, wrong, lanes, digest = run_in_c(library, tmp_path, codes, WORDS[words])
    np.testing.assert_array_equal(results, evaluate(library.netlist, codes))
    assert (wrong, digest) == (0, digest_of(library.netlist))
    assert lanes in {"native": {2, 4, 8}, "baseline": {2}, "plain": {1}}[words]


@pytest.mark.parametrize(("seed", "widest"), [(1, 8), (2, 13), (3, 20), (4, 1), (5, 5)])
def test_codes_of_one_two_and_four_bytes_are_packed(tmp_path, seed, widest):
    netlist = random_netlist(
        seed, inputs=11, widest_input=widest, stages=2, nodes=6, outputs=12, address_bits=8
    )
    library = write_library(netlist, tmp_path / "library", map_tables(netlist, jobs=1))
    widths = netlist.input_widths.max()
    assert library.facts.code_type == f"uint{8 if widths <= 8 else 16 if widths <= 16 else 32}_t"
    codes = random_codes(netlist, 300, seed)
    results, wrong, _, _ = run_in_c(library, tmp_path, codes, WORDS["native"])
    np.testing.assert_array_equal(results, evaluate(netlist, codes))
    assert wrong == 0


def test_a_code_that_is_too_wide_is_named_and_its_surplus_bits_ignored(library, tmp_path):
    codes = every_code().astype(np.uint8)
    codes[50, 1] |= 4
    results, wrong, _, _ = run_in_c(library, tmp_path, codes)
    assert wrong == 2
    np.testing.assert_array_equal(results, evaluate(library.netlist, codes & 3))


def test_a_wide_code_is_named_by_its_input_not_its_byte(tmp_path):
    netlist = random_netlist(2, inputs=11, widest_input=13, stages=1, outputs=3)
    library = write_library(netlist, tmp_path / "library", map_tables(netlist, jobs=1))
    assert library.facts.code_type == "uint16_t"
    codes = random_codes(netlist, 600)
    codes[599, 9] |= 1 << 15
    assert run_in_c(library, tmp_path, codes)[1] == 10


def test_the_header_serves_c_and_cxx_and_tells_what_lies_where(library, tmp_path):
    text = library.header.read_text()
    assert f"// Netlist digest: {digest_of(library.netlist)}\n" in text
    assert re.search(r"^//   \[0\] 2 bits, signed, planes 0 to 1: a$", text, re.MULTILINE)
    assert re.search(r"^//   \[0\] 6 bits, signed, planes 0 to 5: total\[0\]$", text, re.MULTILINE)
    (tmp_path / "main.cpp").write_text(
        f'#include "{library.header.name}"\n#include "{library.header.name}"\n'
        "int main() { return mixed_lanes() == 0; }\n"
    )
    find_cxx().run(
        [
            *("-x", "c++", *STRICT[3:], f"-I{library.directory}"),
            *("-c", tmp_path / "main.cpp", "-o", tmp_path / "main.o"),
        ],
        timeout=60,
    )


def test_planes_go_through_the_kernel_as_the_header_says(library):
    import ctypes

    from logicjsc.emit.c.compilation import compile_library

    netlist = library.netlist
    functions = ctypes.CDLL(str(compile_library(library.source.read_bytes())))
    lanes = functions.mixed_lanes()
    codes = np.tile(every_code(), (lanes, 1))
    bits = [codes[:, signal] >> bit & 1 for signal in range(3) for bit in range(2)]
    planes = pack_words(np.array(bits))
    widths = netlist.widths[netlist.outputs].tolist()
    results = np.zeros((sum(widths), lanes), np.uint64)
    functions.mixed_kernel(
        ctypes.c_void_p(planes.ctypes.data), ctypes.c_void_p(results.ctypes.data)
    )
    found = iter(unpack_words(results, len(codes)).astype(int))
    outputs = [sum(next(found) << bit for bit in range(width)) for width in widths]
    np.testing.assert_array_equal(np.stack(outputs, axis=1), evaluate(netlist, codes))


def test_names_cannot_break_a_comment(netlist, tmp_path):
    names = ("a??/", "b\\", "c\n*/ #error")
    netlist = replace(netlist, input_names=names, name="int")
    library = write_library(netlist, tmp_path / "library", map_tables(netlist, jobs=1))
    results, _, _, _ = run_in_c(library, tmp_path, every_code())
    np.testing.assert_array_equal(results, evaluate(netlist, every_code()))
    assert c_comment("x???\\") == "x? ? ?/"


def test_every_expression_of_a_gate_is_its_table():
    for table, text in cheapest().items():
        for index in range(8):
            values = {letter: -(index >> bit & 1) for bit, letter in enumerate("abc")}
            assert eval(text, values) & 1 == table >> index & 1  # noqa: S307 - our own text
    assert max(len(re.findall(r"[&|^]", text)) for text in cheapest().values()) <= 4


@pytest.mark.parametrize(
    ("table", "names", "text"),
    [
        (0b01, ["s[1]"], "~s[1]"),
        (0b0110, ["s[3]", "t1"], "s[3] ^ t1"),
        (0b0010, ["ab", "ba"], "ab & ~ba"),
        (0b0100, ["a", "b"], "b & ~a"),
        (0b11101000, ["x", "y", "z"], "gate_e8(x, y, z)"),
    ],
)
def test_expressions_are_short_and_name_their_inputs(table, names, text):
    assert expression(Operation(table, tuple(range(1, 1 + len(names)))), names) == text


@pytest.mark.parametrize(
    ("codes", "groups"),
    [(3, [(0, 3)]), (8, [(0, 8)]), (11, [(0, 8), (3, 8)]), (16, [(0, 8), (8, 8)])],
)
def test_the_last_group_of_bytes_reaches_back(codes, groups):
    side = Codes(("x",) * codes, (2,) * codes, (False,) * codes)
    assert side.groups() == groups
