"""Legal, distinct Verilog identifiers, and text that is safe inside a comment."""

from __future__ import annotations

import re
from typing import Final

_VERILOG: Final = """
always and assign automatic begin buf bufif0 bufif1 case casex casez cell cmos config deassign
default defparam design disable edge else end endcase endconfig endfunction endgenerate endmodule
endprimitive endspecify endtable endtask event for force forever fork function generate genvar
highz0 highz1 if ifnone incdir include initial inout input instance integer join large liblist
library localparam macromodule medium module nand negedge nmos nor noshowcancelled not notif0
notif1 or output parameter pmos posedge primitive pull0 pull1 pulldown pullup
pulsestyle_ondetect pulsestyle_onevent rcmos real realtime reg release repeat rnmos rpmos rtran
rtranif0 rtranif1 scalared showcancelled signed small specify specparam strong0 strong1 supply0
supply1 table task time tran tranif0 tranif1 tri tri0 tri1 triand trior trireg unsigned use uwire
vectored wait wand weak0 weak1 while wire wor xnor xor
"""

_SYSTEMVERILOG: Final = """
accept_on alias always_comb always_ff always_latch assert assume before bind bins binsof bit break
byte chandle checker class clocking const constraint context continue cover covergroup coverpoint
cross dist do endchecker endclass endclocking endgroup endinterface endpackage endprogram
endproperty endsequence enum eventually expect export extends extern final first_match foreach
forkjoin global iff ignore_bins illegal_bins implements implies import inside int interconnect
interface intersect join_any join_none let local logic longint matches modport nettype new nexttime
null package packed priority program property protected pure rand randc randcase randsequence ref
reject_on restrict return s_always s_eventually s_nexttime s_until s_until_with sequence shortint
shortreal soft solve static string strong struct super sync_accept_on sync_reject_on tagged this
throughout timeprecision timeunit type typedef union unique unique0 until until_with untyped var
virtual void wait_order weak wildcard with within
"""

_CPLUSPLUS: Final = """
alignas alignof and_eq asm auto bitand bitor bool catch char char16_t char32_t char8_t co_await
co_return co_yield compl concept const_cast consteval constexpr constinit decltype delete double
dynamic_cast explicit false float friend goto inline long main mutable namespace noexcept not_eq
nullptr operator or_eq private public register reinterpret_cast requires short sizeof
static_assert static_cast std switch template thread_local throw true try typeid typename using
volatile wchar_t xor_eq
"""

_VHDL: Final = """
abs access after alias all and architecture array assert assume assume_guarantee attribute begin
block body buffer bus case component configuration constant context cover default disconnect downto
else elsif end entity exit fairness file for force function generate generic group guarded if impure
in inertial inout is label library linkage literal loop map mod nand new next nor not null of on
open or others out package parameter port postponed procedure process property protected private
pure range record register reject release rem report restrict restrict_guarantee return rol ror
select sequence severity shared signal sla sll sra srl strong subtype then to transport type
unaffected units until use variable view vmode vprop vunit wait when while with xnor xor
"""

_PYTHON: Final = """
and as assert async await break class continue def del elif else except exec false finally for from
global if import in is lambda none nonlocal not or pass print raise return true try while with yield
"""

VHDL: Final = frozenset(_VHDL.split())
"""Words of VHDL-2008, and of VHDL-2019."""

RESERVED: Final = VHDL | frozenset((_VERILOG + _SYSTEMVERILOG + _CPLUSPLUS + _PYTHON).split())
"""Words of Verilog, SystemVerilog, VHDL-2008, Python (cocotb), and C++ (Verilator)."""

_LONGEST: Final = 64


def identifier(name: str) -> str:
    """The Verilog identifier closest to ``name``."""
    # A doubled underscore is Verilator's own escape, so runs are squeezed.
    text = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")[:_LONGEST].rstrip("_")
    if not text or not text[0].isalpha():
        text = f"n_{text}".rstrip("_")
    return f"{text}_v" if text.lower() in RESERVED else text


def comment_text(text: str) -> str:
    """``text`` as printable ASCII on one line, so that it cannot end a comment early."""
    return "".join(
        character if " " <= character <= "~" else character.encode("unicode_escape").decode()
        for character in text
    )


class Names:
    """Hands out identifiers that differ from each other, also on file systems without case."""

    def __init__(self, *taken: str) -> None:
        self._taken = {name.lower() for name in taken}

    def claim(self, *wanted: str) -> tuple[str, ...]:
        """Identifiers for names that belong together; all get the same number on a clash."""
        bases = [identifier(name) for name in wanted]
        number = 1
        candidates = bases
        while any(name.lower() in self._taken for name in candidates):
            number += 1
            candidates = [f"{base}_{number}" for base in bases]
        self._taken.update(name.lower() for name in candidates)
        return tuple(candidates)
