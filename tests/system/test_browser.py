"""The page that runs dedupe in a browser: built from packages, served from this machine, in Chromium."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, get_args

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

import dedupe
from dedupe.options import Level
from tests.cases import cases

ROOT = Path(__file__).parent.parent.parent
ARTICLE = (ROOT / "fixtures/articles/ferry.txt").read_text("utf-8")
BRIDGE = "The committee met on Tuesday and could not agree on the colour of the bridge"

ASK = """
async (questions) => {
  const source = await (await fetch("worker.mjs")).text();
  const worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })), { type: "module" });
  const heard = () => new Promise((done) => (worker.onmessage = ({ data }) => done(data)));
  const answers = [];
  worker.postMessage({ base: location.href });
  for (let said = {}; said.stage !== "ready"; ) {
    said = await heard();
    if (said.error) throw new Error(said.error);
  }
  for (const question of questions) {
    worker.postMessage({ question: JSON.stringify(question) });
    answers.push(await heard());
  }
  worker.terminate();
  return answers;
}
"""
"""A program for the page: it starts its worker and returns the answers to questions."""


class Files(SimpleHTTPRequestHandler):
    """Files as `python -m http.server` has them, with nothing on standard error."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Build the page, serve it, and return its address."""
    folder = tmp_path_factory.mktemp("page")
    command = [sys.executable, str(ROOT / "docs/make_page.py"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])


RECORD = """
addEventListener("DOMContentLoaded", () => {
  const status = document.getElementById("status");
  if (!status) return; // a frame that is still empty
  window.said = [status.textContent];
  new MutationObserver(() => window.said.push(status.textContent)).observe(status, { childList: true });
});
"""
"""A program that keeps what the page says."""


