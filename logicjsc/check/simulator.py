"""Verilog in simulation: a circuit compiled with Verilator into a program that streams vectors.

Only text is simulated: digest and latency are read from the Verilog, never from Python's objects,
so a circuit that was edited or mixed up is seen for what it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from logicjsc.check.compilation import compile_simulator
from logicjsc.check.packing import pack, unpack, words_of
from logicjsc.check.parts import WHOLE, Layout, layout_of, sources_of
from logicjsc.core.errors import CircuitError, ToolFailedError
from logicjsc.core.files import cache_directory
from logicjsc.core.programs import Tool, find_cxx, find_verilator
from logicjsc.core.temporary import temporary_folder
from logicjsc.emit.verilog.circuit import Circuit
from logicjsc.netlist import digest_of
from logicjsc.netlist.layers import Array

BUILD_SECONDS: Final = 1800.0
"""Time limit of each step of a build; large circuits take a minute."""

RUN_SECONDS: Final = 1800.0
"""Time limit of one run."""

_VECTOR_MAGIC: Final = b"LJSCVEC1"
_RESULT_MAGIC: Final = b"LJSCRES1"
_GAP_SEED: Final = 1


@dataclass(frozen=True)
class Simulator:
    """A circuit that was compiled for simulation.

    Attributes:
        circuit: the circuit.
        program: the compiled simulator.
        verilator: version of the Verilator that compiled it.
        timeout: seconds one run may take.
        role: the block that was compiled, or the whole circuit.
    """

    circuit: Circuit
    program: Path
    verilator: str
    timeout: float = RUN_SECONDS
    role: str = WHOLE

    @cached_property
    def layout(self) -> Layout:
        """What goes in and comes out."""
        return layout_of(self.circuit, self.role)

    def run(self, codes: Array, *, gaps: bool = False) -> npt.NDArray[Any]:
        """Output codes of input codes, one vector per clock cycle.

        The valid bit, or the handshake of both streams, is checked in every cycle.

        Args:
            codes: input codes, non-negative integers ``[vectors, inputs]``; for an encoder the bit
                patterns of the words.
            gaps: put idle cycles with garbage on the inputs between the vectors; with AXI4-Stream
                also stall the outputs.

        Returns:
            Output codes ``[vectors, outputs]``, for an argmax the class ``[vectors, 1]``.

        Raises:
            CircuitError: there are no vectors, or they do not fit the circuit's inputs.
            ToolFailedError: the circuit broke the protocol, or belongs to another netlist.
            ToolTimeoutError: the run did not finish in time.
        """
        self._check(codes)
        digest = digest_of(self.circuit.netlist).encode()
        widths = self.layout.out_widths
        with temporary_folder("vectors") as name:
            vectors, results = Path(name, "vectors.bin"), Path(name, "results.bin")
            words = pack(codes, self.layout.in_widths)
            header = _VECTOR_MAGIC + digest + np.array(words.shape, "<u8").tobytes()
            with vectors.open("wb") as stream:
                stream.write(header)
                words.tofile(stream)
            arguments: list[str | Path] = [vectors, results]
            if gaps:
                arguments.append(str(_GAP_SEED))
            Tool("simulator", self.program, self.verilator).run(arguments, timeout=self.timeout)
            expected = np.array((codes.shape[0], words_of(widths)), "<u8")
            with results.open("rb") as stream:
                if stream.read(len(header)) != _RESULT_MAGIC + digest + expected.tobytes():
                    raise ToolFailedError("simulator wrote a result that does not fit the vectors")
                packed = np.fromfile(stream, "<u8")
        return unpack(packed.reshape(expected.tolist()), widths, self.layout.dtype)

    def _check(self, codes: Array) -> None:
        names, widths = self.layout.in_names, self.layout.in_widths
        if codes.ndim != 2 or codes.shape[1] != len(names):  # noqa: PLR2004
            raise CircuitError(
                f"circuit {self.circuit.top} expects {len(names)} input codes, got an array of "
                f"shape {codes.shape}"
            )
        if not codes.shape[0]:
            raise CircuitError("there are no vectors; an empty simulation shows nothing")
        if codes.dtype.kind not in "iu":
            raise CircuitError(f"input codes must be integers, got {codes.dtype}")
        limits = np.int64(1) << widths.astype(np.int64)
        bad = np.flatnonzero((codes.min(axis=0) < 0) | (codes.max(axis=0) >= limits))
        if bad.size:
            raise CircuitError(
                f"a code of input {names[bad[0]]!r} does not fit its {widths[bad[0]]} bits"
            )


def build_simulator(
    circuit: Circuit,
    cache: Path | None = None,
    timeout: float = BUILD_SECONDS,
    *,
    role: str = WHOLE,
) -> Simulator:
    """Compile a circuit, or one of its blocks, for simulation, or find it compiled already.

    Args:
        circuit: the circuit; its Verilog files are read from its directory.
        cache: directory of compiled simulators; by default `cache_directory`.
        timeout: seconds each step of the build may take.
        role: the block to compile alone, or `WHOLE`.

    Raises:
        CircuitError: the Verilog cannot be read or lacks its header.
        ToolError: a tool is missing, warns or fails, or takes too long.
    """
    verilator, cxx = find_verilator(), find_cxx()
    sources = sources_of(circuit, role)
    program = compile_simulator(sources, verilator, cxx, cache or cache_directory(), timeout)
    return Simulator(circuit, program, verilator.version, role=role)
