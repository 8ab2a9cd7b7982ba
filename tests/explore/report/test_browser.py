"""Pages in a real browser: no script error, true figures, neurons that tell what they are."""

import os

import pytest
from reference.browser import ask
from reference.report_pages import plots_of

from logicjsc.core.console.tables import percent
from logicjsc.core.run import Run
from logicjsc.explore.report.report import report_of

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("LOGICJSC_WITHOUT_BROWSER")), reason="Debian has no browser here"
)

SHOWN = """
return () => ({
  plots: document.querySelectorAll(".plot .main-svg").length,
  empty: [...document.querySelectorAll(".plot")].filter((plot) => !plot.childElementCount).length,
  ground: getComputedStyle(document.body).backgroundColor,
  results: [...document.querySelectorAll("#results tbody tr")].map(
    (row) => [...row.children].map((cell) => cell.textContent)),
  titles: [...document.querySelectorAll("#histograms figcaption")].map((it) => it.textContent),
  bars: [...document.querySelectorAll("#importance .ytick text")].map((it) => it.textContent),
  alerts: document.querySelectorAll("img, #importance script").length,
});
"""

POINT = """
const plot = [...document.querySelectorAll("#network .plot")][0];
plot.scrollIntoView();
const layout = plot._fullLayout, box = plot.getBoundingClientRect();
const trace = plot.data[1], last = trace.x.length - 1;
const at = {
  clientX: box.left + layout.xaxis._offset + layout.xaxis.d2p(trace.x[last]),
  clientY: box.top + layout.yaxis._offset + layout.yaxis.d2p(trace.y[last]),
  bubbles: true,
};
const before = document.querySelector("#network .detail").textContent;
const target = plot.querySelector(".nsewdrag");
for (const kind of ["mouseover", "mousemove"]) { target.dispatchEvent(new MouseEvent(kind, at)); }
return () => ({
  ground: getComputedStyle(document.body).backgroundColor,
  before,
  after: document.querySelector("#network .detail").textContent,
  pixels: [...document.querySelectorAll("#network .detail canvas")].map(
    (canvas) => [canvas.width, canvas.height,
      new Set(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data).size]),
});
"""


@pytest.fixture(scope="module")
def page(runs, tmp_path_factory):
    out = tmp_path_factory.mktemp("browser") / "page.html"
    report_of([runs()]).write(out)
    return out.read_text(encoding="utf-8")


def test_a_page_opens_without_an_error_and_shows_the_figures_of_the_result(page, runs, tmp_path):
    told, shown = ask(page, tmp_path, SHOWN)
    assert told == []
    assert shown["empty"] == 0
    assert shown["plots"] >= len(plots_of(page))
    result = Run(runs()).result()
    rows = {row[0]: row[1:] for row in shown["results"]}
    assert rows["accuracy"] == [
        percent(result["validation"]["accuracy"]), percent(result["accuracy"]),
    ]  # fmt: skip
    assert rows["samples"][1] == f"{result['samples']:,}"
    assert rows["loss"][1] == f"{result['loss']:.4f} nats"
    # Names with HTML are shown as they are, also by the library, and run nothing.
    assert shown["titles"][0].startswith("size <img src=x onerror=alert(1)>")
    assert any(name.startswith("size <img src=x") for name in shown["bars"])
    assert shown["alerts"] == 0
    assert shown["ground"] == "rgb(255, 255, 255)"


def test_a_neuron_that_is_pointed_at_tells_what_it_is_also_in_the_dark(page, tmp_path):
    told, shown = ask(page, tmp_path, POINT, dark=True)
    assert told == []
    assert shown["ground"] == "rgb(23, 25, 29)"
    (network,) = [plot for plot in plots_of(page) if plot["nodes"]]
    last = network["nodes"][-1]
    assert shown["before"] != shown["after"]
    assert shown["after"] == "\n".join([last["name"], *last["lines"]])
    ((width, height, colours),) = shown["pixels"]
    assert width * height * last["digits"] == len(last["table"])
    assert colours > 2
