"""Names that are legal in VHDL, and differ from each other without regard to case."""

from __future__ import annotations

from typing import Final

from logicjsc.emit.hdl.names import VHDL, Names

USED: Final = frozenset(
    """
    bit boolean choose false falling_edge fixed_pkg ieee integer is_x look_up math_real
    natural numeric_std positive real resize rising_edge rtl  sfixed signed
    std_logic std_logic_1164 std_logic_vector std_ulogic string time to_integer to_real to_sfixed
    to_signed to_slv to_ufixed to_unsigned true ufixed unsigned work x
    """.split()
)
"""What our VHDL calls by name, which therefore nothing else may be called."""


class VhdlNames:
    """Gives each Verilog name of a scope one VHDL name.

    Names of ports come first and keep their own, as far as VHDL has them: they are what a user
    connects.
    """

    def __init__(self, *taken: str) -> None:
        self._names = Names(*USED, *taken)
        self._known: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        """The VHDL name."""
        if name not in self._known:
            self._known[name] = self.another(name)
        return self._known[name]

    def another(self, name: str) -> str:
        """A VHDL name for one of several things that are called the same."""
        (given,) = self._names.claim(name)
        return given


def port_name(name: str) -> str:
    """The VHDL name of a port of a hand-written module: a keyword has ``_v`` behind it."""
    return f"{name}_v" if name.lower() in VHDL else name
