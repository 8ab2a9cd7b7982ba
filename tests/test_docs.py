import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_the_example_of_the_netlist_page_runs_and_its_circuit_is_proven(tmp_path, monkeypatch):
    from click.testing import CliRunner

    from logicjsc.cli.main import main

    (example,) = re.findall(
        r"```python\n(.*?)```", (ROOT / "docs/netlist.md").read_text(), re.DOTALL
    )
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "docs/netlist.md", "exec"), {})  # noqa: S102 - our own page
    for arguments in (["export-verilog", "xor.npz"], ["verify", "hw/build/xor"]):
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, result.output
    assert "every rung holds" in result.output


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{p.name}" for p in ROOT.glob("docs/*.md"))])
def test_links_between_pages_lead_somewhere(page):
    text = (ROOT / page).read_text()
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        if not target.startswith("http"):
            assert ((ROOT / page).parent / target).exists(), target
