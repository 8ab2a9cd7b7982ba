"""``logicjsc completion``."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the completion script of SHELL; for bash: eval "$(logicjsc completion bash)"."""
    completion = get_completion_class(shell)
    if completion is None:
        raise click.UsageError(f"there is no completion for {shell}")
    group = context.find_root().command
    click.echo(completion(group, {}, "logicjsc", "_LOGICJSC_COMPLETE").source())
