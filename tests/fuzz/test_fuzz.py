"""Made-up and damaged inputs are read or refused in a sentence, and nothing else."""

from __future__ import annotations

import pytest
from fuzz.bases import make_bases
from fuzz.kinds import KINDS
from fuzz.tries import CORPUS, Outcome, input_of, keep, kept, made, tried

TRIES = 500
"""Of each kind; ``make fuzz`` makes many more."""

CORPUS_FILES = list(kept())


@pytest.fixture(scope="module")
def bases(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("bases")
        patch.setenv("LOGICJSC_CACHE", str(folder / "cache"))
        yield make_bases(folder)


@pytest.mark.parametrize("name", KINDS)
def test_every_input_is_read_or_refused(name, bases, tmp_path):
    kind, states = KINDS[name], []
    for seed in range(TRIES):
        given = made(kind, seed, bases)
        outcome = tried(kind, given, tmp_path, bases)
        if outcome.is_fault:
            path = keep(kind, given, tmp_path / "corpus")
            pytest.fail(f"{name}, seed {seed} ({path}): {outcome.state}: {outcome.reason}")
        states.append(outcome.state)
    # What nothing refuses, or nothing reads, tests little.
    assert min(states.count("accepted"), states.count("refused")) >= TRIES // 100, states


@pytest.mark.parametrize(
    ("kind", "path"), CORPUS_FILES, ids=[path.name for _, path in CORPUS_FILES]
)
def test_what_once_failed_is_read_or_refused(kind, path, bases, tmp_path):
    outcome = tried(kind, input_of(path), tmp_path, bases)
    assert not outcome.is_fault, outcome.reason


def test_inputs_repeat(bases):
    for kind in KINDS.values():
        assert made(kind, 7, bases) == made(kind, 7, bases)


def test_a_fault_would_be_seen(bases, tmp_path, monkeypatch):
    from fuzz import tries
    from fuzz.kinds import Kind

    def crash(*_):
        raise KeyError("x")

    def hang(*_):
        while True:
            pass

    monkeypatch.setattr(tries, "SECONDS", 0.2)
    make = KINDS["configs"].make
    assert tried(Kind("configs", make, crash), ("a", b""), tmp_path, bases).state == "failed"
    assert tried(Kind("configs", make, hang), ("a", b""), tmp_path, bases).state == "hung"
    assert not Outcome("refused").is_fault
    assert keep(KINDS["configs"], ("a", b"x"), tmp_path).read_bytes() == b"x"
    assert CORPUS.is_dir()