class Visit:
    """An open page, what it requested, and what it must not do: write to its console, fail, ask, or go elsewhere."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.address = address
        self.requests: list[str] = []
        self.trouble: list[str] = []
        context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
        context.add_init_script(RECORD)
        context.route(lambda url: not url.startswith((address, "blob:", "data:")), lambda route: route.abort())
        self.page: Page = context.new_page()
        self.page.on("request", lambda request: self._note(request.method, request.url))
        self.page.on("console", lambda message: self.trouble.append(message.text))
        self.page.on("pageerror", lambda error: self.trouble.append(str(error)))
        self.page.on("dialog", lambda dialog: self.trouble.append(dialog.message))
        self.page.goto(address)

    def _note(self, method: str, url: str) -> None:
        self.requests.append(url)
        if method != "GET" or not url.startswith((self.address, f"blob:{self.address}", "data:")):
            self.trouble.append(f"{method} {url}")

    def check(self, text: str, level: str = "default") -> str:
        """Paste a text, press the button, and return what the page says in the end."""
        self.page.fill("#text", text)
        self.page.select_option("[name=level]", level)
        self.page.click("button[type=submit]")
        return self.wait()

    def wait(self) -> str:
        """Wait until the page is at rest, and return what it says."""
        self.page.locator("#progress").wait_for(state="hidden", timeout=120_000)
        said: str = self.page.inner_text("#status")
        return said


@pytest.fixture(scope="module")
def opened(browser: Browser, address: str) -> Visit:
    return Visit(browser, address)


@pytest.fixture
def visit(opened: Visit) -> Iterator[Visit]:
    yield opened
    assert opened.trouble == []


def test_a_pasted_text_has_the_findings_it_has_here(visit: Visit) -> None:
    page, report = visit.page, dedupe.check(ARTICLE)
    counted = f"{report.count('remove')} paragraphs to remove, {report.count('flag')} flagged."
    assert visit.check(ARTICLE) == counted
    shown = page.frame_locator("#report")
    shown.locator(".finding").first.wait_for()
    found = shown.locator(".row:has(.finding) > .number").all_text_contents()
    assert found == [str(finding.lines[0]) for finding in report.findings]
    reasons = shown.locator(".finding .reason").all_text_contents()
    assert reasons == [finding.reason for finding in report.findings]
    assert page.input_value("#cleaned") == report.text
    assert "options: --level default" in shown.locator(".top .made").inner_text()
    assert page.evaluate("document.activeElement.id") == "report-heading"
    said = page.evaluate("window.said.filter((text, at, all) => text !== all[at - 1])")
    stages = ["Loading the program.", "Loading Python.", "Loading dedupe.", "Starting dedupe.", "Checking.", counted]
    assert [one for one in said if one != "Ready."] == stages


def test_nothing_is_requested_once_the_program_is_there(visit: Visit) -> None:
    before = list(visit.requests)
    assert len(before) == len(set(before)) < 20
    visit.check(ARTICLE)
    visit.page.frame_locator("#report").locator(".finding").first.wait_for()
    assert visit.requests == before
    for frame in (visit.page, visit.page.workers[0]):  # their policy is one
        assert "Failed to fetch" in frame.evaluate("fetch('https://example.com/').catch(String)")
    assert any("example.com" in one for one in visit.trouble)
    visit.trouble.clear()


def test_every_case_is_judged_as_here_on_every_level(visit: Visit) -> None:
    texts = [case.text for case in cases()] + ["", "\ud800 half a character", f"{BRIDGE}.\r\n\r\n{BRIDGE}.", ARTICLE]
    questions = [{"text": text, "level": level} for level in get_args(Level) for text in texts]
    answers = visit.page.evaluate(ASK, questions)
    for question, told in zip(questions, answers, strict=True):
        report = dedupe.Deduper(dedupe.Options(level=question["level"])).check(("pasted.txt", question["text"]))
        assert told["answer"]["report"] == json.loads(json.dumps(report.to_dict())), question
        assert told["answer"]["text"] == report.text


def test_a_level_can_be_chosen(visit: Visit) -> None:
    page = visit.page
    assert page.locator("[name=level] option").all_inner_texts() == list(get_args(Level))
    assert page.locator("[name=level] option[selected]").inner_text() == dedupe.Options().level
    for level in get_args(Level):
        visit.check(ARTICLE, level)
        page.frame_locator("#report").locator(".top .made", has_text=f"--level {level}").wait_for()
        assert page.input_value("#cleaned") == dedupe.Deduper(dedupe.Options(level=level)).clean(ARTICLE)


def test_the_report_works_inside_the_page(visit: Visit, tmp_path: Path) -> None:
    visit.check(ARTICLE)
    shown = visit.page.frame_locator("#report")
    shown.locator(".original a").first.click()
    assert shown.locator(".finding.current").count() == 1
    shown.locator(".finding [data-choice=keep]").first.click()
    with visit.page.expect_download() as download:
        shown.locator("#save").click()
    decisions = tmp_path / "decisions.json"
    download.value.save_as(decisions)
    (tmp_path / "pasted.txt").write_text(ARTICLE, "utf-8")
    command = [sys.executable, "-m", "dedupe", "clean", "--decisions", "decisions.json", "pasted.txt"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("Night Ferry Returns") == dedupe.clean(ARTICLE).count("Night Ferry Returns") + 1


def test_the_cleaned_text_is_copied_and_an_example_filled_in(visit: Visit) -> None:
    visit.page.fill("#text", "")
    visit.page.click("#example")
    expect(visit.page.locator("#text")).to_have_value(ARTICLE)
    visit.page.click("button[type=submit]")
    visit.wait()
    visit.page.click("#copy")
    visit.page.get_by_text("Copied.").wait_for()
    assert visit.page.evaluate("navigator.clipboard.readText()") == dedupe.clean(ARTICLE)


def test_a_hostile_text_is_shown_and_does_nothing(visit: Visit) -> None:
    hostile = "<img src=x onerror='top.owned = true'></textarea></script><script>top.owned = true</script> $& ${7*7}"
    visit.check(f"{BRIDGE} {hostile}\n\n{BRIDGE} {hostile}\n")
    shown = visit.page.frame_locator("#report")
    expect(shown.locator(".row > .text").first).to_have_text(f"{BRIDGE} {hostile}")
    assert shown.locator("main :is(script, img)").count() == 0
    assert visit.page.evaluate("window.owned") is None
    assert visit.page.input_value("#cleaned") == f"{BRIDGE} {hostile}\n"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_the_page_is_accessible_and_fits(visit: Visit, width: int, scheme: str) -> None:
    page = visit.page
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    visit.check(ARTICLE)
    page.frame_locator("#report").locator(".finding").first.wait_for()
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
    for frame in page.frames:
        assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth")
    backs = [frame.evaluate("getComputedStyle(document.body).backgroundColor") for frame in page.frames]
    assert backs == ["rgb(23, 23, 27)" if scheme == "dark" else "rgb(255, 255, 255)"] * 2


def test_what_is_asked_for_can_be_stopped_and_asked_again(browser: Browser, address: str) -> None:
    visit = Visit(browser, address)
    visit.page.fill("#text", ARTICLE)
    visit.page.click("button[type=submit]")
    visit.page.click("#stop")
    assert visit.wait() == "Ready."
    assert visit.page.locator("#result").is_hidden()
    assert visit.check(ARTICLE).startswith("9 paragraphs to remove")
    assert visit.trouble == []


def test_a_wheel_that_is_missing_or_another_is_a_sentence(tmp_path: Path) -> None:
    said = []
    for _ in range(3):  # none is there; numpy's is, but is none; both are, but are none
        command = [sys.executable, str(ROOT / "docs/make_page.py"), str(tmp_path / "page"), "--wheels", str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        said.append(re.sub(str(tmp_path), "FOLDER", done.stderr))
        if missing := re.match(r"error: FOLDER has no (\S+\.whl): leave out --wheels, or name the folder", said[-1]):
            (tmp_path / missing.group(1)).write_text("something else")
    assert [re.sub(r"-\S+\.whl.*\n", "", one) for one in said] == [
        "error: FOLDER has no numpy",
        "error: FOLDER has no regex",
        "error: numpy",
    ]
    assert re.search(r"\.whl has the hash \w{64}, not \w{64}: it is not what the page is tested with", said[-1])


def test_a_program_that_cannot_be_loaded_is_a_sentence(browser: Browser, address: str) -> None:
    visit = Visit(browser, address)
    visit.page.route("**/pyodide/*.whl", lambda route: route.fulfill(status=404))
    visit.page.reload()
    said = visit.wait()
    assert said.startswith("The program could not be loaded (")
    assert said.endswith("): press Check to try again.")
    visit.page.unroute("**/pyodide/*.whl")
    assert visit.check(ARTICLE).startswith("9 paragraphs to remove")
