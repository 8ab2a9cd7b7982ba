"""The examples of the pages about imported models run, and their circuits are proven."""

import pytest
from test_docs import blocks, run_commands


@pytest.mark.parametrize("kind", ["blif", "dwn", "kanele", "logic-gates", "logicnets"])
def test_the_example_of_the_page_of_a_kind_runs(tmp_path, monkeypatch, cache, kind):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    monkeypatch.chdir(tmp_path)
    page = f"import-{kind}.md"
    (example,) = blocks(page, "python")
    exec(compile(example, f"docs/{page}", "exec"), {})  # noqa: S102 - our own page
    (commands,) = blocks(page, "sh")
    assert "every rung holds" in run_commands(commands)
