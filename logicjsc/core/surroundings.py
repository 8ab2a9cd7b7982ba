"""Where this program runs: homes, caches and environments as they are found on other machines.

Containers run programs under a number that has no user entry and no home, clusters have homes that
jobs cannot write, and notebooks leave settings of their own in the environment.
"""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from logicjsc.core.notices import say_once
from logicjsc.core.temporary import clean, private_folder, temporary_base
from logicjsc.core.trust import make_private, why_unsafe

CACHE: Final = "LOGICJSC_CACHE"
"""Environment variable that says where caches are kept."""

_ADVICE: Final = f"set {CACHE} to a folder of your own"
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO

_NOT_FOR_TOOLS: Final = (
    "LANGUAGE",
    "MPLBACKEND",
    "PYTHONINSPECT",
    "PYTHONIOENCODING",
    "PYTHONSTARTUP",
    "PYTHONWARNINGS",
)
"""Variables that change what programs print, or how they end."""


def settle() -> None:
    """Prepare the environment of a program of ours for the libraries that it loads."""
    # Jupyter sets one that is found in its own process only; nothing of ours opens a window.
    os.environ["MPLBACKEND"] = "Agg"
    # Libraries ask for both as soon as they are imported.
    if "USER" not in os.environ and "LOGNAME" not in os.environ and _entry() is None:
        os.environ["USER"] = os.environ["LOGNAME"] = f"user{os.geteuid()}"
    if _home() is None:
        with suppress(OSError):
            os.environ["HOME"] = str(_of_this_user())
    with suppress(OSError):
        clean(temporary_base())


def usable_cache() -> Path:
    """Where caches are kept, made for this user alone if it is missing.

    The folder that ``LOGICJSC_CACHE`` names is taken even if it cannot be written: that is for its
    user to hear of. Where others could change what lies in the cache, and where there is no home
    that can be written, caches are kept in a temporary folder, and that is said.
    """
    named = os.environ.get(CACHE)
    place = Path(named) if named else _default_cache()
    if place is None:
        place = _of_this_user()
    if not named and place.is_relative_to(temporary_base()):
        say_once(f"there is no home folder that can be written; caches go to {place}; {_ADVICE}")
    reason = why_unsafe(place)
    if reason is not None:
        other = private_folder() if named else _of_this_user()
        say_once(f"the cache {place} is not used, but {other}, because {reason}; {_ADVICE}")
        return other
    with suppress(OSError):
        make_private(place)
        clean(place)
    return place


def kept_folder(kind: str, cache: Path | None = None) -> Path:
    """A folder of the cache for files that are executed or loaded, for this user alone.

    Where others could change what lies there, it is one in a fresh temporary folder.

    Args:
        kind: its name.
        cache: the cache; by default `usable_cache`.

    Raises:
        OSError: it cannot be made.
    """
    folder = (cache or usable_cache()).absolute() / kind
    reason = why_unsafe(folder)
    if reason is not None:
        say_once(f"{folder} is not used, because {reason}; {_ADVICE}")
        folder = private_folder() / kind
    make_private(folder)
    return folder


def environment_of_tools(more: Mapping[str, str]) -> dict[str, str]:
    """The environment of an external program.

    Its messages are in English, its temporary files go where names are plain, and it has a home.

    Args:
        more: variables that win.
    """
    kept = {name: value for name, value in os.environ.items() if name not in _NOT_FOR_TOOLS}
    own = {"LC_ALL": "C"}
    with suppress(OSError):
        own["TMPDIR"] = str(temporary_base())
        if _home() is None:
            own["HOME"] = str(_of_this_user())
    return {**kept, **own, **more}


def _default_cache() -> Path | None:
    """The platform's place, if it can be written."""
    import platformdirs

    try:
        place = Path(platformdirs.user_cache_dir("logicjsc"))
        if not place.is_absolute():
            return None
        if why_unsafe(place) is None:
            make_private(place)
            return place if os.access(place, os.W_OK | os.X_OK) else None
    except (OSError, RuntimeError):
        return None
    return place


def _home() -> Path | None:
    """The home folder, if there is one that can be written."""
    entry = _entry()
    named = os.environ.get("HOME") or ("" if entry is None else entry.pw_dir)
    home = Path(named)
    if not home.is_absolute() or not home.is_dir():
        return None
    return home if os.access(home, os.W_OK | os.X_OK) else None


def _entry() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(os.geteuid())
    except KeyError:
        return None


def _of_this_user() -> Path:
    """A temporary folder that this user's programs share.

    Raises:
        OSError: nothing can be written anywhere.
    """
    path = temporary_base() / f"logicjsc-{os.geteuid()}"
    with suppress(OSError):
        make_private(path)
    found = None
    with suppress(OSError):
        found = path.lstat()
    mine = found is not None and stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
    if mine and found is not None and not found.st_mode & _OTHERS and why_unsafe(path) is None:
        return path
    return private_folder()
