"""Pictures of a page of ``logicjsc report`` for the site, taken by a headless Chromium.

Usage: ``python website/screenshots.py`` (needs the extras map and report, and Debian's
chromium-headless-shell)
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from logicjsc.core.programs import locate
from logicjsc.explore.report.report import report_of

_DOCS: Final = Path(__file__).parents[1] / "docs"
_POINT: Final = "jsc-lut-43"

_PICTURES: Final = {
    "report.png": (("roc", "network"), 1000, 1840, False),
    "report-area.png": (("area",), 1000, 1200, True),
}
"""Sections shown, width, height, and whether the reader likes dark pages, by file."""

_SHOW: Final = """<script>
window.addEventListener("load", () => setTimeout(() => {
  const shown = %s;
  for (const part of document.querySelectorAll("body *")) {
    const near = shown.some((name) => part.closest("#" + name) || part.querySelector("#" + name));
    if (!near && !part.closest("head, script, style")) { part.style.display = "none"; }
  }
  const plot = document.querySelector("#network .plot");
  if (shown.includes("network")) {
    const layout = plot._fullLayout, box = plot.getBoundingClientRect(), trace = plot.data[1];
    const first = trace.x.findIndex((stage) => stage === 1);
    const at = { bubbles: true,
      clientX: box.left + layout.xaxis._offset + layout.xaxis.d2p(trace.x[first]),
      clientY: box.top + layout.yaxis._offset + layout.yaxis.d2p(trace.y[first]) };
    for (const kind of ["mouseover", "mousemove"]) {
      plot.querySelector(".nsewdrag").dispatchEvent(new MouseEvent(kind, at));
    }
  }
}, 1500));
</script>"""


def main() -> None:
    """Write the pictures into ``docs``."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        page = folder / "page.html"
        report_of([_POINT]).write(page)
        text = page.read_text(encoding="utf-8")
        browser = locate(
            "chromium-headless-shell", advice="apt-get install chromium-headless-shell"
        )
        for picture, (sections, width, height, dark) in _PICTURES.items():
            page.write_text(
                text.replace("</body>", _SHOW % list(sections) + "</body>"), encoding="utf-8"
            )
            arguments = _arguments(folder, _DOCS / picture, width, height, dark=dark)
            browser.run([*arguments, page.as_uri()], timeout=120)


def _arguments(folder: Path, out: Path, width: int, height: int, *, dark: bool) -> Iterator[str]:
    yield from ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars")
    yield from (f"--user-data-dir={folder / 'browser'}", "--virtual-time-budget=20000")
    yield from (f"--window-size={width},{height}", f"--screenshot={out}")
    if dark:
        yield "--blink-settings=preferredColorScheme=0"


if __name__ == "__main__":
    main()
