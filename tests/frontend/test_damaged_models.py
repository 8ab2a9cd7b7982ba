"""Whatever happens to a file on its way, an importer answers with a netlist or in a sentence."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.case_verilog import CaseNetwork
from reference.damaged_files import damaged
from reference.gate_networks import random_aiger, random_blif

import logicjsc as lj
from logicjsc.core.errors import ImportedModelError

KAN = {
    f"{layer}_{j}_{k}": {"acive": 1, "values_int": [-2, 1, 0, 3]}
    for layer in range(2)
    for j in range(2)
    for k in range(2)
}
VERILOG = "\n".join(CaseNetwork(1, layers=((3, 2, 2), (2, 2, 1))).files(registers=True).values())
GOOD = {
    "a.blif": (random_blif(1, nodes=12)[0].encode(), {}),
    "a.aag": (random_aiger(1, binary=False, ands=12)[0], {}),
    "a.aig": (random_aiger(1, binary=True, ands=12)[0], {}),
    "a.v": (VERILOG.encode(), {"input_bits": 2}),
    "truth_tables.json": (json.dumps(KAN).encode(), {"output_bits": 4}),
}


@pytest.mark.parametrize("name", GOOD)
def test_damaged_files_become_a_netlist_or_one_sentence(name, tmp_path_factory):
    content, options = GOOD[name]

    @settings(max_examples=60)
    @given(st.one_of(damaged(content), st.just(content)))
    def check(changed):
        file = tmp_path_factory.mktemp("damaged") / name
        file.write_bytes(changed)
        try:
            netlist = lj.import_model(file, **options).tables
        except ImportedModelError as error:
            told = str(error)
        else:
            told = netlist.name
        assert told
        assert "\n" not in told
        assert changed != content or told == file.stem

    check()
