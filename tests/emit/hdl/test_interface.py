"""Interfaces: what is refused, and what ports, beats and batches look like."""

from __future__ import annotations

import pytest

from logicjsc.core.errors import ConfigError
from logicjsc.emit.hdl.interface import interface_of, whole_bytes
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.hdl.shared import shared_text, with_prefix
from logicjsc.emit.hdl.text import HAND_WRITTEN


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"clock_enable": True, "axi_stream": True}, "waits by tready, so it has no clock enable"),
        ({"tlast": True}, "belong to AXI4-Stream; add axi_stream"),
        ({"tuser": 2}, "belong to AXI4-Stream; add axi_stream"),
        ({"tuser": -1, "axi_stream": True}, "tuser is -1; use 0 to 1024"),
        ({"beats": 0}, "beats is 0; use 1 to"),
        ({"batch": 9999}, "batch is 9999; use 1 to"),
        ({"input_stages": -1}, "input_stages is -1; use 0 to 64"),
        ({"output_stages": 65}, "output_stages is 65; use 0 to 64"),
        ({"reset": "negative"}, "no reset 'negative'; use synchronous or asynchronous"),
        ({"prefix": "2a"}, "prefix is '2a'; use a letter"),
        ({"prefix": "a__b"}, "single underscores"),
        ({"prefix": "a" * 33}, "32 characters at most"),
    ],
)
def test_what_no_circuit_has_is_refused(options, sentence):
    with pytest.raises(ConfigError, match=sentence):
        CircuitOptions(**options)


def test_a_sample_that_cannot_be_shared_out_is_refused_with_what_can():
    with pytest.raises(ConfigError, match="12 bits cannot come in 5 equal beats; use 2, 3, 4, 6"):
        interface_of(CircuitOptions(beats=5), 12, 3)


def test_ports_of_a_circuit_with_valid_bits():
    options = CircuitOptions(clock_enable=True, beats=3, batch=2)
    interface = interface_of(options, 12, 5)
    ports = interface.ports("in_codes", "out_class", clocked=True)
    assert [(port.name, port.direction, port.width) for port in ports] == [
        ("clk", "input", 1),
        ("rst", "input", 1),
        ("ce", "input", 1),
        ("in_valid", "input", 1),
        ("in_codes", "input", 4),
        ("out_valid", "output", 1),
        ("out_class", "output", 10),
    ]


def test_ports_of_a_stream_have_whole_bytes():
    options = CircuitOptions(axi_stream=True, beats=2, batch=3, tlast=True, tuser=5)
    interface = interface_of(options, 22, 9)
    ports = interface.ports("in_codes", "out_codes", clocked=True)
    widths = {port.name: port.width for port in ports if "_t" in port.name}
    assert widths == {
        "s_axis_tvalid": 1,
        "s_axis_tready": 1,
        "s_axis_tdata": 16,
        "s_axis_tlast": 1,
        "s_axis_tuser": 5,
        "m_axis_tvalid": 1,
        "m_axis_tready": 1,
        "m_axis_tdata": 48,
        "m_axis_tkeep": 6,
        "m_axis_tlast": 1,
        "m_axis_tuser": 15,
    }
    assert "Byte 0 of tdata is its lowest eight bits." in interface.remarks()[0]
    assert [whole_bytes(bits) for bits in (1, 8, 9)] == [8, 8, 16]


@pytest.mark.parametrize("name", HAND_WRITTEN)
def test_shared_modules_get_a_prefix_and_another_reset(name):
    text = shared_text(name, CircuitOptions())
    changed = shared_text(name, CircuitOptions(prefix="my_", reset="asynchronous"))
    assert f"module my_{name} " in changed
    resets = text.count("if (rst)") + text.count("if (!aresetn)")
    waiting = changed.count("or posedge rst)") + changed.count("or negedge aresetn)")
    assert resets == waiting
    assert "is synchronous" not in changed


def test_instances_of_shared_modules_get_the_prefix_and_nothing_else_does():
    text = "  // pipeline_register #(\n  pipeline_register #(\n  ) pipeline_register ("
    expected = "  // pipeline_register #(\n  a_pipeline_register #(\n  ) pipeline_register ("
    assert with_prefix(text, CircuitOptions(prefix="a_")) == expected
