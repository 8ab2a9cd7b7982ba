"""What a user says about Verilog of the LogicNets family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from logicjsc.core.settings import Section, setting


@dataclass(frozen=True)
class LogicnetsSettings(Section):
    """What the Verilog itself does not say."""

    top: str = setting("", "top module (default: logicnet, or the only one that none holds)")
    input_bits: int = setting(1, "bits of each input, the lowest first", at_least=1, at_most=16)
    output_bits: int = setting(
        0, "bits of each output, the lowest first (0: those of the last neurons)", at_least=0
    )
    missing_rows: Literal["refuse", "zero"] = setting(
        "refuse", "what a case without default does in rows that it does not list"
    )
    argmax: bool = setting(
        False, "whether the outputs are scores of classes, the largest unsigned code wins"
    )
