"""Circuits with one place of their Verilog changed, and what the proof says of them."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import count
from shutil import copytree

import numpy as np

from logicjsc.check.formal.proof import prove_circuit
from logicjsc.core.errors import CircuitError
from logicjsc.emit.verilog import load_circuit

_COPY = count()


def copied(circuit):
    """A copy of the circuit beside it."""
    folder = circuit.directory.parent / f"copy{next(_COPY)}"
    return replace(circuit, directory=copytree(circuit.directory, folder))


def edited(circuit, file, pattern, replacement):
    """A copy of the circuit with one place of a file changed."""
    copy = copied(circuit)
    path = copy.directory / file
    text, places = re.subn(pattern, replacement, path.read_text(), count=1)
    assert places == 1
    assert text != path.read_text()
    path.write_text(text)
    return load_circuit(copy.directory)


def places_changed(circuit, file, pattern, change, most):
    """What is said of the circuit after each of some changes: at the ends of a file and between.

    Args:
        circuit: the circuit.
        file: where to change.
        pattern: of the places.
        change: text in the place of a match.
        most: how many places are tried, each alone.
    """
    copy = copied(circuit)
    path = copy.directory / file
    text = path.read_text()
    places = [place for place in re.finditer(pattern, text) if change(place) != place[0]]
    chosen = np.unique(np.linspace(0, len(places) - 1, min(most, len(places))).astype(int))
    for place in (places[number] for number in chosen):
        path.write_text(text[: place.start()] + change(place) + text[place.end() :])
        yield outcome(copy)


def outcome(circuit):
    """What is wrong with a circuit, in words; empty if it is proven."""
    try:
        return "; ".join(prove_circuit(circuit).problems)
    except CircuitError as error:
        return str(error)
