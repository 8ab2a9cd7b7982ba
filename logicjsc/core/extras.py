"""Packages of the optional extras, imported when used."""

from __future__ import annotations

import importlib
from typing import Any

from logicjsc.core.errors import ToolNotFoundError


def require(name: str, extra: str) -> Any:  # noqa: ANN401 - a module without types
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
