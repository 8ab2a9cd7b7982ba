"""Where trials are kept: an embedded database or any server, waited for when it goes away."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from logicjsc.core.addresses import without_secrets
from logicjsc.core.errors import ConfigError, ToolFailedError, ToolNotFoundError, ToolTimeoutError
from logicjsc.core.extras import require

if TYPE_CHECKING:
    from optuna.storages import RDBStorage

_Result = TypeVar("_Result")

DATABASE: Final = "study.db"
"""The embedded database in a study's folder."""

_PAUSE: Final = 1.0
"""Seconds between two attempts to reach a storage."""

_ATTEMPTS: Final = 5
"""Several machines may create the tables of a new database at the same moment."""


def embedded_url(folder: Path) -> str:
    """URL of the database in a study's folder.

    Raises:
        ConfigError: its name cannot stand in a URL.
    """
    require("optuna", "study")
    from sqlalchemy.engine import URL

    path = str(folder.resolve() / DATABASE)
    try:
        # With characters that mean something in a URL written otherwise.
        return URL.create("sqlite", database=path).render_as_string()
    except UnicodeEncodeError as error:
        raise ConfigError(
            f"{str(folder)!r} is a name that is no UTF-8, which no storage takes; choose another "
            f"--folder"
        ) from error


def is_embedded(url: str) -> bool:
    """Whether a storage is a file of this machine."""
    return url.startswith("sqlite")


def database_of(url: str) -> Path:
    """The file of a storage that is one."""
    from sqlalchemy.engine import make_url

    return Path(make_url(url).database or "")


def shown(url: str) -> str:
    """A storage's URL without its passwords.

    Raises:
        ConfigError: it is no URL.
    """
    require("optuna", "study")
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    if not is_embedded(url):
        _refuse_ambiguous(url)
    try:
        return without_secrets(make_url(url).render_as_string(hide_password=True))
    except (ArgumentError, ValueError) as error:
        # The text is not repeated: it may hold a password.
        raise ConfigError(
            "--storage is no URL; write it as postgresql://user:password@host:port/database"
        ) from error


def _refuse_ambiguous(url: str) -> None:
    """Refuse a password with characters that end it early: its rest would be shown as a host.

    Raises:
        ConfigError: there is such a password.
    """
    user, _, host = url.partition("://")[2].rpartition("@")
    if any(character in user for character in "@/?#") and "?" not in host[:1]:
        raise ConfigError(
            "--storage holds one of the characters @ / ? # before its last @; write those of a "
            "user or password as %40, %2F, %3F and %23"
        )


def open_storage(url: str) -> RDBStorage:
    """Open a storage; its tables are created if it is new.

    Raises:
        ConfigError: the URL names no kind of database that SQLAlchemy knows.
        ToolNotFoundError: the Python package that talks to it is not installed.
        ToolFailedError: it cannot be reached.
    """
    require("optuna", "study")
    from optuna.exceptions import StorageInternalError
    from optuna.logging import WARNING, set_verbosity
    from optuna.storages import RDBStorage
    from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError

    set_verbosity(WARNING)
    name, url = shown(url), _with_driver(url)
    for attempt in range(_ATTEMPTS):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return RDBStorage(url, engine_kwargs=_engine_options(url))
        except NoSuchModuleError as error:
            raise ConfigError(
                f"there is no kind of storage for {name}; use sqlite, postgresql or mysql"
            ) from error
        except ImportError as error:
            raise ToolNotFoundError(
                f"the Python package that talks to {name} is not installed; for PostgreSQL: "
                "pip install 'psycopg[binary]'"
            ) from error
        except (SQLAlchemyError, StorageInternalError) as error:
            if attempt == _ATTEMPTS - 1:
                raise ToolFailedError(
                    f"the storage {name} cannot be used: {_reason(error)}; start it or correct "
                    "the URL"
                ) from error
            time.sleep(_PAUSE / 2)
        except RuntimeError as error:  # of another version of Optuna
            raise ToolFailedError(f"the storage {name} cannot be used: {_reason(error)}") from error
    raise AssertionError  # pragma: no cover - the last attempt returns or raises


class Patience:
    """Repeats what failed because the storage is away, for a limited time.

    Attributes:
        outages: how often it went away.
    """

    def __init__(
        self, name: str, seconds: float, on_wait: Callable[[float], None] = lambda _: None
    ) -> None:
        """Take the storage's name for messages, the limit, and whom to tell of seconds waited."""
        self.name, self.seconds, self.on_wait = name, seconds, on_wait
        self.outages = 0

    def __call__(self, call: Callable[[], _Result]) -> _Result:
        """Call, again and again while the storage is away.

        Raises:
            ToolTimeoutError: it did not come back.
        """
        from optuna.exceptions import StorageInternalError
        from sqlalchemy.exc import InterfaceError, OperationalError

        since: float | None = None
        while True:
            try:
                return call()
            except (StorageInternalError, OperationalError, InterfaceError) as error:
                now = time.monotonic()
                if since is None:
                    since = now
                    self.outages += 1
                if now - since >= self.seconds:
                    raise ToolTimeoutError(
                        f"the storage {self.name} has been away for {self.seconds:g} s "
                        f"({_reason(error)}); once it is back, the same command goes on"
                    ) from error
                self.on_wait(now - since)
                time.sleep(min(_PAUSE, self.seconds))


def _with_driver(url: str) -> str:
    """PostgreSQL through psycopg 3 unless the URL names a driver."""
    scheme, colon, rest = url.partition("://")
    return f"postgresql+psycopg{colon}{rest}" if scheme in {"postgresql", "postgres"} else url


def _engine_options(url: str) -> dict[str, Any]:
    if is_embedded(url):
        return {"connect_args": {"timeout": 60}}
    options: dict[str, Any] = {"pool_pre_ping": True}
    if url.startswith("postgresql+psycopg"):
        # A server that vanished without a word is noticed within half a minute.
        options["connect_args"] = {"connect_timeout": 10, "tcp_user_timeout": 30_000}
    return options


def _reason(error: BaseException) -> str:
    """The first line of what the database itself said."""
    while error.__cause__ is not None:
        error = error.__cause__
    original = getattr(error, "orig", None) or error
    return without_secrets(str(original).strip().partition("\n")[0])
