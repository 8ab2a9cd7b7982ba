"""Pages opened in a headless Chromium, which is asked what they show."""

import json
import os
import re
import shutil
import subprocess
from html import unescape

_WATCH = """<script>
window.told = [];
window.addEventListener("error", (event) => told.push("error: " + event.message));
document.addEventListener("securitypolicyviolation", (event) => {
  told.push("refused: " + event.blockedURI);
});
for (const level of ["error", "warn", "log"]) {
  console[level] = (...words) => told.push(level + ": " + words.join(" "));
}
</script>"""

_ASK = """<script>
window.addEventListener("load", () => setTimeout(() => {
  const answer = (() => { %s })();
  setTimeout(() => {
    const place = document.createElement("pre");
    place.id = "answer";
    place.textContent = JSON.stringify({ told, answer: answer() });
    document.body.append(place);
  }, 500);
}, 500));
</script>"""


def _browser():
    """Chromium; where there is none, a name that says what to install."""
    known = (os.environ.get("LOGICJSC_CHROMIUM"), "chromium-headless-shell", "chromium")
    found = [place for name in known if name and (place := shutil.which(name))]
    return found[0] if found else "chromium-headless-shell (install the Debian package)"


def ask(page, folder, script, *, dark=False):
    """What a page answers to a script.

    Args:
        page: text of the page.
        folder: where files may be written.
        script: body of a function; it returns another one, which is called half a second later,
            for its answer.
        dark: whether the reader likes dark pages.

    Returns:
        Errors, warnings and refused loads, one line each; and the answer.
    """
    file = folder / "asked.html"
    watched = page.replace("<title>", f"{_WATCH}<title>", 1)
    file.write_text(watched.replace("</body>", (_ASK % script) + "</body>"), encoding="utf-8")
    colours = ["--blink-settings=preferredColorScheme=0"] if dark else []
    made = subprocess.run(
        [
            *(
                _browser(),
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--window-size=1200,900",
                *colours,
            ),
            *(f"--user-data-dir={folder / 'browser'}", "--virtual-time-budget=20000"),
            *("--dump-dom", file.as_uri()),
        ],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=120,
        encoding="utf-8",
    )
    (found,) = re.findall(r'<pre id="answer">(.*?)</pre>', made.stdout)
    answer = json.loads(unescape(found))
    return answer["told"], answer["answer"]
