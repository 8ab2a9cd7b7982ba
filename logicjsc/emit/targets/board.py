"""``--for board``: a loop-back design for a board and an open flow: UART in, class out.

``make`` in its folder makes the bitstream with Yosys, nextpnr and the packing program of the
family, and ``logicjsc board`` streams samples to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from logicjsc.core.errors import CircuitError, ConfigError
from logicjsc.core.files import shipped
from logicjsc.core.settings import Section, setting
from logicjsc.emit.hdl.interface import whole_bytes
from logicjsc.emit.hdl.options import LATTICE, XILINX
from logicjsc.emit.hdl.text import DIGEST_LINE
from logicjsc.emit.targets.board_text import BENCH, ECP5_FLOW, GOWIN_FLOW, MAKEFILE, TOP
from logicjsc.emit.targets.known_boards import BOARDS, ECP5, Board
from logicjsc.emit.targets.target import Job, Target
from logicjsc.emit.targets.templates import fill
from logicjsc.emit.verilog.circuit import Circuit

FOLDER: Final = "board"
HAND_WRITTEN: Final = ("uart_loopback.v", "uart_receiver.v", "uart_transmitter.v")
BENCH_FILE: Final = "serial_tb.v"
SIMULATED_CLOCKS_PER_BIT: Final = 4

_LEAST_CLOCKS_PER_BIT: Final = 8
_MOST_CLOCKS_PER_BIT: Final = 1 << 15
_TOLERANCE: Final = 0.02
"""How far a bit's length may be off; ten bits must not drift by half of one."""

_IDLE_SECONDS: Final = 0.1


@dataclass(frozen=True)
class BoardSettings(Section):
    """Which board, and how fast its UART is."""

    board: str = setting("ulx3s-85f", f"the board: {', '.join(BOARDS)}")
    baud: int = setting(115_200, "bits per second of the UART", at_least=300, at_most=3_000_000)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.board not in BOARDS:
            raise ConfigError(f"there is no board {self.board!r}; use one of {', '.join(BOARDS)}")


class LoopBack(Target):
    """Sources, pins and a Makefile."""

    title = "a loop-back design for an ECP5 or Gowin board (Yosys, nextpnr): UART in, class out"
    settings = BoardSettings

    def files(self, job: Job) -> Mapping[str, str | bytes]:
        """The design, its pins, how it is built, and how it is simulated."""
        circuit, board = job.circuit, BOARDS[job.settings.board]
        _refuse(circuit, board)
        clocks = _clocks_per_bit(board, job.settings.baud)
        top = f"{circuit.top}_board"
        sources = [path.name for path in circuit.verilog_files]
        sources += [f"{FOLDER}/{name}" for name in (*HAND_WRITTEN, f"{top}.v")]
        interface = circuit.manifest.interface
        bench = fill(
            BENCH,
            top=top,
            clocks=SIMULATED_CLOCKS_PER_BIT,
            sample_bytes=whole_bytes(interface.beat_bits) // 8,
            result_bytes=whole_bytes(interface.result_bits) // 8,
            high="".join(f", .{name}()" for name in board.high),
        )
        ending = "lpf" if board.family == ECP5 else "cst"
        return {
            f"{FOLDER}/{top}.v": _top(circuit, board, top, clocks),
            **{
                f"{FOLDER}/{name}": shipped("hw", "board", name).read_bytes()
                for name in HAND_WRITTEN
            },
            f"{FOLDER}/{BENCH_FILE}": bench,
            f"{FOLDER}/{top}.{ending}": "\n".join(_pins(board)) + "\n",
            f"{FOLDER}/synth.ys": "\n".join(_synthesis(board, top, sources)) + "\n",
            f"{FOLDER}/Makefile": _makefile(board, top),
        }


