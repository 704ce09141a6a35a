"""The page for a browser, in Chromium."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

import dedupe
from tests.cases import cases

ROOT = Path(__file__).parent.parent.parent
ARTICLE = ROOT / "fixtures/articles/ferry.txt"
TITLE = "The committee met on Tuesday and could not agree on the colour of the bridge"
TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
HOSTILE = (
    "<script>window.owned = true</script><img src=https://example.com/x.png onerror='window.owned = true'>",
    '"><svg onload="window.owned = true"></svg> </script><script>window.owned = true</script> ]]> --> <!--',
    '[a link](javascript:window.owned=true) <a href="javascript:window.owned=true">click</a> &lt;b&gt; {{7*7}} ${7*7}',
    "A line with \u202eoverrides\u202c and \u2066isolates\u2069, \x1b[31mescapes\x1b[0m, \x07 bells, \ufeff marks.",
    "one line of a megabyte, without an end " * 26_000,
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])


TROUBLE: list[str] = []
"""What a page must not do: write to its console, fail, ask, or request anything beyond itself."""


@pytest.fixture(autouse=True)
def no_trouble() -> Iterator[None]:
    TROUBLE.clear()
    yield
    assert TROUBLE == []


def written(folder: Path, *arguments: str | Path) -> Path:
    """Return the page that the command writes."""
    path = folder / "report.html"
    command = [sys.executable, "-m", "dedupe", "check", "--report", str(path), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return path


def opened(browser: Browser, path: Path, *, width: int = 1280, scheme: str = "light") -> Page:
    """Open a page; what it must not do is written down."""
    page = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        accept_downloads=True,
    ).new_page()

    page.on("console", lambda message: TROUBLE.append(message.text))
    page.on("pageerror", lambda error: TROUBLE.append(str(error)))
    page.on("dialog", lambda dialog: TROUBLE.append(dialog.message))
    page.on("request", lambda one: None if one.url.startswith((path.as_uri(), "blob:")) else TROUBLE.append(one.url))
    page.goto(path.as_uri())
    page.evaluate(TWO_FRAMES)
    return page


def current_line(page: Page) -> str:
    found: str = page.locator(".row:has(.finding.current) > .number").inner_text()
    return found


def is_in_sight(page: Page, selector: str) -> bool:
    page.evaluate(TWO_FRAMES)
    box = page.locator(selector).first.bounding_box()
    head = page.locator(".top").bounding_box()
    assert box is not None
    assert head is not None
    return bool(box["y"] < 900 and box["y"] + box["height"] > head["height"])


def test_every_finding_stands_beside_its_original(browser: Browser, tmp_path: Path) -> None:
    page = opened(browser, written(tmp_path, ARTICLE))
    report = dedupe.check(ARTICLE.read_text("utf-8"))
    assert page.locator(".finding").count() == page.locator("nav [data-finding]").count() == len(report.findings) == 9
    for line, text in enumerate(ARTICLE.read_text("utf-8").splitlines(), 1):
        if text:
            row = page.locator(".row", has=page.locator(f".number:text-is('{line}')"))
            row.scroll_into_view_if_needed()
            assert row.is_visible()
            assert row.locator("> .text").inner_text() == text
            assert bool(row.locator(".finding").count()) == any(one.lines[0] == line for one in report.findings)
    quote = page.locator(".finding[data-kind=contained]")
    assert "exactly what they want." in quote.locator(".original").inner_text()
    assert page.locator(".lines path").count() >= 3


def test_a_click_on_the_dot_plot_goes_to_the_copy(browser: Browser, tmp_path: Path) -> None:
    page = opened(browser, written(tmp_path, ARTICLE))
    plot = page.locator(".plot")
    box = plot.bounding_box()
    assert box is not None
    plot.click(position={"x": box["width"] * 0.4, "y": box["height"] * 0.92})
    assert int(current_line(page)) in (29, 31, 33, 35)
    assert is_in_sight(page, ".finding.current")
    assert page.evaluate("scrollY") > 300


def test_keys_go_through_the_findings_and_filters_choose_among_them(browser: Browser, tmp_path: Path) -> None:
    page = opened(browser, written(tmp_path, ARTICLE))
    lines = []
    for _ in range(3):
        page.keyboard.press("n")
        lines.append(current_line(page))
        assert is_in_sight(page, ".finding.current")
    page.keyboard.press("p")
    assert [*lines, current_line(page)] == ["3", "13", "23", "13"]
    page.select_option("[name=kind]", "contained")
    assert page.locator(".finding:visible").count() == 1
    assert page.locator("nav [data-finding]:visible").count() == 1
    assert "8 hidden by filters" in page.locator("#status").inner_text()
    page.select_option("[name=kind]", "")
    page.select_option("[name=rule]", "copied-run")
    assert page.locator(".finding:visible").count() == 7
    page.select_option("[name=rule]", "")
    page.select_option("[name=action]", "remove")
    assert page.locator(".finding:visible").count() == 9
    page.locator("h1").click()
    page.keyboard.press("n")
    page.keyboard.press("k")
    page.select_option("[name=decided]", "keep")
    assert page.locator(".finding:visible").count() == 1


def test_the_head_tells_version_date_and_options(browser: Browser, tmp_path: Path) -> None:
    page = opened(browser, written(tmp_path, ARTICLE, "--level", "aggressive"))
    made = page.locator(".top .made").inner_text()
    assert re.fullmatch(r"dedupe [\d.]+\S* · \d{4}-\d\d-\d\d \d\d:\d\d UTC · options: --level aggressive", made)
    assert "default options" in opened(browser, written(tmp_path, ARTICLE)).locator(".top .made").inner_text()


@pytest.mark.parametrize("width", [1280, 400])
def test_a_finding_is_on_the_first_screen(browser: Browser, tmp_path: Path, width: int) -> None:
    far = tmp_path / "far.txt"
    between = [f"In year {number} the ferry carried {number * 7} passengers to the islands." for number in range(90)]
    lead = "Three of them wanted green, four wanted none at all, and the chair went home before the vote."
    far.write_text("\n\n".join([TITLE, lead, *between, TITLE, lead]), "utf-8")
    for path in (ARTICLE, far):
        page = opened(browser, written(tmp_path, path, "--level", "aggressive"), width=width)
        page.evaluate(TWO_FRAMES)
        box = page.locator(".finding").first.bounding_box()
        assert box is not None
        assert 0 <= box["y"] < 900
        assert page.locator(".finding.current").count() == 0


def test_what_is_undecided_has_buttons(browser: Browser, tmp_path: Path) -> None:
    page = opened(browser, written(tmp_path, ARTICLE))
    assert page.locator("[data-choice=''][aria-pressed=true]").count() == 9
    first = page.locator(".finding").first
    first.locator("[data-choice=keep]").click()
    assert "1 of 9 decided" in page.locator("#status").inner_text()
    page.click("#undecided")
    assert page.locator("#undecided[aria-pressed=true]").count() == 1
    assert page.locator(".finding:visible").count() == 8
    page.click("#undecided")
    assert page.locator(".finding:visible").count() == 9
    first.locator("[data-choice='']").click()
    assert "0 of 9 decided" in page.locator("#status").inner_text()
    assert page.locator("[data-choice=keep][aria-pressed=true]").count() == 0


def test_what_stands_there_less_is_hidden(browser: Browser, tmp_path: Path) -> None:
    said = "Residents said that it was a {} loss for the town, and nobody had asked them before it fell."
    text = tmp_path / "said.txt"
    text.write_text("\n\n".join([said.format("heavy"), "They wrote.", said.format("big"), TITLE, TITLE, said[::-1]]))
    page = opened(browser, written(tmp_path, text))
    assert page.locator(".finding:visible").count() == 2
    page.locator("[name=score]").fill("100")
    assert page.locator(".finding:visible").count() == 1
    page.locator("[name=score]").fill("50")
    assert page.locator(".finding:visible").count() == 2


def test_decisions_are_saved_opened_again_and_obeyed(browser: Browser, tmp_path: Path) -> None:
    path = written(tmp_path, ARTICLE)
    page = opened(browser, path)
    for key in ("n", "k", "n", "r", "n", "k", "u"):
        page.keyboard.press(key)
    assert "2 of 9 decided" in page.locator("#status").inner_text()
    with page.expect_download() as download:
        page.click("#save")
    saved = tmp_path / "decisions.json"
    download.value.save_as(saved)
    assert [one["decision"] for one in json.loads(saved.read_text())["decisions"]] == ["keep", "remove"]

    again = opened(browser, path)
    again.set_input_files("#open", saved)
    again.wait_for_selector("text=2 of 2 decisions fit this page")
    assert again.locator("[data-choice=keep][aria-pressed=true]").count() == 1
    assert again.locator(".row.removed > .number").inner_text() == "13"

    command = [sys.executable, "-m", "dedupe", "clean", "--decisions", str(saved), str(ARTICLE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("Night Ferry Returns") == 2
    assert done.stdout.count("exactly what they want") == 1


def test_hostile_text_is_inert_and_readable(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "<b onclick=alert(1)>.txt"
    path.write_text(
        "\n\n".join([*HOSTILE, "Between them stands a sentence that is said only once.", *HOSTILE]), "utf-8"
    )
    page = opened(browser, written(tmp_path, path, "--format", "text"))
    page.wait_for_timeout(200)
    assert page.evaluate("window.owned") is None
    assert page.locator("main :is(script, img, svg svg, b:not([class]):not(.what b), a[href^=javascript])").count() == 0
    shown = page.locator("body").inner_text()
    assert HOSTILE[0] in shown
    assert not set(shown) & set("\u202e\u2066\x1b\x07\ufeff")
    assert "U+202E" in shown
    assert "more characters" in shown
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert page.locator(".finding").count() >= 4
    assert page.locator("h2").inner_text() == str(path)


@pytest.fixture(scope="module")
def every_case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cases")
    (folder / "cases").mkdir()
    for case in cases():
        (folder / "cases" / f"{case.name.replace('/', '-')}.txt").write_text(case.text, "utf-8")
    return written(folder, folder / "cases", "--level", "aggressive")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_the_page_is_accessible_and_fits(browser: Browser, every_case: Path, width: int, scheme: str) -> None:
    page = opened(browser, every_case, width=width, scheme=scheme)
    page.keyboard.press("n")
    page.keyboard.press("k")
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    worst = [one for one in found.response["violations"] if one["impact"] in ("serious", "critical")]
    assert worst == [], [(one["id"], one["nodes"][0]["html"][:200]) for one in worst]
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_script_is_set_in_its_own_direction(browser: Browser, every_case: Path) -> None:
    page = opened(browser, every_case)
    for script, direction in (("\u0600-\u06ff", "rtl"), ("\u4e00-\u9fff", "ltr")):
        rows = page.locator(".row > .text").filter(has_text=re.compile(f"^[{script}]"))
        assert rows.count() > 5
        assert rows.first.evaluate("row => getComputedStyle(row).direction") == direction


def test_a_thousand_articles_stay_fluent(browser: Browser, tmp_path: Path) -> None:
    text = ARTICLE.read_text("utf-8")
    records = ({"text": text.replace("Sandholm", f"Sandholm-{number}")} for number in range(1000))
    path = tmp_path / "articles.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    page = opened(browser, written(tmp_path, path))
    assert page.locator(".finding").count() == 9000
    rows = page.locator("article > .rows")
    laid_out = "rows => rows.filter(one => one.checkVisibility({contentVisibilityAuto: true})).length"
    assert rows.evaluate_all(laid_out) < 20  # only what is near the window
    page.keyboard.press("p")
    assert current_line(page) == "35"
    assert is_in_sight(page, ".finding.current")
    page.select_option("[name=kind]", "contained")
    page.locator("h1").click()
    for _ in range(3):
        page.keyboard.press("n")
        assert is_in_sight(page, ".finding.current")
