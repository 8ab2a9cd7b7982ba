from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logicjsc.emit.hdl.names import RESERVED, Names, comment_text, identifier


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("jsc_m", "jsc_m"),
        ("jsc-m (v2)", "jsc_m_v2"),
        ("3bits", "n_3bits"),
        ("", "n"),
        ("été", "t"),
        ("__", "n"),
        ("a__b", "a_b"),
        ("module", "module_v"),
        ("logic", "logic_v"),
        ("Template", "Template_v"),
        ("x" * 100, "x" * 64),
    ],
)
def test_identifiers(name, expected):
    assert identifier(name) == expected


@given(st.text())
def test_every_name_becomes_legal(name):
    text = identifier(name)
    assert text.isascii()
    assert text.replace("_", "a").isalnum()
    assert text[0].isalpha()
    assert text.lower() not in RESERVED


@given(st.lists(st.text("aB_1.", max_size=3), max_size=12))
def test_claimed_names_differ_without_case(wanted):
    names = Names("clk", "a")
    claimed = [name for want in wanted for name in names.claim(want, f"{want}_in")]
    lowered = [name.lower() for name in claimed]
    assert len({*lowered, "clk", "a"}) == len(lowered) + 2


@given(st.text())
def test_comments_stay_on_one_line(text):
    safe = comment_text(text)
    assert safe.isascii()
    assert safe.isprintable()
