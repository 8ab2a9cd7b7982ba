"""Secrets in addresses are shown nowhere."""

from __future__ import annotations

import pytest

from logicjsc.core.addresses import is_address, without_secrets
from logicjsc.core.run import Header, Run

SECRET = "geheim"  # noqa: S105 - of no account

WITH_SECRETS = [
    "postgresql://u:geheim@h/db",
    "postgresql+psycopg://u:geheim@[::1]:5432/db",
    "postgresql://u:ge@geheim@h/db",
    "postgresql://u:ge/geheim@h:5/db",
    "postgresql://u:#geheim@h/db",
    "postgresql://h/db?user=u&password=geheim",
    "mysql://u:geheim%40@h/db",
    "https://geheim@h/x.csv",
    "https://u:geheim@h/x.csv",
    "https:/u:geheim@h/x.csv",
    "https://h/x.csv?X-Amz-Signature=geheim&a=1",
    "https://h/x?access_token=geheim#top",
    "s3://key:geheim@bucket/x",
]


@pytest.mark.parametrize("text", WITH_SECRETS)
def test_secrets_are_hidden(text):
    for sentence in (text, f"cannot read '{text}': no", f"{text}, or {text}; mend it"):
        shown = without_secrets(sentence)
        assert SECRET not in shown
        assert "***" in shown
        assert without_secrets(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://u@h/db",
        "http://h:8080/a@b",
        "https://h/x?page=2",
        "sqlite:////tmp/a@b/study.db",
        "note: a/b@c",
        "runs/a@b: there is nothing",
        "use section.key=value",
    ],
)
def test_what_holds_no_secret_stays(text):
    assert without_secrets(text) == text


def test_addresses_and_paths():
    assert is_address("https://h/x.csv")
    assert is_address("https:/h/x.csv")  # as a path has it
    assert not is_address("data/x.csv")
    assert not is_address("/data/x.csv")


def test_a_run_that_failed_keeps_no_secret(tmp_path):
    run = Run.create(tmp_path / "run", Header("gradient"), "", overwrite=False)
    run.fail("cannot reach postgresql://u:geheim@h/db")
    assert run.header().failure == "cannot reach postgresql://u:***@h/db"