def _refuse(circuit: Circuit, board: Board) -> None:
    """Refuse circuits that the design cannot drive.

    Raises:
        CircuitError: there is one.
    """
    options = circuit.manifest.options
    if options.axi_stream or options.clock_enable or options.regrouped:
        raise CircuitError(
            f"the board's design drives valid bits alone, and circuit {circuit.top} has a stream, "
            "a clock enable, beats or a batch; leave that away"
        )
    if options.primitives == XILINX or (options.primitives == LATTICE and board.family != ECP5):
        raise CircuitError(
            f"circuit {circuit.top} is made of cells that {board.title} does not have; leave "
            f"--primitives {options.primitives} away"
        )


def _clocks_per_bit(board: Board, baud: int) -> int:
    clocks = round(board.clock_hz / baud)
    drift = abs(board.clock_hz / baud / max(clocks, 1) - 1)
    if not _LEAST_CLOCKS_PER_BIT <= clocks <= _MOST_CLOCKS_PER_BIT or drift > _TOLERANCE:
        raise ConfigError(
            f"{board.title} has a clock of {board.clock_hz:,} Hz, of which board.baud = {baud} "
            f"cannot be made; use 1000 to {board.clock_hz // (2 * _LEAST_CLOCKS_PER_BIT)}"
        )
    return clocks


def _top(circuit: Circuit, board: Board, top: str, clocks: int) -> str:
    manifest = circuit.manifest
    interface = manifest.interface
    clocked = any(port.name == "clk" for port in manifest.ports)
    return fill(
        TOP,
        circuit=circuit.top,
        board=board.title,
        digest=f"{DIGEST_LINE}{manifest.netlist_digest}",
        top=top,
        clocks=clocks,
        idle_bits=round(board.clock_hz * _IDLE_SECONDS).bit_length(),
        sample_bits=interface.beat_bits,
        sample_bytes=whole_bytes(interface.beat_bits) // 8,
        result_bits=interface.result_bits,
        result_bytes=whole_bytes(interface.result_bits) // 8,
        sample_high=interface.beat_bits - 1,
        result_high=interface.result_bits - 1,
        data_in=manifest.data_in,
        data_out=manifest.data_out,
        clock_pins=".clk(clk),\n      .rst(rst),\n      " if clocked else "",
        high_ports="".join(f",\n    output wire {name}" for name in board.high),
        high_assignments="".join(f"  assign {name} = 1'b1;\n" for name in board.high),
        led="answered" if board.led_on else "~answered",
    )


def _pins(board: Board) -> Iterator[str]:
    pins = {**board.pins, **board.high}
    if board.family == ECP5:
        yield f'FREQUENCY PORT "clk" {board.clock_hz / 1e6:g} MHZ;'
        for port, pin in pins.items():
            yield f'LOCATE COMP "{port}" SITE "{pin}";'
            yield f'IOBUF PORT "{port}" IO_TYPE=LVCMOS33;'
    else:
        for port, pin in pins.items():
            yield f'IO_LOC "{port}" {pin};'
            yield f'IO_PORT "{port}" IO_TYPE=LVCMOS33;'


def _synthesis(board: Board, top: str, sources: list[str]) -> Iterator[str]:
    """Commands of Yosys, which runs in the circuit's folder."""
    yield from (f"read_verilog {source}" for source in sources)
    family = "synth_ecp5" if board.family == ECP5 else "synth_gowin -family gw2a"
    if board.family != ECP5 and "GW1N" in board.pack[1]:
        family = "synth_gowin -family gw1n"
    yield f"{family} -top {top} -json {FOLDER}/{top}.json"


def _makefile(board: Board, top: str) -> str:
    flow = ECP5_FLOW if board.family == ECP5 else GOWIN_FLOW
    steps = fill(
        flow,
        top=top,
        device=" ".join(board.nextpnr),
        mhz=f"{board.clock_hz / 1e6:g}",
        **({} if board.family == ECP5 else {"pack": " ".join(board.pack)}),
    )
    return fill(MAKEFILE, title=board.title, top=top, steps=steps)


TARGET: Final = LoopBack()
