"""From Verilog text to a simulator program, by way of Verilator and the C++ compiler.

Verilator's makefile is not used: the generated C++ is compiled as two translation units side by
side (what runs every cycle, optimised; what runs once, not; as one unit if it is little), and
linked with an object of the harness and one of Verilator's runtime. These two are the same for all
circuits and are kept in the cache, and so are finished programs, keyed by everything they are made
from, and for those who compile many, the runtime's header in the compiler's own form. Builds happen
in temporary places and are renamed into the cache, so concurrent builds cannot disturb each other.
What others could have put there is never run; see `logicjsc.core.built`.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from logicjsc.core.built import built_file, refuse_not_executable
from logicjsc.core.files import shipped
from logicjsc.core.programs import Tool

_VERILATOR_FLAGS: Final = (
    "--cc",
    "-Wall",
    "--default-language",
    "1364-2001",
    "-O3",
    "--x-assign",
    "fast",
    "--x-initial",
    "fast",
    "--noassert",
    # Tables of more than 16 address bits are wider than Verilator's default for numbers.
    "--max-num-width",
    str(1 << 25),
    # Compilers take more than linear time on one function that holds a whole layer.
    "--output-split",
    "0",
    "--output-split-cfuncs",
    "200",
    "--prefix",
    "Vsim",
)

_CXX_FLAGS: Final = (
    "-std=gnu++17",
    "-pthread",
    "-w",
    "-DVL_TIME_CONTEXT",
    "-DVERILATOR=1",
    "-DVM_SC=0",
    "-DVM_COVERAGE=0",
    "-DVM_TRACE=0",
)

_HARNESS_HEADERS: Final = ("circuit.h", "harness.h")
_ADAPTER: Final = "circuit.cpp"
_FAST: Final = "-O1"  # -O2 takes a second longer to compile and saves 0.1 s per million vectors
_SLOW: Final = "-O0"
_RUNTIME: Final = ("verilated.cpp", "verilated_threads.cpp")

_LITTLE: Final = 100_000
"""Bytes of C++ that take less time to optimise than the headers of a unit of their own to read."""

_HEADER_PAYS: Final = 6
"""Simulators after which compiling the header, which takes 70 MB, has paid: of a small circuit,
most of a compiler's time goes into reading it."""

_PRECOMPILED: Final = "runtime.h"


@dataclass(frozen=True)
class Sources:
    """What a simulator is made from.

    Attributes:
        top: name of the top module.
        verilog: text by file name.
        macros: preprocessor definitions for what hands the circuit to the harness.
        harness: file under ``hw/sim`` that drives it.
    """

    top: str
    verilog: Mapping[str, bytes]
    macros: Mapping[str, str]
    harness: str = "harness.cpp"


@dataclass(frozen=True)
class _Step:
    """The places and tools of one build."""

    verilator: Tool
    cxx: Tool
    work: Path
    logs: Path
    timeout: float

    def compile(self, source: str, target: Path, *flags: str) -> None:
        include = Path(self.verilator.extra["root"], "include")
        self.cxx.run(
            [
                *_CXX_FLAGS,
                *flags,
                f"-I{include}",
                f"-I{include / 'vltstd'}",
                "-Iobj",
                "-c",
                source,
                "-o",
                target,
            ],
            timeout=self.timeout,
            cwd=self.work,
            log=self.logs / f"{Path(source).stem}.log",
        )


def compile_simulator(
    sources: Sources, verilator: Tool, cxx: Tool, cache: Path, timeout: float
) -> Path:
    """The program for ``sources``, compiled unless the cache holds it.

    Raises:
        ToolError: a tool warns, fails or takes longer than ``timeout`` seconds; its log stays in
            the cache.
        OutputError: the cache cannot be written.
    """
    names = (*_HARNESS_HEADERS, _ADAPTER, sources.harness)
    harness = {name: shipped("hw", "sim", name).read_bytes() for name in names}

    def build(made: Path, logs: Path) -> None:
        step = _Step(verilator, cxx, made.parent, logs, timeout)
        _build(step, sources, harness, made, cache)

    program = built_file("simulators", _key(sources, harness, verilator, cxx), build, cache)
    refuse_not_executable(program)
    return program


