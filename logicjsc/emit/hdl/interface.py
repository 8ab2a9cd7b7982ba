"""How samples enter a circuit and results leave it: ports, beats, batches and order of bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from logicjsc.core.errors import ConfigError
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.hdl.ports import Port, clock_ports

VALID: Final = "valid"
STREAM: Final = "axi4-stream"

BYTE_ORDER: Final = "little"
"""Byte 0 of ``tdata`` is its lowest eight bits, beat 0 of a sample has its lowest bits."""


@dataclass(frozen=True)
class Interface:
    """What a program that drives a circuit must know, beside its ports.

    Attributes:
        protocol: ``valid``: a valid bit on either side, and nothing waits; or ``axi4-stream``.
        byte_order: ``little``: byte 0 of ``tdata`` is its lowest eight bits, and the first of
            several beats has a sample's lowest bits.
        beats: clock cycles in which a sample comes in.
        beat_bits: bits of it in each, at the lowest bits of the input port.
        batch: results that leave together, the first one at the lowest bits of the output port.
        result_bits: bits of a result.
        result_stride: bits from one result to the next.
        clock_enable: whether there is a port ``ce``.
        reset: ``synchronous`` or ``asynchronous``.
        tlast: whether ``tlast`` goes with its sample; it ends a batch early, and ``tkeep`` says
            which results of the batch there are.
        tuser: bits of ``tuser`` that go with their sample; those of a batch lie side by side.
    """

    protocol: str
    byte_order: str
    beats: int
    beat_bits: int
    batch: int
    result_bits: int
    result_stride: int
    clock_enable: bool
    reset: str
    tlast: bool
    tuser: int

    @property
    def in_port_bits(self) -> int:
        """Bits of the port of data that goes in."""
        return whole_bytes(self.beat_bits) if self.protocol == STREAM else self.beat_bits

    @property
    def out_port_bits(self) -> int:
        """Bits of the port of data that comes out."""
        return self.result_stride * self.batch

    def ports(self, data_in: str, data_out: str, *, clocked: bool) -> list[Port]:
        """Ports of the top module.

        Args:
            data_in: port of the data that goes in, where there is no stream.
            data_out: port of the data that comes out, same.
            clocked: whether there are registers, where there is no stream.
        """
        if self.protocol == STREAM:
            return [
                Port("aclk", "input", 1),
                Port("aresetn", "input", 1),
                Port("s_axis_tvalid", "input", 1),
                Port("s_axis_tready", "output", 1),
                Port("s_axis_tdata", "input", self.in_port_bits),
                *([Port("s_axis_tlast", "input", 1)] * self.tlast),
                *([Port("s_axis_tuser", "input", self.tuser)] * bool(self.tuser)),
                Port("m_axis_tvalid", "output", 1),
                Port("m_axis_tready", "input", 1),
                Port("m_axis_tdata", "output", self.out_port_bits),
                *([Port("m_axis_tkeep", "output", self.out_port_bits // 8)] * self.cut_short),
                *([Port("m_axis_tlast", "output", 1)] * self.tlast),
                *([Port("m_axis_tuser", "output", self.tuser * self.batch)] * bool(self.tuser)),
            ]
        return [
            *(clock_ports(clock_enable=self.clock_enable) if clocked else ()),
            Port("in_valid", "input", 1),
            Port(data_in, "input", self.in_port_bits),
            Port("out_valid", "output", 1),
            Port(data_out, "output", self.out_port_bits),
        ]

    @property
    def cut_short(self) -> bool:
        """Whether a batch may have fewer results than places."""
        return self.tlast and self.batch > 1

    def remarks(self) -> list[str]:
        """Lines for the header of the top module."""
        stream, lines = self.protocol == STREAM, []
        if stream:
            lines.append("// Byte 0 of tdata is its lowest eight bits.")
        if self.beats > 1:
            lines.append(
                f"// A sample comes in {self.beats} beats of {self.beat_bits} bits, its lowest "
                "bits first."
            )
            lines.append(
                "// Beats are counted from reset on. The map below is of the whole sample."
            )
        if self.batch > 1:
            lines.append(
                f"// {self.batch} results leave side by side, one every {self.result_stride} bits, "
                "the first one"
            )
            lines.append("// in the lowest bits. The map below is of one result.")
        if self.cut_short:
            lines.append("// tlast ends a batch early; tkeep says which results there are.")
        if self.tlast or self.tuser:
            lines.append(
                "// tlast and tuser go with their sample; of several beats the last counts."
            )
        return lines


def interface_of(options: CircuitOptions, in_bits: int, out_bits: int) -> Interface:
    """The interface of a circuit.

    Args:
        options: its options.
        in_bits: bits of a sample.
        out_bits: bits of a result.

    Raises:
        ConfigError: a sample cannot be shared out evenly among its beats.
    """
    if in_bits % options.beats:
        possible = [str(n) for n in range(2, in_bits + 1) if not in_bits % n]
        raise ConfigError(
            f"a sample of {in_bits} bits cannot come in {options.beats} equal beats; use "
            f"{', '.join(possible) or 'one beat'}"
        )
    stream = options.axi_stream
    return Interface(
        STREAM if stream else VALID,
        BYTE_ORDER,
        options.beats,
        in_bits // options.beats,
        options.batch,
        out_bits,
        whole_bytes(out_bits) if stream else out_bits,
        options.clock_enable,
        options.reset,
        options.tlast,
        options.tuser,
    )


def whole_bytes(bits: int) -> int:
    """The next multiple of eight."""
    return -(-bits // 8) * 8
