"""The C++ emulator and the VHDL conversions give what Python gives, bit for bit."""

import subprocess
from dataclasses import replace

import numpy as np
import pytest
from reference.random_netlists import random_netlist
from reference.tiny_ends import tiny_netlist

from logicjsc.core.errors import CircuitError, DataError
from logicjsc.core.files import shipped
from logicjsc.core.simulators import find_ghdl
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.emit.ends.word_format import WordFormat
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.targets.record import beside
from logicjsc.emit.verilog import write_circuit
from logicjsc.netlist import evaluate

FORMATS = FixedPoint((4, 24, 24), (-1, -10, 3), (-8, -(1 << 23), 0))

DRIVER = """
#include "{top}_emulator.hpp"
#include <cstdio>
using namespace logicjsc::{top};
int main() {{
{body}
}}
"""

CODES = """
    std::uint32_t codes[INPUTS], results[OUTPUTS];
    while (std::fread(codes, 4, INPUTS, stdin) == INPUTS) {
        evaluate(codes, results);
        std::fwrite(results, 4, OUTPUTS, stdout);
    }
"""

FEATURES_IN = """
    float features[FEATURES];
    std::int32_t words[FEATURES];
    std::uint32_t decision[1];
    while (std::fread(features, 4, FEATURES, stdin) == FEATURES) {
        const std::int32_t finite = to_words(features, words) && classify(features, decision);
        if (!finite) { words[0] = words[1] = words[2] = 0; decision[0] = 0; }
        std::fwrite(&finite, 4, 1, stdout);
        std::fwrite(words, 4, FEATURES, stdout);
        std::fwrite(decision, 4, 1, stdout);
    }
"""


def emulator(folder, netlist, body, options=None):
    """A program around the header of a netlist."""
    circuit = write_circuit(netlist, folder / "c", options, beside=beside({"cpp": {}}))
    (folder / "main.cpp").write_text(DRIVER.format(top=circuit.top, body=body))
    flags = ["-std=c++11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O0"]
    place = folder / "c" / "cpp"
    command = ["g++", *flags, f"-I{place}", "-o", folder / "main", folder / "main.cpp"]
    subprocess.run(command, check=True)

    def run(given):
        command = [folder / "main"]
        done = subprocess.run(command, input=given.tobytes(), capture_output=True, check=True)
        return np.frombuffer(done.stdout, np.int32)

    return run


def hard_features(words):
    """Numbers on borders, ties, around them, beyond the range, tiny and huge: ``[rows, 3]``."""
    rng = np.random.default_rng(0)
    rows = []
    for feature in range(len(words.lows)):
        step = float(words.steps()[feature])
        low, high = words.lows[feature], words.highs[feature]
        near = np.array([low, low + 1, -1, 0, 1, high - 1, high, (low + high) // 2])
        at = np.concatenate([near + part for part in (-1.0, -0.5, 0.0, 0.5, 1.0)]) * step
        at = at.astype(np.float32)
        around = [np.nextafter(at, np.float32(way)) for way in (-np.inf, np.inf)]
        extreme = np.array([0.49999997, -0.49999997, 0.5, 1e30, 1e-30, 1e-45]) * [[1], [-1]]
        extreme = np.concatenate([extreme.ravel(), [np.finfo(np.float32).max] * 2])
        drawn = rng.uniform(2.0 * low - 1, 2.0 * high, 200) * step
        rows.append(np.concatenate([at, *around, extreme, drawn]).astype(np.float32))
    return np.stack(rows, axis=1)


@pytest.mark.parametrize("seed", range(3))
def test_networks_with_tables_and_sums_are_emulated(tmp_path, seed):
    netlist = random_netlist(seed, wrapping=seed > 0)
    run = emulator(tmp_path, netlist, CODES)
    rng = np.random.default_rng(seed)
    limits = np.int64(1) << netlist.input_widths.astype(np.int64)
    codes = rng.integers(0, limits, (500, netlist.inputs))
    made = run(codes.astype(np.uint32)).view(np.uint32).reshape(500, -1)
    assert (made == evaluate(netlist, codes)).all()


@pytest.mark.parametrize("floors", [False, True])
def test_words_and_decisions_of_hard_numbers_are_those_of_python(tmp_path, floors):
    words = replace(FORMATS, floors=floors)
    tiny = tiny_netlist()
    netlist = replace(tiny, encoder=replace(tiny.encoder, words=words))
    run = emulator(tmp_path, netlist, FEATURES_IN, CircuitOptions(encoder=True))
    features = hard_features(words)
    made = run(features).reshape(len(features), -1)
    assert made[:, 0].all()
    assert (made[:, 1:4] == words.words(features)).all()
    codes = netlist.encoder.encode(words.values(features))
    assert (made[:, 4] == netlist.decoder.classify(evaluate(netlist, codes))).all()
    for bad in (np.nan, np.inf, -np.inf):
        given = np.array([[0, bad, 0]], np.float32)
        assert run(given)[0] == 0
        with pytest.raises(DataError):
            words.words(given)


@pytest.mark.parametrize("floors", [False, True])
def test_vhdl_makes_the_same_words_of_hard_numbers(tmp_path, floors):
    words = replace(FORMATS, floors=floors)
    features = hard_features(words).T
    calls = "\n".join(
        f"    write(row, to_word({value!r}, {e}, {w}, {str(low < 0).lower()}, "
        f"{str(floors).lower()})); writeline(output, row);"
        for values, e, w, low in zip(
            features, words.exponents, words.widths, words.lows, strict=True
        )
        for value in values.astype(np.float64).tolist()
    )
    (tmp_path / "t.vhd").write_text(
        "library ieee; use ieee.std_logic_1164.all; use std.textio.all;\n"
        "use work.logicjsc_fixed.all;\nentity t is end entity;\narchitecture b of t is\nbegin\n"
        f"  process\n    variable row : line;\n  begin\n{calls}\n    wait;\n  end process;\n"
        "end architecture;\n"
    )
    ghdl = find_ghdl()
    package = shipped("hw", "vhdl", "logicjsc_fixed.vhd")
    ghdl.run(["-a", "--std=08", package, "t.vhd"], timeout=60, cwd=tmp_path)
    printed = ghdl.run(["-r", "--std=08", "t"], timeout=60, cwd=tmp_path).output.split()
    expected = words.patterns(words.words(features.T)).T
    assert [int(line, 2) for line in printed] == expected.ravel().tolist()


def test_formats_are_named_as_other_tools_name_them():
    word = WordFormat(8, -4, signed=True)
    assert (word.ap_fixed, word.q_format, word.vhdl) == (
        "ap_fixed<8,4>",
        "Q3.4",
        "sfixed(3 downto -4)",
    )
    assert (word.lowest, word.highest, word.step) == (-8.0, 7.9375, 0.0625)
    word = WordFormat(8, -9, signed=False)
    assert (word.ap_fixed, word.q_format) == ("ap_ufixed<8,-1>", "UQ-1.9")
    assert (word.lowest, word.highest) == (0.0, 255 / 512)


def test_codes_wider_than_the_emulator_holds_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("logicjsc.emit.targets.cpp.WIDEST", 2)
    with pytest.raises(CircuitError, match="codes of 3 bits, and the C"):
        write_circuit(tiny_netlist(), tmp_path / "c", beside=beside({"cpp": {}}))
    assert list(tmp_path.iterdir()) == []
