"""Expressions of our Verilog as VHDL: the same value, in brackets where VHDL needs them."""

import pytest

from logicjsc.core.errors import CircuitError
from logicjsc.emit.vhdl.expressions import Expressions, Signal, assigned, literal

SIGNALS = {
    "a": Signal("a", 4, vector=True),
    "b": Signal("b", 4, vector=True),
    "s": Signal("s", 4, vector=True, signed=True),
    "x": Signal("x", 1, vector=False),
    "y": Signal("y", 1, vector=False),
    "one": Signal("one", 1, vector=True),
    "T": Signal("T", 16, vector=True),
    "F": Signal("F", 16, vector=True, flipped=True),
}


@pytest.mark.parametrize(
    ("verilog", "vhdl"),
    [
        ("a[2]", "a(2)"),
        ("a[3:1]", "a(3 downto 1)"),
        ("{a[1:0], x, 2'd1}", 'a(1 downto 0) & x & "01"'),
        ("{3{a[3]}}", "a(3) & a(3) & a(3)"),
        ("{{2{x}}, 1'b0}", "(x & x) & '0'"),
        ("T[a]", "look_up(T, a)"),
        ("F[{a[1:0], x, y}]", "not look_up(F, std_logic_vector'(a(1 downto 0) & x & y))"),
        ("x ^ y ^ 1'b1", "x xor y xor '1'"),
        ("x & y | ~x", "(x and y) or (not x)"),
        ("s >= -4'sd3", "signed(s) ?>= to_signed(-3, 4)"),
        ("a >= 4'd9", "unsigned(a) ?>= to_unsigned(9, 4)"),
        ("one >= 1'd1", "unsigned(one) ?>= to_unsigned(1, 1)"),
        ("$signed(a) > $signed(b)", "signed(a) ?> signed(b)"),
        ("x ? a : b", "choose(x, a, b)"),
        ("4'd3 + a - b", "std_logic_vector(to_unsigned(3, 4) + unsigned(a) - unsigned(b))"),
    ],
)
def test_each_form_has_its_vhdl(verilog, vhdl):
    assert Expressions(SIGNALS).read(verilog).text == vhdl


@pytest.mark.parametrize(
    "verilog",
    ["a + b[1:0]", "c", "a[", "a ** b", "T[x]", "x ? a : b[1:0]", "{a", "a b", "4'o7", "a >= 3'd1"],
)
def test_anything_else_is_refused(verilog):
    with pytest.raises(CircuitError):
        Expressions(SIGNALS).read(verilog)


def test_a_bit_and_a_vector_of_one_bit_take_each_other():
    read = Expressions(SIGNALS).read
    assert assigned(read("x"), vector=True) == '"" & x'
    assert assigned(read("one"), vector=False) == "one(0)"
    assert assigned(read("1'd1"), vector=True) == '"1"'
    with pytest.raises(CircuitError, match="is used as a bit"):
        assigned(read("a"), vector=False)


@pytest.mark.parametrize("width", [1, 3, 8, 32, 256, 300, 4096])
def test_constants_have_all_their_bits(width):
    number = (0x9E3779B97F4A7C15**9) % (1 << width)
    text = literal(number, width).replace('x"', '"').replace('"', "")
    digits = "".join(part.strip() for part in text.split("&"))
    base = 16 if width >= 8 and width % 4 == 0 else 2
    assert int(digits, base) == number
    assert len(digits) * (4 if base == 16 else 1) == width
