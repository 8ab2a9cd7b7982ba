"""``logicjsc completion``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import click
from click.shell_completion import get_completion_class

_SHELLS: Final = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(_SHELLS), required=False)
@click.option(
    "--install",
    is_flag=True,
    help="Let every new shell of that kind complete; by default the kind that $SHELL names.",
)
@click.pass_context
def command(context: click.Context, shell: str | None, *, install: bool) -> None:
    """Print the completion script of SHELL, or install it.

    Installing writes the script, and for bash and zsh a marked block in the shell's startup file
    that reads it. Each file is named; installing again changes what is new only.
    """
    shell = shell or (_of_environment() if install else None)
    if shell is None:
        raise click.UsageError(f"name a shell: {', '.join(_SHELLS)}")
    completion = get_completion_class(shell)
    if completion is None:
        raise click.UsageError(f"there is no completion for {shell}")
    group = context.find_root().command
    script = completion(group, {}, "logicjsc", "_LOGICJSC_COMPLETE").source()
    if not install:
        click.echo(script)
        return
    from logicjsc.cli.completion_files import installed

    for path, changed in installed(shell, script):
        click.echo(f"{path} was {'written' if changed else 'as it should be'}")
    click.echo(f"new {shell} shells complete logicjsc")


def _of_environment() -> str | None:
    """The user's own shell, if it is one of those that complete."""
    name = Path(os.environ.get("SHELL", "")).name
    return name if name in _SHELLS else None
