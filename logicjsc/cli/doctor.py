"""``logicjsc doctor``."""

from __future__ import annotations

from typing import Any

import click

from logicjsc.cli.failures import MISTAKE
from logicjsc.core.console.options import json_option, print_json
from logicjsc.core.diagnosis import Finding, examine, known_needs


@click.command("doctor")
@json_option
@click.pass_context
def command(context: click.Context, *, as_json: bool) -> None:
    """Say what is there, what is missing, and what each missing thing would be for.

    Exit code 0 if networks can be trained, written as circuits and verified, else 2.
    """
    findings = [examine(need) for need in known_needs()]
    works = not any(finding.hinders for finding in findings)
    if as_json:
        print_json({"works": works, "findings": [_entry(finding) for finding in findings]})
    else:
        _show(findings, works=works)
    if not works:
        context.exit(MISTAKE)


def _show(findings: list[Finding], *, works: bool) -> None:
    from logicjsc.core.console.tables import print_table

    print_table(
        "what logicjsc uses",
        ("", "state", "for", "found"),
        (
            (finding.need.name, _state(finding), finding.need.purpose, str(finding.found or "-"))
            for finding in findings
        ),
    )
    for finding in findings:
        if finding.found is None:
            click.echo(f"{finding.need.name}: {finding.problem}")
    if works:
        click.echo("networks can be trained, written as circuits and verified")
    else:
        lacking = ", ".join(finding.need.name for finding in findings if finding.hinders)
        click.echo(f"networks cannot be trained and verified here: {lacking} must be mended first")


def _state(finding: Finding) -> str:
    if finding.found is not None:
        return "there"
    return "needed" if finding.need.required else "missing"


def _entry(finding: Finding) -> dict[str, Any]:
    need, found = finding.need, finding.found
    return {
        "name": need.name,
        "kind": need.kind,
        "purpose": need.purpose,
        "required": need.required,
        "found": found is not None,
        "version": found.version if found else "",
        "path": found.path if found else "",
        "packages": dict(found.packages) if found else {},
        "problem": finding.problem,
    }
