"""Which ends a circuit has, and where it has registers."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import Final

from logicjsc.core.errors import ConfigError
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.map.sums import ADDERS, Adders
from logicjsc.map.timing.delays import DEFAULT_PART

INLINE: Final = "inline"
GENERIC: Final = "generic"
XILINX: Final = "xilinx"
LATTICE: Final = "lattice"

PRIMITIVES: Final = (INLINE, GENERIC, XILINX, LATTICE)
"""Styles in which LUTs are written; see `logicjsc.emit.verilog.primitives`."""

SYNCHRONOUS: Final = "synchronous"
ASYNCHRONOUS: Final = "asynchronous"

RESETS: Final = (SYNCHRONOUS, ASYNCHRONOUS)
"""Whether a reset waits for the clock."""

REGISTERS: Final = "registers"
FULL: Final = "full"

TRIPLICATIONS: Final = ("", REGISTERS, FULL)
"""What there is three times: nothing, every register, or registers, their voters and all logic."""

_PREFIX: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*_?")
_LONGEST_PREFIX: Final = 32
_MOST_USER_BITS: Final = 1024
_MOST_STAGES: Final = 64
_MOST_BEATS: Final = 1024


@dataclass(frozen=True)
class CircuitOptions:
    """How a netlist becomes a circuit.

    Attributes:
        pipeline: registers after every ``pipeline``-th stage, and after every ``pipeline``-th level
            of an argmax; 0 for none, 1 for every one. The last is left to ``register_outputs``.
            Unless it is 0, registers also stand between encoder, network and argmax.
        register_inputs: registers right behind the input ports.
        register_outputs: registers right before the output ports.
        argmax: compare the class scores in the circuit and put out the class.
        encoder: take words of features instead of codes.
        axi_stream: speak AXI4-Stream on both sides.
        words: formats of the words, for a network that was trained without words.
        primitives: how the LUTs of a mapped network are written, one of `PRIMITIVES`.
        adders: how sums are built: ``lut``, ``carry``, or ``best`` of both.
        lut_depth: most LUTs between two registers of a mapped network, wherever its layers end; 0
            leaves registers to ``pipeline``, which then counts for the argmax alone.
        clock_ps: longest path between two registers of a mapped network, in picoseconds by our own
            timing; 0 leaves registers to the other settings. Not together with ``lut_depth``.
        latency_ps: longest time from input to output of a mapped network, in picoseconds: as fast
            adders as that takes; 0 if any will do. With ``clock_ps``, of whole cycles; else without
            registers inside.
        part: whose delays that timing takes, see `logicjsc.map.timing.delays.load_delays`.
        prefix: begins the name of every module, so that several circuits fit into one design.
        clock_enable: a port ``ce``; while it is 0, nothing moves.
        reset: ``synchronous`` or ``asynchronous``.
        input_stages: register ranks between the input ports and all else; the default of a
            parameter of the Verilog.
        output_stages: register ranks between all else and the output ports; same.
        beats: clock cycles in which a sample comes in, an equal share of its bits in each.
        batch: results that are given out side by side.
        tlast: AXI4-Stream has ``tlast``, which goes with its sample.
        tuser: bits of ``tuser`` of AXI4-Stream, which go with their sample; 0 for none.
        tmr: what there is three times, with registers read by majority, one of `TRIPLICATIONS`.

    Raises:
        ConfigError: a number is out of range, a style is unknown, there are words without an
            encoder, or options do not go together.
    """

    pipeline: int = 1
    register_inputs: bool = False
    register_outputs: bool = True
    argmax: bool = False
    encoder: bool = False
    axi_stream: bool = False
    words: FixedPoint | None = None
    primitives: str = INLINE
    lut_depth: int = 0
    adders: Adders = "lut"
    clock_ps: float = 0.0
    latency_ps: float = 0.0
    part: str = DEFAULT_PART
    prefix: str = ""
    clock_enable: bool = False
    reset: str = SYNCHRONOUS
    input_stages: int = 0
    output_stages: int = 0
    beats: int = 1
    batch: int = 1
    tlast: bool = False
    tuser: int = 0
    tmr: str = ""

    def __post_init__(self) -> None:
        if self.pipeline < 0:
            raise ConfigError(
                f"pipeline is {self.pipeline}; use 0 for no registers between stages, or the "
                "number of stages between two registers"
            )
        if self.lut_depth < 0:
            raise ConfigError(f"lut_depth is {self.lut_depth}; use the most LUTs between registers")
        for name in ("clock_ps", "latency_ps"):
            time = getattr(self, name)
            if time < 0 or not math.isfinite(time):
                raise ConfigError(f"{name} is {time}; use a time in picoseconds")
        if self.clock_ps and self.lut_depth:
            raise ConfigError("registers are placed by clock_ps or by lut_depth; use one of them")
        if self.primitives not in PRIMITIVES:
            raise ConfigError(
                f"there are no primitives called {self.primitives!r}; use {', '.join(PRIMITIVES)}"
            )
        if self.adders not in ADDERS:
            raise ConfigError(
                f"there are no adders called {self.adders!r}; use {', '.join(ADDERS)}"
            )
        if self.words is not None and not self.encoder:
            raise ConfigError("word formats are of use to an encoder only; ask for one")
        self._refuse_interface()

    def _refuse_interface(self) -> None:
        """Refuse interfaces that no circuit has.

        Raises:
            ConfigError: a number is out of range, or options do not go together.
        """
        if self.prefix and (
            not _PREFIX.fullmatch(self.prefix) or len(self.prefix) > _LONGEST_PREFIX
        ):
            raise ConfigError(
                f"prefix is {self.prefix!r}; use a letter, then letters, digits and single "
                f"underscores, {_LONGEST_PREFIX} characters at most"
            )
        if self.reset not in RESETS:
            raise ConfigError(f"there is no reset {self.reset!r}; use {' or '.join(RESETS)}")
        if self.tmr not in TRIPLICATIONS:
            raise ConfigError(
                f"there is no tmr {self.tmr!r}; use {REGISTERS} or {FULL}, or leave it away"
            )
        limits = {
            "input_stages": (0, _MOST_STAGES),
            "output_stages": (0, _MOST_STAGES),
            "beats": (1, _MOST_BEATS),
            "batch": (1, _MOST_BEATS),
            "tuser": (0, _MOST_USER_BITS),
        }
        for name, (least, most) in limits.items():
            value = getattr(self, name)
            if not least <= value <= most:
                raise ConfigError(f"{name} is {value}; use {least} to {most}")
        if self.clock_enable and self.axi_stream:
            raise ConfigError(
                "an AXI4-Stream waits by tready, so it has no clock enable; leave away one of "
                "clock_enable and axi_stream"
            )
        if (self.tlast or self.tuser) and not self.axi_stream:
            raise ConfigError("tlast and tuser belong to AXI4-Stream; add axi_stream")

    def refuse_tables(self) -> None:
        """Refuse what only a circuit that is mapped to LUTs can have.

        Raises:
            ConfigError: LUTs are to be counted or written in some style.
        """
        if self.lut_depth:
            raise ConfigError(
                f"a pipeline by depth={self.lut_depth} counts LUTs, and this circuit is written as "
                "tables; add --mapped, or use --pipeline K for every K-th layer"
            )
        if self.clock_ps:
            raise ConfigError(
                f"a pipeline by clock={self.clock_ps / 1000:g}ns times LUTs, and this circuit is "
                "written as tables; add --mapped, or use --pipeline K for every K-th layer"
            )
        if self.latency_ps:
            raise ConfigError(
                f"a latency of {self.latency_ps / 1000:g} ns is one of LUTs, and this circuit is "
                "written as tables; add --mapped"
            )
        if self.primitives != INLINE:
            raise ConfigError(
                f"{self.primitives} primitives are LUTs, and this circuit is written as tables; "
                "add --mapped"
            )

    @property
    def network(self) -> CircuitOptions:
        """Options of the network alone: where another block joins it, its end lies inside."""
        return replace(
            self,
            # The encoder has the registers before and behind itself.
            register_inputs=self.register_inputs and not self.encoder,
            register_outputs=self.pipeline > 0 if self.argmax else self.register_outputs,
            argmax=False,
            encoder=False,
            words=None,
            axi_stream=False,
            tlast=False,
            tuser=0,
            input_stages=0,
            output_stages=0,
            beats=1,
            batch=1,
        )

    @property
    def stages(self) -> int:
        """Register ranks at both ends that are parameters of the Verilog."""
        return self.input_stages + self.output_stages

    @property
    def register_copies(self) -> int:
        """Flip-flops that hold a bit of a register."""
        return 3 if self.tmr else 1

    @property
    def logic_copies(self) -> int:
        """How many times there is everything between registers."""
        return 3 if self.tmr == FULL else 1

    @property
    def regrouped(self) -> bool:
        """Whether samples come in several beats, or several results leave together."""
        return self.beats > 1 or self.batch > 1

    @property
    def cycles_behind(self) -> int:
        """Clock cycles between what the circuit makes and the output ports."""
        return int(self.axi_stream) + (self.batch > 1)

    @property
    def chained(self) -> bool:
        """Whether carry chains are instantiated, with the tables they add inside their LUTs."""
        return self.adders != "lut" and self.primitives == XILINX

    @property
    def cut_freely(self) -> bool:
        """Whether registers of the network stand wherever depth or time asks for them."""
        return self.lut_depth > 0 or self.clock_ps > 0

    @property
    def by_segment(self) -> bool:
        """Whether a mapped network has a module per stretch between registers, not per layer."""
        return self.cut_freely or self.chained

    def ranks_after(self, depth: int) -> tuple[int, ...]:
        """Stages that are followed by a register rank, in a network of ``depth`` stages."""
        inner = range(self.pipeline, depth, self.pipeline) if self.pipeline else ()
        first = (0,) if self.register_inputs else ()
        last = (depth,) if self.register_outputs else ()
        return (*first, *inner, *last)

    def ranks_in_argmax(self, levels: int) -> tuple[int, ...]:
        """Levels of comparators that are followed by a register rank."""
        inner = range(self.pipeline, levels, self.pipeline) if self.pipeline else ()
        return (*inner, *((levels,) if self.register_outputs else ()))
