"""A second evaluator of netlists: one vector at a time, Python integers, nothing shared.

Slow and plain on purpose; the product's evaluator and the circuits are held against it.
"""

from __future__ import annotations

from collections.abc import Sequence

from logicjsc.netlist import Netlist, TableLayer


def reference_outputs(netlist: Netlist, vector: Sequence[int]) -> list[int]:
    """Output codes of one vector of input codes."""
    codes = [int(code) for code in vector]
    widths = [int(width) for width in netlist.input_widths]
    signs = [bool(sign) for sign in netlist.input_signed]
    for layer in netlist.layers:
        new_codes = []
        for node in range(layer.nodes):
            sources = [int(source) for source in layer.inputs[node]]
            if isinstance(layer, TableLayer):
                # The address in binary digits, written from left to right.
                digits = "".join(format(codes[source], f"0{widths[source]}b") for source in sources)
                new_codes.append(int(layer.tables[node, int(digits or "0", 2)]))
                continue
            total = int(layer.offsets[node])
            for position, source in enumerate(sources):
                value = codes[source]
                if signs[source] and value >= 2 ** (widths[source] - 1):
                    value -= 2 ** widths[source]
                shift = int(layer.shifts[node, position])
                value = value * 2**shift if shift >= 0 else value // 2**-shift
                total += -value if layer.negated[node, position] else value
            new_codes.append(total % 2 ** int(layer.widths[node]))
        codes += new_codes
        widths += [int(width) for width in layer.widths]
        signs += [bool(sign) for sign in layer.signed]
    return [codes[int(signal)] for signal in netlist.outputs]


def reference_live(netlist: Netlist) -> set[int]:
    """Signals that reach an output, found by walking back from each output."""
    sources: dict[int, list[int]] = {}
    signal = netlist.inputs
    for layer in netlist.layers:
        for node in range(layer.nodes):
            sources[signal] = [int(source) for source in layer.inputs[node]]
            signal += 1
    live: set[int] = set()
    waiting = [int(output) for output in netlist.outputs]
    while waiting:
        current = waiting.pop()
        if current not in live:
            live.add(current)
            waiting += sources.get(current, [])
    return live
