"""The documentation site builds without the network, is complete, and no link is broken."""

import html
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml

import logicjsc
from logicjsc.core.executor.cluster.settings import ClusterSettings
from logicjsc.core.settings import described
from logicjsc.methods.method import find_method, known_methods

ROOT = Path(__file__).parent.parent

WITHOUT_NETWORK = """
import socket, sys
def refuse(*_arguments, **_others):
    raise OSError("the site must build without the network")
socket.socket.connect = socket.getaddrinfo = refuse
from mkdocs.__main__ import cli
cli(sys.argv[1:])
"""

SMALL = """
INHERIT: {config}
docs_dir: {docs}
plugins: []
hooks: []
nav: [index.md]
"""


def build(config, target):
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_NETWORK, "build", "-f", config, "-d", target],
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    target = tmp_path_factory.mktemp("site")
    done = build(ROOT / "mkdocs.yml", target)
    assert done.returncode == 0, done.stderr
    return target


def words(page):
    """The text of a page's article."""
    article = re.search(r"<article.*?</article>", page.read_text(), re.DOTALL)[0]
    return html.unescape(re.sub(r"<[^>]+>", "", article))


def test_every_page_is_there(site):
    names = {page.stem for page in (ROOT / "docs").glob("*.md")}
    assert names <= {page.stem for page in site.glob("*.html")}
    assert "I have a clock" in (site / "index.html").read_text()


def test_tutorials_show_what_their_cells_gave(site):
    text = words(site / "tutorials" / "own-table.html")
    assert 'data = lj.load_dataset(table, target="state")' in text
    assert "run machines" in text
    assert "0 mismatches" in text
    assert "<table><tr><td>method" in (site / "tutorials" / "own-table.html").read_text()


def test_nothing_is_fetched_and_every_link_leads_somewhere(site):
    checked = 0
    for page in site.rglob("*.html"):
        text = page.read_text()
        loaded = re.findall(r"<(?:script|img|iframe)\b[^>]*\bsrc=\"?([^\" >]+)", text)
        loaded += re.findall(r"<link\b[^>]*\bhref=\"?([^\" >]+)", text)
        assert [name for name in loaded if urlsplit(name).scheme] == [], page
        if page.name == "404.html":
            continue  # may be shown for any address, so its links begin at the root
        for target in {*loaded, *re.findall(r"<a\b[^>]*\bhref=\"?([^\" >]+)", text)}:
            parts = urlsplit(html.unescape(target))
            if not parts.scheme and parts.path:
                assert (page.parent / unquote(parts.path)).exists(), f"{page.name}: {target}"
                checked += 1
    assert checked > 1000


def test_the_reference_is_made_of_the_program(site):
    commands = words(site / "reference" / "commands.html")
    for usage in ("logicjsc doctor [OPTIONS]", "logicjsc data fetch [OPTIONS]", "-h, --help"):
        assert usage in commands
    settings = words(site / "reference" / "settings.html")
    for name in known_methods():
        for entry in described(find_method(name).config):
            assert entry.key.rpartition(".")[2] in settings
            assert entry.text.replace("`", "") in settings, entry.key
    for entry in described(ClusterSettings):
        assert entry.text in settings, entry.key
    python = (site / "reference" / "python.html").read_text()
    for name in logicjsc.__all__:
        if not name.startswith("_"):
            assert re.search(rf'id="logicjsc\.[a-z_.]+\.{name}"', python), name


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[a](no-such.md)", "contains a link 'no-such.md', but the target is not found"),
        (
            "[a](index.md#no-such)",
            "contains a link 'index.md#no-such', but there is no such anchor",
        ),
        ("[a](/index.md)", "contains an absolute link '/index.md'"),
    ],
)
def test_a_broken_link_fails(text, complaint, tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "index.md").write_text(f"# Page\n\n{text}\n")
    config = tmp_path / "small.yml"
    config.write_text(SMALL.format(config=ROOT / "mkdocs.yml", docs=docs))
    done = build(config, tmp_path / "site")
    assert complaint in done.stderr
    assert done.returncode == 1


def test_the_navigation_names_every_page_once():
    def pages(entry):
        if isinstance(entry, str):
            return [entry]
        return [
            page
            for inner in (entry.values() if isinstance(entry, dict) else entry)
            for page in pages(inner)
        ]

    named = pages(yaml.safe_load((ROOT / "mkdocs.yml").read_text())["nav"])
    assert len(set(named)) == len(named)
    own = {name for name in named if not name.startswith("reference/")}
    pages_of_docs = {page.name for page in (ROOT / "docs").glob("*.md")}
    tutorials = {f"tutorials/{page.stem}.md" for page in (ROOT / "docs/tutorials").glob("*.ipynb")}
    assert own == pages_of_docs | tutorials
