"""Small runs of every method and kind of target on nasty names, and a reader of pages."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import numpy as np
from reference.small_tables import lamps, write_csv

from logicjsc.explore.report.page import html_page
from logicjsc.methods.loading import parse_config
from logicjsc.methods.train import train

NASTY = 'size <img src=x onerror=alert(1)> & "it\'s" </script>'
"""Name of a feature."""

TARGETS = {"classes": "sort", "binary": "works", "labels": "warm, wet", "value": "price"}

DATA = """
[data]
path = "{path}"
target = "{target}"
kind = "{kind}"
"""
METHODS = {
    "gradient": """
[network]
hidden = [6]
input_bits = 2
bits = [2, 3]
fan_in = [3, 4]
[training]
epochs = 3
batch_size = 32
learning_rate = 0.02
device = "cpu"
""",
    "anneal": """
[network]
layers = [3]
[anneal]
sweeps = 3
starts = 2
""",
    "prune": """
[network]
hidden = 3
windows = 1
segments = 0
edge_bits = 3
score_bits = 3
[prune]
luts = [60, 30]
dense_steps = 30
round_steps = 2
round_fraction = 0.3
final_steps = 10
batch_size = 64
judged_samples = 1000
""",
}


def make_run(folder, method, kind):
    """A run on a table in the same folder."""
    columns = lamps(400)
    rng = np.random.default_rng(1)
    columns["sort"] = [f"<i>{name}" for name in columns["sort"]]
    columns["warm"] = (np.array(columns["hits"]) > 4).astype(int).tolist()
    columns["wet"] = rng.integers(0, 2, 400).tolist()
    target = TARGETS[kind]
    kept = {NASTY: columns["size"]} | {
        name: columns[name] for name in ("hits", "lit", "colour", *target.split(", "))
    }
    table = write_csv(folder / f"{kind}.csv", kept)
    text = DATA.format(path=table, target=target, kind=kind) + METHODS[method]
    text = f'method = "{method}"\n{text}'
    path = folder / f"{method}-{kind}"
    train(parse_config(text, source="small.toml", name="small"), path)
    return path


class Reader(HTMLParser):
    """Checks that tags are balanced, and gathers what they hold."""

    EMPTY = ("meta", "br", "img", "hr", "link", "input")

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.texts, self.attributes = [], [], {}, []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open, tag
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.setdefault(self.open[-1] if self.open else "", []).append(data)


def read_page(text):
    """A page, read; without the library that it carries."""
    library = html_page("", []).partition("<script>")[2].partition("</script>")[0]
    assert text.count(library) == 1
    reader = Reader()
    reader.feed(text.replace(library, ""))
    reader.close()
    assert reader.open == []
    return reader


def plots_of(text):
    """The plots of a page, as its script reads them."""
    found = re.search(r'<script type="application/json" id="plots">(.*?)</script>', text)
    return json.loads(found[1])
