"""Pages say what is true: their commands and examples run, and their links lead somewhere."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from logicjsc.cli.main import main

ROOT = Path(__file__).parent.parent


def blocks(page, language):
    """Code blocks of a page in a language, in order."""
    text = (ROOT / "docs" / page).read_text()
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def quick(text):
    """The same with a tenth of the rows and epochs, and without a long search for few LUTs."""
    text = re.sub(r"(epochs\W*[=:] *|rows = )(\d+)", lambda at: f"{at[1]}{int(at[2]) // 10}", text)
    return text.replace(".map()", '.map(effort="low")')


def run_commands(text):
    """Run the commands of a shell block; what the last one printed."""
    output = ""
    for line in text.strip().splitlines():
        command, _, _ = line.partition(" #")
        program, *arguments = shlex.split(command)
        assert program == "logicjsc", line
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, f"{line}: {result.output}"
        output = result.output
    return output


@pytest.fixture
def inside(tmp_path, monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_quick_examples_differ_in_nothing_else():
    text = 'rows = 4000; epochs = 40; {"training.epochs": 40}; --set training.epochs=20; net.map()'
    assert quick(text) == (
        'rows = 400; epochs = 4; {"training.epochs": 4}; --set training.epochs=2; '
        'net.map(effort="low")'
    )


def test_the_page_about_own_data_can_be_followed(inside):
    table, config, *commands = (
        quick(block)
        for language in ("python", "toml", "sh")
        for block in blocks("your-data.md", language)
    )
    exec(compile(table, "docs/your-data.md", "exec"), {})  # noqa: S102 - our own page
    Path("own.toml").write_text(config)
    outputs = [run_commands(block) for block in commands]
    text = " ".join("\n".join(outputs).split())
    assert "look at this: 'id' looks like row numbers or an identifier" in text
    assert "every rung holds" in text


def test_the_examples_of_the_python_page_run(inside):
    scope = {}
    for number, example in enumerate(blocks("python.md", "python")):
        code = compile(quick(example), f"docs/python.md, example {number}", "exec")
        exec(code, scope)  # noqa: S102 - our own page


def test_the_page_about_alir_can_be_followed(inside):
    (program,) = blocks("import-alir.md", "python")
    exec(compile(program, "docs/import-alir.md", "exec"), {})  # noqa: S102 - our own page
    (commands,) = blocks("import-alir.md", "sh")
    assert "every rung holds" in run_commands(commands)


def test_the_page_about_reports_can_be_followed(inside):
    (commands,) = blocks("report.md", "sh")
    # The search for LUTs takes longest; that of a page is tested elsewhere.
    commands = quick(commands).replace("wine.html", "wine.html --effort none")
    assert "point jsc-lut-7" in run_commands(commands)
    (example,) = blocks("report.md", "python")
    exec(compile(example, "docs/report.md", "exec"), {})  # noqa: S102 - our own page
    assert all(Path(name).is_file() for name in ("wine.html", "point.html", "both.html"))


def test_the_interfaces_of_the_firmware_page_are_written(inside):
    (commands,) = [block for block in blocks("firmware.md", "sh") if "--beats" in block]
    assert "first_jsc_lut_7" in run_commands(commands)


def test_the_examples_of_the_netlist_page_run_and_the_first_circuit_is_proven(inside):
    for number, example in enumerate(blocks("netlist.md", "python")):
        code = compile(example, f"docs/netlist.md, example {number}", "exec")
        exec(code, {})  # noqa: S102 - our own page
    output = run_commands("logicjsc export-verilog xor.npz\nlogicjsc verify hw/build/xor")
    assert "every rung holds" in output


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{p.name}" for p in ROOT.glob("docs/*.md"))])
def test_links_between_pages_lead_somewhere(page):
    text = (ROOT / page).read_text()
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        if not target.startswith("http"):
            assert ((ROOT / page).parent / target).exists(), target


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{p.name}" for p in ROOT.glob("docs/*.md"))])
def test_commands_on_pages_exist(page):
    text = (ROOT / page).read_text()
    context = main.make_context("logicjsc", [], resilient_parsing=True)
    known = set(main.list_commands(context))
    code = re.findall(r"```.*?```|`[^`]+`|^    .*?$", text, re.DOTALL | re.MULTILINE)
    for name in re.findall(r"(?<!import )logicjsc ([a-z][a-z-]+)", "\n".join(code)):
        assert name in known, f"{page}: logicjsc {name}"
