"""The tutorials run, and the outputs that they are committed with are today's."""

import ast
import html
import json
import re
from pathlib import Path

import pytest

TUTORIALS = Path(__file__).parent.parent / "docs" / "tutorials"
NAMES = {"digits", "intrusion", "jets", "own-table"}
NUMBER = re.compile(r"\b[0-9a-f]{64}\b|-?\d[\d,.]*")


def alike(text):
    """A text without its numbers, which another processor may change, and without its layout."""
    text = re.sub(r"<style.*?</style>|<[^>]+>", " ", text, flags=re.DOTALL)
    return NUMBER.sub("#", " ".join(html.unescape(text).split()))


def shown(value):
    """What a notebook shows of a cell's last value."""
    return value._repr_html_() if hasattr(value, "_repr_html_") else repr(value)


def committed(cell):
    """What a cell is committed with: its printed text, and its last value."""
    printed = last = ""
    for output in cell["outputs"]:
        if output["output_type"] == "stream":
            printed += "".join(output["text"])
        else:
            data = output["data"]
            last = "".join(data.get("text/html") or data["text/plain"])
    return alike(printed), alike(last)


def run(source, scope, capsys):
    """The same of a cell that is run now."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), scope)  # noqa: S102 - our own page
    value = None
    if last is not None:
        value = eval(compile(ast.Expression(last.value), "cell", "eval"), scope)  # noqa: S307
    printed = capsys.readouterr().out
    return alike(printed), "" if value is None else alike(shown(value))


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_tutorial_gives_what_it_shows(name, tmp_path, monkeypatch, cache, capsys):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    monkeypatch.chdir(tmp_path)
    cells = json.loads((TUTORIALS / f"{name}.ipynb").read_text())["cells"]
    scope = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            found = run("".join(cell["source"]), scope, capsys)
            assert found == committed(cell), "make notebooks"


def test_every_tutorial_is_tested():
    assert {path.stem for path in TUTORIALS.glob("*.ipynb")} == NAMES
