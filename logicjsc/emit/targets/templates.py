"""Texts with places to fill in, for languages in which braces and dollars mean something."""

from __future__ import annotations

import re
from typing import Final

_PLACE: Final = re.compile(r"@(\w+)@")


def fill(template: str, **values: object) -> str:
    """A template with ``@name@`` replaced by values.

    Raises:
        KeyError: a name has no value.
        ValueError: a value has no place.
    """
    unused = values.keys() - set(_PLACE.findall(template))
    if unused:
        raise ValueError(f"the template has no place for {', '.join(sorted(unused))}")
    return _PLACE.sub(lambda found: str(values[found[1]]), template)
