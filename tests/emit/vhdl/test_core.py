"""VHDL of whole circuits: names, order of files, and what has no VHDL."""

import re
from dataclasses import replace

import pytest
from reference.tiny_ends import tiny_netlist

from logicjsc.core.errors import CircuitError, ConfigError
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.targets.record import beside
from logicjsc.emit.verilog import write_circuit
from logicjsc.emit.vhdl.names import VhdlNames

WANTED = {"vhdl": {}}


def written(folder, options=None, netlist=None, wanted=WANTED):
    return write_circuit(netlist or tiny_netlist(), folder, options, beside=beside(wanted))


def test_names_are_no_words_of_vhdl_and_differ_without_regard_to_case():
    names = VhdlNames("top")
    found = [names[name] for name in ("Mass", "mass", "signal", "Out", "to_signed", "TOP", "a__b_")]
    assert found == ["Mass", "mass_2", "signal_v", "Out_v", "to_signed_2", "TOP_2", "a_b"]
    assert names["mass"] == "mass_2"


def test_files_are_compiled_behind_those_that_they_use(tmp_path):
    written(tmp_path / "c", CircuitOptions(encoder=True, argmax=True))
    folder = tmp_path / "c" / "vhdl"
    order = (folder / "files.txt").read_text().split()
    assert sorted(order) == sorted(path.name for path in folder.glob("*.vhd"))
    done = set()
    for name in order:
        text = (folder / name).read_text()
        used = set(re.findall(r"entity work\.(\w+)|use work\.(\w+)\.all", text))
        assert {one or other for one, other in used} <= done, name
        done.add(name.removesuffix(".vhd"))
    assert order[-1] == "tiny_tb.vhd"


def test_records_say_format_range_and_step_of_every_feature(tmp_path):
    written(tmp_path / "c", CircuitOptions(encoder=True, argmax=True))
    text = (tmp_path / "c" / "vhdl" / "tiny_types.vhd").read_text()
    assert "p : sfixed(2 downto -1);  -- p: ap_fixed<4,3>, Q2.1, -4 to 3.5 by 0.5" in text
    assert "q : ufixed(3 downto 0);  -- q: ap_ufixed<4,4>, UQ4.0, 0 to 15 by 1" in text
    assert "class_v : unsigned(1 downto 0);  -- 0 g, 1 q, 2 t" in text


def test_verilog_alone_can_be_taken_into_vhdl(tmp_path):
    written(tmp_path / "c", wanted={"vhdl": {"core": "verilog"}})
    names = {path.name for path in (tmp_path / "c" / "vhdl").iterdir()}
    assert names == {"tiny_types.vhd", "tiny_ports.vhd", "files.txt"}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (CircuitOptions(input_stages=1), "leave --input-stages and --output-stages away"),
        (CircuitOptions(axi_stream=True, tlast=True), "does not drive the port"),
    ],
)
def test_what_has_no_vhdl_is_refused_and_leaves_nothing(tmp_path, options, sentence):
    with pytest.raises(CircuitError, match=sentence):
        written(tmp_path / "c", options)
    assert list(tmp_path.iterdir()) == []


def test_a_setting_that_is_not_there_is_refused():
    with pytest.raises(ConfigError, match=r"vhdl\.core = 'c' is not one of 'vhdl', 'verilog'"):
        beside({"vhdl": {"core": "c"}})


def test_a_prefix_is_before_every_entity(tmp_path):
    written(tmp_path / "c", replace(CircuitOptions(), prefix="left_"))
    folder = tmp_path / "c" / "vhdl"
    text = (folder / "left_pipeline_register.vhd").read_text()
    assert "entity left_pipeline_register is" in text
    assert "entity work.left_pipeline_register" in (folder / "left_tiny.vhd").read_text()
