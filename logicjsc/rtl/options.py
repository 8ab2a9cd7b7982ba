"""Where a circuit has registers."""

from __future__ import annotations

from dataclasses import dataclass

from logicjsc.errors import ConfigError


@dataclass(frozen=True)
class CircuitOptions:
    """How a netlist becomes a circuit.

    Attributes:
        pipeline: registers after every ``pipeline``-th stage; 0 for none, 1 for every stage. The
            last stage is left to ``register_outputs``.
        register_inputs: registers right behind the input ports.
        register_outputs: registers right before the output ports.

    Raises:
        ConfigError: ``pipeline`` is negative.
    """

    pipeline: int = 1
    register_inputs: bool = False
    register_outputs: bool = True

    def __post_init__(self) -> None:
        if self.pipeline < 0:
            raise ConfigError(
                f"pipeline is {self.pipeline}; use 0 for no registers between stages, or the "
                "number of stages between two registers"
            )

    def ranks_after(self, depth: int) -> tuple[int, ...]:
        """Stages that are followed by a register rank, in a network of ``depth`` stages."""
        inner = range(self.pipeline, depth, self.pipeline) if self.pipeline else ()
        first = (0,) if self.register_inputs else ()
        last = (depth,) if self.register_outputs else ()
        return (*first, *inner, *last)
