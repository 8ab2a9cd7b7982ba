"""Gates that Yosys found, evaluated on many vectors at once."""

import numpy as np

SIMPLE = {
    "$_AND_": lambda p: p["A"] & p["B"],
    "$_OR_": lambda p: p["A"] | p["B"],
    "$_XOR_": lambda p: p["A"] ^ p["B"],
    "$_NOT_": lambda p: ~p["A"],
    "$_MUX_": lambda p: np.where(p["S"], p["B"], p["A"]),
}


def evaluate_gates(gates, inputs):
    """Values of every output bit by port, bool ``[vectors]`` each, for those of the input bits."""
    vectors = len(next(iter(inputs.values()))[0])
    known = {bit: np.full(vectors, bool(bit)) for bit in (0, 1)}
    for port, nets in gates.inputs.items():
        known |= dict(zip(nets, inputs[port], strict=True))
    cone, _ = gates.cone([net for nets in gates.outputs.values() for net in nets], known)
    for gate in cone:
        ports = {port: [known[n] for n in nets] for port, nets in gate.ports.items() if port != "Y"}
        if gate.kind == "$shiftx":
            address = sum(column.astype(int) << bit for bit, column in enumerate(ports["B"]))
            made = np.array(ports["A"])[address, np.arange(vectors)]
        else:
            made = SIMPLE[gate.kind]({port: bits[0] for port, bits in ports.items()})
        (output,) = gate.ports["Y"]
        known[output] = made
    return {port: [known[net] for net in nets] for port, nets in gates.outputs.items()}