def _build(
    step: _Step, sources: Sources, harness: Mapping[str, bytes], made: Path, cache: Path
) -> None:
    for name, text in {**sources.verilog, **harness}.items():
        (step.work / name).write_bytes(text)
    step.verilator.run(
        [*_VERILATOR_FLAGS, "--top-module", sources.top, "--Mdir", "obj", *sources.verilog],
        timeout=step.timeout,
        cwd=step.work,
        log=step.logs / "verilator.log",
    )
    generated = sorted(path.name for path in (step.work / "obj").glob("*.cpp"))
    slow = [name for name in generated if "__Slow" in name or "ConstPool" in name]
    if sum((step.work / "obj" / name).stat().st_size for name in slow) < _LITTLE:
        slow = []
    fast = [name for name in generated if name not in slow]
    macros = [f"-D{name}={value}" for name, value in sources.macros.items()]
    units = {"fast": ([_ADAPTER, *fast], [_FAST, *macros, *_precompiled(step, cache)])}
    if slow:
        units["slow"] = (slow, [_SLOW])
    with ThreadPoolExecutor(len(units)) as pool:
        jobs = []
        for name, (included, flags) in units.items():
            _unit(step.work / f"{name}.cpp", included)
            target = step.work / f"{name}.o"
            jobs.append(pool.submit(step.compile, f"{name}.cpp", target, *flags))
        shared = [_runtime(step, cache), _harness(step, sources.harness, harness, cache)]
        for job in jobs:
            job.result()
    step.cxx.run(
        ["-pthread", *(f"{name}.o" for name in units), *shared, "-o", made.name],
        timeout=step.timeout,
        cwd=step.work,
        log=step.logs / "link.log",
    )


def _runtime(step: _Step, cache: Path) -> Path:
    """Object file of Verilator's runtime library, which every simulator shares."""

    def build(made: Path, _logs: Path) -> None:
        _unit(step.work / "runtime.cpp", list(_RUNTIME))
        step.compile("runtime.cpp", made, _FAST)

    return built_file("runtime", f"{_tools(step)}.o", build, cache)


def _harness(step: _Step, source: str, texts: Mapping[str, bytes], cache: Path) -> Path:
    """Object file of a harness, which all simulators with its protocol share."""

    def build(made: Path, _logs: Path) -> None:
        step.compile(source, made, _FAST)

    made_from = [step.cxx.identity, *_CXX_FLAGS, _FAST, source]
    made_from += [texts[name].decode() for name in (*_HARNESS_HEADERS, source)]
    return built_file("runtime", f"{_digest(made_from)}.o", build, cache)


def _precompiled(step: _Step, cache: Path) -> list[str]:
    """Flags by which GCC reads the runtime's header in its own form, if that pays.

    GCC itself reads the text instead where the other form does not fit.
    """
    kept = cache / "simulators"
    if step.cxx.name != "g++" or sys.platform != "linux":
        return []
    if sum(not file.suffix for file in kept.glob("*")) < _HEADER_PAYS:
        return []
    _unit(step.work / _PRECOMPILED, ["verilated.h"])

    def build(made: Path, _logs: Path) -> None:
        step.compile(_PRECOMPILED, made, _FAST, "-x", "c++-header")

    form = built_file("runtime", f"{_tools(step)}.h.gch", build, cache)
    (step.work / f"{_PRECOMPILED}.gch").symlink_to(form)
    return ["-include", _PRECOMPILED]


def _tools(step: _Step) -> str:
    """A name for what is made from the tools alone."""
    return _digest([step.verilator.identity, step.cxx.identity, *_CXX_FLAGS, _FAST])


def _digest(texts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:32]


def _unit(path: Path, names: list[str]) -> None:
    path.write_text("".join(f'#include "{name}"\n' for name in names), encoding="utf-8")


def _key(sources: Sources, harness: Mapping[str, bytes], verilator: Tool, cxx: Tool) -> str:
    digest = hashlib.sha256()
    settings = [
        verilator.identity,
        cxx.identity,
        *_VERILATOR_FLAGS,
        *_CXX_FLAGS,
        _FAST,
        _SLOW,
        sources.top,
        *(f"{name}={value}" for name, value in sorted(sources.macros.items())),
    ]
    parts = [("settings", "\n".join(settings).encode()), *sorted(harness.items())]
    for name, content in [*parts, *sorted(sources.verilog.items())]:
        digest.update(f"{name}:{len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()
