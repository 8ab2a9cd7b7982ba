"""Addresses with secrets in them, which are never shown."""

from __future__ import annotations

import re
from typing import Final

_HIDDEN: Final = "***"

# Paths swallow one of the two slashes. What stands before the host ends at the last @ of its word
# where a password holds slashes: a colon that no port follows tells that.
_SCHEME: Final = r"(?P<scheme>\b[A-Za-z][\w+.-]+:/{1,2})"
_END: Final = r"/?#\s'\",;)"
_USER: Final = re.compile(rf"{_SCHEME}(?P<user>[^/\s'\"]*)@")
_ODD_USER: Final = re.compile(rf"{_SCHEME}(?P<user>[^/\s:@'\"]*:(?!\d+(?:[{_END}]|$))[^\s'\"]*)@")
_QUERY: Final = re.compile(
    r"(?P<name>[?&;](?:[\w.-]*(?:pass|pwd|secret|token|key|signature|credential)[\w.-]*|sig)=)"
    r"[^&;\s'\"#]+",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(r"[A-Za-z][\w+.-]+:/{1,2}[^/]")
_ANONYMOUS: Final = ("http", "ftp", "git")
"""Starts of schemes whose user alone may be a secret, such as an access token."""


def is_address(text: str) -> bool:
    """Whether a text is an address rather than a path."""
    return _ADDRESS.match(text) is not None


def without_secrets(text: str) -> str:
    """A text in which passwords and tokens of addresses are hidden."""
    if ":/" not in text:
        return text
    return _QUERY.sub(rf"\g<name>{_HIDDEN}", _USER.sub(_hide, _ODD_USER.sub(_hide, text)))


def _hide(found: re.Match[str]) -> str:
    user, colon, _ = found["user"].partition(":")
    if found["scheme"].startswith(_ANONYMOUS):
        return f"{found['scheme']}{_HIDDEN}@"
    return f"{found['scheme']}{user}:{_HIDDEN}@" if colon else found[0]
