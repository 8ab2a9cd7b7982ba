"""Random changes of emitted circuits: whatever changes what a circuit does is refused or found.

``LOGICJSC_MUTATIONS=1000`` makes as many; each that survives is then simulated as well.
"""

from __future__ import annotations

import os
import shutil

import numpy as np
import pytest
from reference.additive_netlists import additive_netlist
from reference.ends_reference import netlist_with_ends
from reference.mutations import mutate

from logicjsc.check import build_simulator
from logicjsc.check.ends import EndRungs
from logicjsc.check.formal.proof import prove_circuit
from logicjsc.check.parts import WHOLE
from logicjsc.core.errors import CircuitError, ToolFailedError
from logicjsc.emit.verilog import CircuitOptions, load_circuit
from logicjsc.emit.verilog.export import Mapping, export_verilog
from logicjsc.netlist import evaluate

PER_TEST = 20
TOTAL = int(os.environ.get("LOGICJSC_MUTATIONS", "160"))
ENDS = {"argmax": True, "encoder": True}
KINDS = {
    "tables": (CircuitOptions(**ENDS, pipeline=2), None),
    "mapped": (CircuitOptions(**ENDS, primitives="generic", lut_depth=2), Mapping("low", "lut")),
    "carry": (CircuitOptions(primitives="xilinx", adders="carry"), Mapping("low", "carry")),
    "stream": (CircuitOptions(**ENDS, axi_stream=True), None),
}


@pytest.fixture(scope="module")
def circuits(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mutated")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGICJSC_CACHE", str(folder / "cache"))
        for kind, (options, mapping) in KINDS.items():
            netlist = added() if kind == "carry" else netlist_with_ends(3)
            export_verilog(netlist, folder / kind, options, mapping=mapping)
            assert prove_circuit(load_circuit(folder / kind)).problems == ()
        yield folder


@pytest.mark.parametrize("batch", range(TOTAL // PER_TEST))
@pytest.mark.slow
def test_no_change_of_behaviour_survives(circuits, tmp_path, record_property, batch):
    kind = list(KINDS)[batch % len(KINDS)]
    survivors = []
    for number in range(PER_TEST):
        rng = np.random.default_rng([batch, number])
        place = tmp_path / str(number)
        shutil.copytree(circuits / kind, place)
        change = mutate(place, rng)
        if not is_found(place):
            survivors.append((place, change))
    record_property("survivors", len(survivors))
    for place, change in survivors:
        print("equivalent:", kind, change)  # noqa: T201 - shown by pytest -rP
        if TOTAL >= 1000:
            assert behaves(place), change


def added():
    sizes = {"inputs": 3, "hidden": 4, "first_edges": 8, "second_edges": 6, "classes": 3}
    return additive_netlist(np.random.default_rng(0), input_bits=5, **sizes)


def is_found(place):
    try:
        return bool(prove_circuit(load_circuit(place)).problems)
    except (CircuitError, ToolFailedError):
        return True


def behaves(place):
    """Whether a circuit does in simulation what its netlist says."""
    circuit = load_circuit(place)
    try:
        simulator = build_simulator(circuit, place.parent / "simulators")
    except ToolFailedError as error:
        # A lint remark, or a line that stands twice: Verilator refuses it, Yosys does not.
        return "Warning" in str(error) or "Duplicate" in str(error)
    rng = np.random.default_rng(0)
    netlist = circuit.netlist
    if netlist.encoder is None:
        codes = rng.integers(0, 1 << netlist.input_widths, (5000, netlist.inputs))
        return bool((simulator.run(codes) == evaluate(netlist, codes)).all())
    # Rounded to words, which is what goes in; the rungs add random words of their own.
    words = netlist.encoder.words
    features = words.values(rng.normal(0, 4, (500, len(netlist.encoder.feature_names))))
    rungs = EndRungs(circuit, features, {WHOLE: simulator}).climb()
    try:
        return all(rung.ok for rung in rungs)
    except ToolFailedError:
        return False  # the harness saw the protocol violated
