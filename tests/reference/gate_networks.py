"""Random combinational networks as BLIF and AIGER, with what they compute on many rows at once."""

from __future__ import annotations

import numpy as np


def random_blif(seed, *, inputs=9, nodes=40, widest=5, outputs=6, wide=0, zeros=True):
    """A BLIF text and a function from bits ``[rows, inputs]`` to bits ``[rows, outputs]``.

    ``wide`` is the number of inputs of one more node, or 0 for none. Nodes are written in a random
    order; there are constants, buffers, inverters and don't-cares among them, and covers that list
    the zeros of a function if ``zeros``.
    """
    rng = np.random.default_rng(seed)
    names = [f"x{index}" for index in range(inputs)]
    made = []
    for index in range(nodes):
        fan_in = int(rng.integers(0, widest + 1))
        if wide and index == nodes // 2:
            fan_in = wide
        sources = [int(source) for source in rng.integers(0, len(names), fan_in)]
        lines = int(rng.integers(1, 5)) if fan_in else int(rng.integers(0, 2))
        dash = 0.7 if fan_in > widest else 0.3
        cubes = rng.choice(
            ["0", "1", "-"], (lines, fan_in), p=[(1 - dash) / 2, (1 - dash) / 2, dash]
        ).tolist()
        made.append((f"n{index}", sources, cubes, int(not zeros or rng.integers(0, 4) > 0)))
        names.append(f"n{index}")
    chosen = [int(place) for place in rng.integers(inputs, len(names), outputs - 1)]
    if wide:
        chosen[0] = inputs + nodes // 2
    chosen.append(0)  # an output that is an input
    text = [".model made # by a test\n.inputs " + " \\\n".join(names[:inputs]) + "\n"]
    text.append(".outputs " + " ".join(f"y{index}" for index in range(outputs)) + "\n")
    blocks = [
        f".names {' '.join([*(names[source] for source in sources), target])}\n"
        + "".join(f"{''.join(cube)} {value}\n" if cube else f"{value}\n" for cube in cubes)
        for target, sources, cubes, value in made
    ]
    blocks += [f".names {names[place]} y{index}\n1 1\n" for index, place in enumerate(chosen)]
    text += [blocks[place] for place in rng.permutation(len(blocks))]
    text.append(".end\n")

    def compute(rows):
        values = [rows[:, index].astype(bool) for index in range(inputs)]
        for _, sources, cubes, value in made:
            covered = np.zeros(len(rows), bool)
            for cube in cubes:
                product = np.ones(len(rows), bool)
                for literal, source in zip(cube, sources, strict=True):
                    if literal != "-":
                        product &= values[source] == (literal == "1")
                covered |= product
            # A cover without lines is 0, whichever value its lines would have had.
            values.append(covered == bool(value) if cubes else covered)
        return np.stack([values[place] for place in chosen], axis=1).astype(np.uint8)

    return "".join(text), compute


def random_aiger(seed, *, binary, inputs=9, ands=80, outputs=6, names=True, chain=False):
    """The bytes of an AIGER file and a function from bits to bits, as for BLIF."""
    rng = np.random.default_rng(seed)
    gates = []
    for index in range(ands):
        below = 2 * (1 + inputs + index)
        drawn = rng.integers(0 if not chain else max(below - 4, 0), below, 2)
        gates.append(sorted((int(drawn[0]), int(drawn[1])), reverse=True))
    roots = [int(root) for root in rng.integers(0, 2 * (1 + inputs + ands), outputs)]
    roots[0] = 2 * (inputs + ands) + 1
    largest = inputs + ands
    head = f"{'aig' if binary else 'aag'} {largest} {inputs} 0 {outputs} {ands}\n"
    if not binary:
        head += "".join(f"{2 * (1 + index)}\n" for index in range(inputs))
    head += "".join(f"{root}\n" for root in roots)
    own = [2 * (1 + inputs + index) for index in range(ands)]
    if binary:
        body = b"".join(
            _septets(place - high) + _septets(high - low)
            for place, (high, low) in zip(own, gates, strict=True)
        )
    else:
        lines = [f"{place} {high} {low}\n" for place, (high, low) in zip(own, gates, strict=True)]
        body = "".join(lines[place] for place in rng.permutation(ands)).encode()
    tail = ""
    if names:
        tail = "".join(f"i{index} in put{index}\n" for index in range(inputs))
        tail += "o0 first\nc\nmade by a test\n"

    def compute(rows):
        values = [np.zeros(len(rows), np.uint8)]
        values += [rows[:, index].astype(np.uint8) for index in range(inputs)]
        for high, low in gates:
            values.append((values[high >> 1] ^ (high & 1)) & (values[low >> 1] ^ (low & 1)))
        return np.stack([values[root >> 1] ^ (root & 1) for root in roots], axis=1)

    return head.encode() + body + tail.encode(), compute


def _septets(number):
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    found.append(number)
    return bytes(found)
