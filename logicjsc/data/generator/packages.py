"""The packages of extras, imported when used, and numba's compiler, typed."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from logicjsc.errors import ToolNotFoundError

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def require(name: str, extra: str = "physics") -> Any:  # noqa: ANN401 - a module without types
    """Import a package of an extra.

    Raises:
        ToolNotFoundError: it is not installed; the sentence says how to install it.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name.partition(".")[0]:
            raise
        raise ToolNotFoundError(
            f"the Python package {name} is not installed; pip install logicjsc[{extra}]"
        ) from error


def compiled(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """Compile a function of numbers and arrays to machine code, kept on disk for later processes.

    Sums stay in the order in which they are written (no fast-math), so that equal input gives equal
    bits on every machine.
    """
    njit = require("numba").njit
    return cast("Callable[_Arguments, _Result]", njit(cache=True)(function))
