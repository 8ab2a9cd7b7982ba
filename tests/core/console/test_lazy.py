"""Commands are imported when they are used."""

from __future__ import annotations

import click
from click.testing import CliRunner

from logicjsc.core.console.lazy import LazyGroup


def test_a_group_imports_a_command_when_it_is_used():
    lazy = {
        "fast": ("logicjsc.cli.settings", "Say what can be set."),
        "gone": ("no.such.module", "Is never imported."),
    }
    group = LazyGroup("group", lazy=lazy)
    shown = CliRunner().invoke(group, ["--help"])
    assert shown.exit_code == 0
    assert "Is never imported." in shown.output
    assert isinstance(group.get_command(click.Context(group), "fast"), click.Command)
    assert CliRunner().invoke(group, ["other"]).exit_code == 2
