"""Formal equivalence of logic networks, by ABC's combinational equivalence check.

SAT sweeping; Kuehlmann and Krohm, DAC 1997, and Mishchenko et al., ICCAD 2006.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from logicjsc.core.errors import ToolFailedError
from logicjsc.core.programs import Tool
from logicjsc.map.abc import logged_script

_VERDICT: Final = re.compile(r"Networks are (equivalent|NOT EQUIVALENT|UNDECIDED)")
_SECONDS: Final = 3600.0


def are_equal(
    abc: Tool, pairs: Sequence[tuple[str, str]], folder: Path, timeout: float = _SECONDS
) -> list[bool]:
    """Whether the two networks of each pair, given as BLIF, have equal outputs on every input.

    Args:
        abc: see `logicjsc.map.abc.find_abc`.
        pairs: texts; inputs and outputs are matched by name.
        folder: an empty folder for files.
        timeout: seconds for all of them.

    Raises:
        ToolFailedError: ABC did not decide about every pair; its log stays in the cache.
        ToolTimeoutError: it did not finish in time.
    """
    commands = []
    for index, texts in enumerate(pairs):
        names = [f"pair{index}{side}.blif" for side in "ab"]
        for name, text in zip(names, texts, strict=True):
            (folder / name).write_text(text, encoding="ascii")
        commands.append(f"cec {' '.join(names)}")
    with logged_script(abc, commands, folder, timeout) as (output, log):
        verdicts = _VERDICT.findall(output)
        if len(verdicts) != len(pairs) or "UNDECIDED" in verdicts:
            raise ToolFailedError(
                f"ABC decided about {len(verdicts)} of {len(pairs)} pairs of networks (see {log})"
            )
    return [verdict == "equivalent" for verdict in verdicts]
