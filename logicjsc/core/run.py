"""A run: the directory that holds what one method made of one config and one dataset.

``run.json`` says what made it and how far it is, ``config.toml`` holds all settings,
``result.json`` what came out; see `logicjsc.methods.result` for its schema. Everything else is the
method's own.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, get_args

from logicjsc.core.addresses import without_secrets
from logicjsc.core.errors import OutputError, RunError
from logicjsc.core.files import is_plain_name, refuse_foreign_directory, write_text
from logicjsc.core.temporary import clean
from logicjsc.core.texts import NoTextError, read_json

FORMAT: Final = 1

State: TypeAlias = Literal["running", "finished", "failed"]


@dataclass(frozen=True)
class Header:
    """Contents of ``run.json``.

    Attributes:
        method: name of the method.
        state: how far the run is; one that was killed is still ``"running"``.
        dataset: provenance of the samples (`logicjsc.dataset.provenance.Provenance`).
        seeds: seeds of everything random, by what they are for.
        versions: of the packages that results depend on.
        files: what the method may write, names in the directory.
        failure: why it failed, if it did.
        format_version: format of the file.
    """

    method: str
    state: State = "running"
    dataset: Mapping[str, Any] = field(default_factory=dict)
    seeds: Mapping[str, int] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    failure: str = ""
    format_version: int = FORMAT


@dataclass(frozen=True)
class Run:
    """A run's directory.

    Attributes:
        path: ``runs/<name>``; ``run.json`` in it is what marks a run.
    """

    path: Path

    MARKER = "run.json"

    @property
    def name(self) -> str:
        """Name of the run."""
        return self.path.resolve().name

    @property
    def config_file(self) -> Path:
        """All settings."""
        return self.path / "config.toml"

    @property
    def result_file(self) -> Path:
        """What came out; present when the run is finished."""
        return self.path / "result.json"

    @property
    def netlist_file(self) -> Path:
        """The netlist, or the one of several that is kept."""
        return self.path / "netlist.npz"

    @property
    def verification_file(self) -> Path:
        """The verification ladder's verdict."""
        return self.path / "verify.json"

    @classmethod
    def exists(cls, path: Path) -> bool:
        """Whether there is a run at a path."""
        return (path / cls.MARKER).is_file()

    @classmethod
    def open(cls, path: Path) -> Run:
        """An existing run.

        Raises:
            RunError: ``path`` is not a run.
        """
        if not cls.exists(path):
            raise RunError(f"{path} is not a run: it has no {cls.MARKER}")
        return cls(path)

    @classmethod
    def create(cls, path: Path, header: Header, config: str, *, overwrite: bool) -> Run:
        """Begin a run.

        Args:
            path: its directory.
            header: what makes it.
            config: text of ``config.toml``.
            overwrite: replace a run that is already there.

        Raises:
            OutputError: ``path`` holds something else, or cannot be written.
            RunError: there is a run, and ``overwrite`` is false.
        """
        run = cls(path)
        run.refuse_existing(overwrite=overwrite)
        if cls.exists(path):
            run._clear()
        write_text(run.config_file, config)
        run.write_header(header)
        return run

    def refuse_existing(self, *, overwrite: bool) -> None:
        """Refuse, before any work is done, to write over what is not to be replaced.

        Raises:
            OutputError: the directory holds something else.
            RunError: there is a run, and ``overwrite`` is false.
        """
        refuse_foreign_directory(self.path, self.MARKER)
        if self.exists(self.path) and not overwrite:
            raise RunError(
                f"{self.path} exists already; continue it with --resume {self.path}, replace it "
                f"with --overwrite, or choose another --out"
            )

    def header(self) -> Header:
        """What made the run, and how far it is.

        Raises:
            RunError: ``run.json`` is damaged, or of another version.
        """
        file = self.path / self.MARKER
        saved = self._read(file)
        try:
            version = saved["format_version"]
            if version != FORMAT:
                raise RunError(
                    f"{file} has format {version}; this version of logicjsc reads format {FORMAT}; "
                    f"train it again"
                )
            header = Header(**{**saved, "files": tuple(saved["files"])})
        except (KeyError, TypeError) as error:
            raise RunError(f"{file} is damaged ({error!r}); train it again") from error
        if not isinstance(header.method, str) or header.state not in get_args(State):
            raise RunError(f"{file} is damaged; train it again")
        return header

    def write_header(self, header: Header) -> None:
        """Write ``run.json``."""
        write_text(self.path / self.MARKER, json.dumps(asdict(header), indent=2) + "\n")

    def go_on(self) -> None:
        """Write that a run that failed is running again."""
        header = self.header()
        if header.state == "failed":
            self.write_header(replace(header, state="running", failure=""))

    def finish(self, result: Mapping[str, Any], files: tuple[str, ...] = ()) -> None:
        """Write the result, that the run is finished, and which files it wrote besides."""
        write_text(self.result_file, json.dumps(result, indent=2) + "\n")
        header = self.header()
        files = tuple(dict.fromkeys((*header.files, *files)))
        self.write_header(replace(header, state="finished", files=files, failure=""))

    def fail(self, why: str) -> None:
        """Write that the run failed; one that had come to its end stays finished."""
        header = self.header()
        if header.state != "finished":
            self.write_header(replace(header, state="failed", failure=without_secrets(why)))

    @property
    def is_finished(self) -> bool:
        """Whether the run came to its end."""
        return self.exists(self.path) and self.result_file.is_file()

    def result(self) -> dict[str, Any]:
        """Contents of ``result.json``.

        Raises:
            RunError: the run is not finished, or the file is damaged.
        """
        if not self.result_file.is_file():
            raise RunError(
                f"{self.path} is not finished; go on with logicjsc train --resume {self.path}"
            )
        return self._read(self.result_file)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes out of this run while the block runs.

        Raises:
            RunError: another process works on it.
            OutputError: its parent directory cannot be written.
        """
        from filelock import FileLock, Timeout

        # Beside the directory: a new run does not exist yet, and must stay empty until it does.
        path = self.path.resolve()
        file = path.with_name(f".{path.name}.lock")
        made = [folder for folder in file.parents if not folder.exists()]
        lock = FileLock(file, timeout=0)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire()
            clean(self.path)
        except Timeout as error:
            raise RunError(
                f"another process works on {self.path}; wait until it ends, or choose another --out"
            ) from error
        except OSError as error:
            raise OutputError(f"cannot write {self.path}: {error.strerror}") from error
        try:
            yield
        finally:
            file.unlink(missing_ok=True)
            lock.release()
            # Folders that nothing came to be in go, too.
            with suppress(OSError):
                for folder in made:
                    folder.rmdir()

    def _clear(self) -> None:
        """Remove the files of a former run, and only those."""
        try:
            files = self.header().files
        except RunError:
            files = ()
        known = (self.result_file, self.verification_file, self.netlist_file)
        for file in (*known, *(self.path / name for name in files if is_plain_name(name))):
            if file.is_dir():
                shutil.rmtree(file, ignore_errors=True)
            else:
                file.unlink(missing_ok=True)

    def _read(self, file: Path) -> dict[str, Any]:
        try:
            saved = read_json(file)
        except OSError as error:
            raise RunError(f"cannot read {file}: {error.strerror}") from error
        except NoTextError as error:
            raise RunError(f"{file} cannot be read: {error}") from error
        except ValueError:
            saved = None
        if not isinstance(saved, dict):
            raise RunError(
                f"{file} is damaged; write it again with logicjsc train --resume {self.path}"
            )
        return saved
