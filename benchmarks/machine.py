"""What benchmarks share: CPU time, and what machine it is."""

from __future__ import annotations

import platform
import resource
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

_Result = TypeVar("_Result")


def cpu_seconds() -> float:
    """CPU seconds of this process and its finished children."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def measure(work: Callable[[], _Result]) -> tuple[float, _Result]:
    """CPU seconds and result of a piece of work."""
    started = cpu_seconds()
    result = work()
    return cpu_seconds() - started, result


def processor() -> str:
    """Number and name of the processors."""
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    names = [line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line]
    return f"{len(names)} x {names[0]}" if names else platform.processor()
