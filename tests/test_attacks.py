"""What was tried against the program, and held: crafted collisions, texts of noise, a server that says nothing."""

import os
import socket
import subprocess
import sys
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dedupe
from dedupe.text.shingles import shingles
from tests.texts import SENTENCES

COLLIDING = [
    ("ewjegdicahaineaa", "syvonxdchacaaahw"),
    ("ymwadleeaauwtoao", "iybbhbsndpaaaaea"),
    ("lcucnjzkkgbaayaa", "lyntlrkyaaapgayi"),
    ("fwpaguhrakwakban", "qewfzqhqraagaaha"),
]
"""Words of one 64-bit hash: what the second eight letters add makes up for the first."""


@pytest.mark.parametrize(("one", "other"), COLLIDING)
def test_words_of_one_hash_delete_nothing(one: str, other: str) -> None:
    said = "The mayor opened the new bridge at {} on a rainy day, and many people came to see it."
    rows = [said.format(one), SENTENCES[0], said.format(other), "Nobody else was there.", one, "So they went.", other]
    assert shingles([one]).hashes.tolist() == shingles([other]).hashes.tolist()
    text = "\n\n".join(rows)
    report = dedupe.check(text)
    assert not report.changed
    assert report.text == text
    alone = "\n\n".join(f"{one}. {one}" if at % 2 else f"{other}. {other}" for at in range(2))
    assert dedupe.clean(alone) == alone
    assert dedupe.corpus.clean([("a", said.format(one)), ("b", said.format(other))]) == [
        said.format(one),
        said.format(other),
    ]


NOISE = st.text(
    alphabet=st.one_of(
        st.sampled_from("ab 7.:\n\r\t\0\x0b\x1c\x85\u2028\ufeff\u200b\u0301\u0316é橋ﷺ\ud800\udfff\U0001f600-—…\"'“*|"),
        st.characters(),
    ),
    max_size=120,
)


@st.composite
def mangled(draw: st.DrawFn) -> str:
    """Draw a text of sentences that are repeated, cut, glued, and mixed with noise."""
    pieces = draw(st.lists(st.one_of(st.sampled_from(SENTENCES), NOISE), max_size=8))
    pieces += draw(st.lists(st.sampled_from(pieces), max_size=4)) if pieces else []
    cut = draw(st.integers(0, 60))
    return draw(st.sampled_from(["\n", "\n\n", "\r\n", " ", "\r", ""])).join(pieces)[cut:]


@pytest.mark.slow
@given(mangled())
@settings(max_examples=300)
def test_noise_ends_in_no_exception_and_breaks_no_promise(text: str) -> None:
    report = dedupe.check(text)
    assert report.problem == ""
    remaining = iter(text)
    assert all(character in remaining for character in report.text)
    assert not dedupe.check(report.text).changed
    gone = {finding.span for finding in report.findings if finding.action == "remove"}
    assert gone.isdisjoint(finding.original.span for finding in report.findings if finding.action == "remove")


@pytest.mark.slow
def test_a_redis_that_accepts_and_says_nothing_is_a_sentence_without_the_password() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken: list[socket.socket] = []
        threading.Thread(target=_accept, args=(server, taken), daemon=True).start()
        place = f"redis://someone:open-sesame@127.0.0.1:{server.getsockname()[1]}/0?index=news"
        done = subprocess.run(
            [sys.executable, "-m", "dedupe", "index", "stats", "--index", place],
            capture_output=True,
            text=True,
            env={**os.environ, "COLUMNS": "300"},
            timeout=120,
        )
        for one in taken:
            one.close()
    assert done.returncode == 2
    assert "Redis cannot be reached" in done.stderr
    assert "open-sesame" not in done.stderr + done.stdout
    assert len(done.stderr.strip().splitlines()) == 1


def _accept(server: socket.socket, taken: list[socket.socket]) -> None:
    """Take every connection and never answer; the server is closed at the end."""
    while True:
        try:
            taken.append(server.accept()[0])
        except OSError:
            return
