"""Samples are streamed to a circuit on a board and its answers compared with those of C code."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from logicjsc.check.board.serial_line import SerialLine
from logicjsc.check.ends import values_of
from logicjsc.check.packing import pack, unpack
from logicjsc.check.parts import WHOLE, Layout, layout_of, roles_of
from logicjsc.core.errors import CircuitError
from logicjsc.core.progress import OnProgress, silent
from logicjsc.emit.c.fast_network import FastNetwork
from logicjsc.emit.ends.encoder_plan import word_encoder
from logicjsc.emit.hdl.interface import whole_bytes
from logicjsc.emit.targets import board
from logicjsc.emit.targets.record import written_targets
from logicjsc.emit.verilog.circuit import Circuit
from logicjsc.netlist.layers import Array

ON_THE_WAY: Final = 8
"""Samples that have been sent and not answered; the board has a place for fifteen results."""

_SILENCE: Final = 0.25
"""Seconds after which the board has forgotten the beginning of a sample."""


@dataclass(frozen=True)
class Streamed:
    """What came back.

    Attributes:
        samples: how many were sent and answered.
        mismatches: answers that are not those of the C code.
        seconds: from the first byte to the last.
        sent: bytes of all samples.
        received: bytes of all answers.
    """

    samples: int
    mismatches: int
    seconds: float
    sent: int
    received: int


def settings_of(circuit: Circuit) -> board.BoardSettings:
    """Board and speed that a circuit's loop-back design was written for.

    Raises:
        CircuitError: it has none.
    """
    for entry in written_targets(circuit):
        if entry.name == board.FOLDER:
            return board.BoardSettings(**entry.settings)
    raise CircuitError(
        f"{circuit.directory} has no design for a board; write the circuit again with --for board"
    )


def part_layout(circuit: Circuit) -> Layout:
    """Codes or words of a sample, and codes or decisions of a result."""
    roles = roles_of(circuit)
    return layout_of(circuit, WHOLE if WHOLE in roles else roles[0])


def expected_of(circuit: Circuit, network: FastNetwork, entering: Array) -> Array:
    """What the C code, encoder and decoder say of what goes into a circuit.

    Args:
        circuit: the circuit.
        network: its network as machine code.
        entering: codes, or bit patterns of words, ``[samples, features]``.

    Returns:
        Codes or decisions, ``[samples, outputs]``.

    Raises:
        CircuitError: the circuit decides, and its netlist has no decoder.
    """
    netlist, manifest = circuit.netlist, circuit.manifest
    codes = entering
    if manifest.data_in == "in_features":
        encoder, words = word_encoder(netlist, manifest.options)
        codes = encoder.encode(values_of(words, entering))
    made = network.evaluate(codes)
    if manifest.data_out != "out_class":
        return made
    if netlist.decoder is None:
        raise CircuitError(f"netlist {netlist.name!r} has no decoder")
    decided = np.asarray(netlist.decoder.classify(made))
    return decided[:, None] if decided.ndim == 1 else decided


def stream(
    circuit: Circuit,
    network: FastNetwork,
    line: SerialLine,
    entering: Array,
    on_progress: OnProgress = silent,
) -> Streamed:
    """Send samples, a few at a time, and compare every answer.

    Args:
        circuit: the circuit on the board.
        network: its network as machine code.
        line: to the board.
        entering: codes, or bit patterns of words, ``[samples, features]``.
        on_progress: told how many were answered.

    Raises:
        ToolError: the board gives no answer.
    """
    layout = part_layout(circuit)
    right = expected_of(circuit, network, entering)
    sample_bytes = whole_bytes(int(layout.in_widths.sum(dtype=np.int64))) // 8
    result_bytes = whole_bytes(int(layout.out_widths.sum(dtype=np.int64))) // 8
    packed = pack(entering, layout.in_widths).view(np.uint8)[:, :sample_bytes]
    line.silence(_SILENCE)
    started = time.perf_counter()
    answers = []
    for first, rows in _batches(packed):
        line.send(rows.tobytes())
        answers.append(line.receive(len(rows) * result_bytes))
        on_progress(first + len(rows), len(packed), "samples answered")
    seconds = time.perf_counter() - started
    received = np.frombuffer(b"".join(answers), np.uint8).reshape(-1, result_bytes)
    padded = np.zeros((len(received), -(-result_bytes // 8) * 8), np.uint8)
    padded[:, :result_bytes] = received
    made = unpack(padded.view("<u8"), layout.out_widths, layout.dtype)
    # Padding must be 0, too, so the packed forms are compared.
    same = (pack(right, layout.out_widths) == padded.view("<u8")).all(axis=1)
    wrong = int((~same | (made != right).any(axis=1)).sum())
    return Streamed(len(packed), wrong, seconds, packed.size, received.size)


def _batches(rows: Array) -> Iterator[tuple[int, Array]]:
    for first in range(0, len(rows), ON_THE_WAY):
        yield first, rows[first : first + ON_THE_WAY]
