"""AIGER without latches, read and simulated one vector at a time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Graph:
    inputs: list[int]
    outputs: list[int]
    ands: list[tuple[int, int, int]]
    names: dict[str, str]


def read(content: bytes) -> Graph:
    """Either format; positions in the file decide, as in the specification."""
    end = content.index(b"\n")
    kind, *numbers = content[:end].decode().split()
    largest, inputs, latches, outputs, ands = map(int, numbers)
    assert latches == 0
    assert largest == inputs + ands
    place = end + 1

    def line() -> list[int]:
        nonlocal place
        stop = content.index(b"\n", place)
        words = content[place:stop].split()
        place = stop + 1
        return [int(word) for word in words]

    def number() -> int:
        nonlocal place
        value = shift = 0
        while True:
            byte = content[place]
            place += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    binary = kind == "aig"
    ins = [2 * (i + 1) for i in range(inputs)] if binary else [line()[0] for _ in range(inputs)]
    outs = [line()[0] for _ in range(outputs)]
    gates = []
    for index in range(ands):
        if binary:
            own = 2 * (inputs + index + 1)
            first = own - number()
            gates.append((own, first, first - number()))
        else:
            own, first, second = line()
            gates.append((own, first, second))
        own, first, second = gates[-1]
        assert own > first >= second >= 0
    names = {}
    for text in content[place:].decode().splitlines():
        if text == "c":
            break
        symbol, name = text.split(" ", 1)
        names[symbol] = name
    return Graph(ins, outs, gates, names)


def simulate(graph: Graph, values: dict[str, int]) -> dict[str, int]:
    """Values of the named outputs for values of the named inputs."""
    known = {0: 0}
    for index, literal in enumerate(graph.inputs):
        known[literal >> 1] = values[graph.names[f"i{index}"]]

    def value(literal: int) -> int:
        return known[literal >> 1] ^ (literal & 1)

    for own, first, second in graph.ands:
        known[own >> 1] = value(first) & value(second)
    return {graph.names[f"o{index}"]: value(root) for index, root in enumerate(graph.outputs)}
