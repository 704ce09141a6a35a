"""The command, run as users run it."""

import gzip
import json
import os
import pty
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import dedupe
from tests.commands import run

ROOT = Path(__file__).parent.parent.parent
ARTICLE = ROOT / "fixtures/articles/ferry.txt"
SAID = "The committee met on Tuesday and could not agree on the colour of the new bridge across the river."
TWICE = f"{SAID}\n\n{SAID}\n"
DIFFERING = "".join(
    f"Residents said that they had been told nothing, and that {count} of them were injured when it fell.\n\n"
    for count in (33, 35)
)
"""Two paragraphs that are flagged, and stay, for the number in which they differ."""


def test_check_reports_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "twice.txt"
    path.write_text(TWICE)
    done = run("check", path)
    assert done.returncode == 1
    assert b"[repeated-beside]" in done.stdout
    assert b"1 to remove" in done.stdout
    assert done.stderr == b""
    assert path.read_text() == TWICE


def test_the_article_of_the_readme() -> None:
    done = run("check", ARTICLE, "--output-format", "json-lines")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert report["document"] == str(ARTICLE)
    assert [one["lines"] for one in report["findings"]] == [[n, n] for n in (3, 13, 23, 25, 27, 29, 31, 33, 35)]
    assert {one["block"] for one in report["findings"][2:]} == {1}
    cleaned = run("clean", ARTICLE).stdout
    assert cleaned.decode() == dedupe.clean(ARTICLE.read_text())
    assert run("check", "-", stdin=cleaned).returncode == 0


def test_json_lines_are_one_ascii_object_a_document_with_or_without_findings(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TWICE.replace("bridge", "brücke\u2028"), encoding="utf-8")
    (tmp_path / "b.txt").write_text(SAID)
    done = run("check", tmp_path, "--output-format", "json-lines")
    lines = done.stdout.decode("ascii").split("\n")
    assert lines.pop() == ""
    first, second = map(json.loads, lines)
    assert second == {"schema": 1, "document": str(tmp_path / "b.txt"), "findings": []}
    (finding,) = first["findings"]
    assert set(finding) == {
        *("action", "kind", "rule", "lines", "span", "original", "jaccard", "containment", "changed_words"),
        *("block", "reason", "confidence"),
    }
    assert finding["lines"] == [3, 3]
    assert finding["original"]["lines"] == [1, 1]
    text = (tmp_path / "a.txt").read_text("utf-8")
    assert text[slice(*finding["span"])] == text[slice(*finding["original"]["span"])]


def test_concise_is_one_line_a_finding() -> None:
    done = run("check", ARTICLE, "--output-format", "concise")
    lines = done.stdout.decode().splitlines()
    assert len(lines) == 9
    assert done.stderr == b"1 document: 9 to remove, 0 flagged; remove them with: dedupe clean\n"
    assert run("check", ARTICLE, "--output-format", "concise", "--quiet").stderr == b""
    assert lines[0].startswith(f"{ARTICLE}:3: remove exact [")


def test_a_pipe_gets_data_and_nothing_else() -> None:
    text = ARTICLE.read_bytes()
    done = run("clean", "-", stdin=text)
    assert done.returncode == 0
    assert done.stderr == b""
    assert done.stdout.decode() == dedupe.clean(text.decode())


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("final", [True, False])
def test_bytes_that_stay_stay(tmp_path: Path, ends: str, mark: bytes, final: bool) -> None:
    rows = [
        "Ein Satz – mit „Anführungszeichen“ und ﬁ-Ligatur, lang genug für einen Absatz im Text.",
        "",
        "zwei  Wörter\t",
    ]
    text = ends.join([*rows, "", rows[0]]) + (ends if final else "")
    path = tmp_path / "x.txt"
    path.write_bytes(mark + text.encode())
    cleaned = run("clean", path).stdout
    assert cleaned == mark + (ends.join(rows) + (ends if final else "")).encode()
    path.write_bytes(cleaned)
    assert run("clean", path).stdout == cleaned


def test_in_place_replaces_what_changes_and_keeps_its_mode(tmp_path: Path) -> None:
    changed, same = tmp_path / "changed.txt", tmp_path / "same.txt"
    changed.write_text(TWICE)
    same.write_text(SAID)
    changed.chmod(0o640)
    before = same.stat()
    assert run("clean", "--in-place", tmp_path).returncode == 0
    assert changed.read_text() == f"{SAID}\n"
    assert stat.S_IMODE(changed.stat().st_mode) == 0o640
    assert (same.stat().st_ino, same.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".dedupe", "changed.txt", "same.txt"]


def test_output_is_a_file_for_one_and_a_folder_for_several(tmp_path: Path) -> None:
    (tmp_path / "in/deep").mkdir(parents=True)
    (tmp_path / "in/a.txt").write_text(TWICE)
    (tmp_path / "in/deep/b.txt").write_text(SAID)
    assert run("clean", tmp_path / "in/a.txt", "-o", tmp_path / "one.txt").returncode == 0
    assert (tmp_path / "one.txt").read_text() == f"{SAID}\n"
    assert run("clean", tmp_path / "in", "-o", tmp_path / "out").returncode == 0
    assert (tmp_path / "out/a.txt").read_text() == f"{SAID}\n"
    assert (tmp_path / "out/deep/b.txt").read_text() == SAID
    assert run("clean", tmp_path / "in/a.txt", "-o", f"{tmp_path / 'folder'}/").returncode == 0
    assert (tmp_path / "folder/a.txt").read_text() == f"{SAID}\n"


def test_several_documents_do_not_go_to_standard_output(tmp_path: Path) -> None:
    done = run("clean", ARTICLE, ARTICLE)
    assert done.returncode == 2
    assert b"use -o DIR or --in-place" in done.stderr
    assert done.stdout == b""


def test_diff_shows_the_change_and_can_be_applied(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(ARTICLE.read_bytes().rstrip(b"\n"))
    done = run("clean", "--diff", path)
    assert done.returncode == 1
    applied = subprocess.run(["patch", "-s", str(path)], input=done.stdout, check=False, capture_output=True)
    assert applied.returncode == 0, applied
    assert path.read_text() == dedupe.clean(ARTICLE.read_text().rstrip("\n"))
    assert run("clean", "--diff", path).returncode == 0


def test_fail_on_chooses_what_counts(tmp_path: Path) -> None:
    flagged = tmp_path / "flagged.txt"
    flagged.write_text(DIFFERING)
    assert run("check", flagged).returncode == 0
    assert run("check", flagged, "--fail-on", "flag").returncode == 1
    assert run("check", ARTICLE, "--fail-on", "never").returncode == 0


BAD = {
    "latin1.txt": (b"caf\xe9", "is not UTF-8: byte 0xe9 at offset 3"),
    "zero.txt": (b"ab\0c", "has a NUL byte at offset 2"),
    "binary.txt": (bytes(range(256)), "has a NUL byte at offset 0"),
    "utf16.txt": ("hallo".encode("utf-16-le"), "has a NUL byte at offset 1"),
    "cut.txt": ("né".encode()[:-1], "is not UTF-8: byte 0xc3 at offset 1"),
}


def test_bad_files_get_a_sentence_each_and_the_others_are_done(tmp_path: Path) -> None:
    for name, (data, _) in BAD.items():
        (tmp_path / name).write_bytes(data)
    good = tmp_path / "z good.txt"
    good.write_text(TWICE)
    done = run("clean", "-q", "--in-place", tmp_path, tmp_path / "missing.txt")
    assert done.returncode == 2
    assert good.read_text() == f"{SAID}\n"
    errors = done.stderr.decode()
    assert errors.count("\n") == len(BAD) + 1
    for name, (data, sentence) in BAD.items():
        assert (tmp_path / name).read_bytes() == data
        assert any(str(tmp_path / name) in line and sentence in line for line in errors.splitlines()), errors
    assert f"{tmp_path / 'missing.txt'}: there is no such file or directory" in errors


def test_an_empty_file_is_said_and_stays_empty(tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_bytes(b"")
    done = run("clean", empty)
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"is empty" in done.stderr


def test_a_directory_without_texts_is_trouble(tmp_path: Path) -> None:
    done = run("check", tmp_path)
    assert done.returncode == 2
    assert done.stderr.decode() == (
        f"error: {tmp_path}: no file in this directory has an ending that is read (.txt, .text, .md, ...); name files, "
        "or another directory, or take other endings with --include\n"
    )


def test_a_directory_loop_ends(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(SAID)
    (tmp_path / "loop").symlink_to(tmp_path)
    done = run("check", tmp_path, "--output-format", "json-lines")
    assert done.stdout.count(b"\n") == 1


def test_what_cannot_be_written_is_said_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = run("clean", ARTICLE, "-o", tmp_path / "file/below.txt")
    assert done.returncode == 2
    assert b"error: " in done.stderr
    assert b"Traceback" not in done.stderr
    assert os.listdir(tmp_path) == ["file"]


def test_a_full_disk_is_said() -> None:
    with open("/dev/full", "wb") as full:
        command = [sys.executable, "-m", "dedupe", "check", str(ARTICLE)]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    assert done.stderr.decode().count("\n") == 1
    assert b"error: standard output: the disk is full; make room" in done.stderr


def test_one_line_of_a_hundred_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_bytes(b"every word of this line is said again and again " * (100_000_000 // 48))
    done = run("check", path, "--output-format", "json-lines", "--max-record", "200000000")
    assert done.returncode == 2
    assert b"has a line of more than 8,388,608 characters, so it is left as it was" in done.stderr
    assert json.loads(done.stdout)["findings"] == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["check", "--jaccard", "7", str(ARTICLE)], "jaccard must be from 0.3 to 1.0, not 7"),
        (["check", "--level", "wild", str(ARTICLE)], "level must be one of conservative, default, aggressive"),
        (["check", "--keep-matching", "(", str(ARTICLE)], "is not a regular expression"),
        (["clean", "--in-place", "-"], "standard input cannot be cleaned in place"),
        (["clean", "--in-place", "--diff", str(ARTICLE)], "exclude each other"),
    ],
)
def test_impossible_options_are_a_sentence_with_what_is_allowed(arguments: list[str], sentence: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert sentence in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def on_a_terminal(*arguments: str | Path, **environment: str) -> str:
    """Run the command with a terminal as its standard output and error; return what the terminal got."""
    return status_on_a_terminal(*arguments, **environment)[1]


def status_on_a_terminal(*arguments: str | Path, **environment: str) -> tuple[int, str]:
    """Return the exit status, too."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "dedupe", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", **environment},
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 1 << 16)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    status = process.wait()
    os.close(ours)
    return status, shown.decode()


@pytest.mark.slow
def test_a_corpus_shows_a_bar_for_each_stage_on_a_terminal_and_nothing_elsewhere(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"text": "one"}\n{"text": 2}\n')
    shown = on_a_terminal("corpus", source, "-o", tmp_path / "one")
    for stage in ("fingerprint", "group", "documents"):
        assert stage in shown
    assert "1/1" in shown
    assert "error: " in shown
    assert run("corpus", source, "-o", tmp_path / "two").stderr.count(b"\n") == 1


@pytest.mark.parametrize("verb", [["check"], ["check", "--output-format", "concise"], ["clean"], ["clean", "--diff"]])
def test_control_characters_and_bidi_overrides_never_reach_the_terminal_raw(tmp_path: Path, verb: list[str]) -> None:
    evil = "\x1b]0;owned\x07 \x1b[31mred\x9b0m \u202eoverride\u2066 \x7f " + SAID
    path = tmp_path / "evil\x1b[2J.txt"
    path.write_text(f"{evil}\n\n{evil}\n", encoding="utf-8")
    shown = on_a_terminal(*verb, path, NO_COLOR="1")
    assert "evil" in shown or "override" in shown
    assert not set(shown) & set("\x1b\x07\x7f\x9b\u202e\u2066")


def test_colour_is_for_terminals_and_honours_no_color() -> None:
    assert "\x1b[31m" in on_a_terminal("check", ARTICLE, NO_COLOR="")
    assert "\x1b[" not in on_a_terminal("check", ARTICLE, NO_COLOR="1")
    assert b"\x1b[" not in run("check", ARTICLE).stdout


@pytest.mark.slow
def test_long_work_shows_a_bar_on_a_terminal_and_only_there(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    lines = ("every word of this line is said again and again ", "other words stand here and are said as often ")
    path.write_text("\n".join(line * 100_000 for line in lines))
    assert "MB" in on_a_terminal("check", path, "--output-format", "json-lines")
    assert run("check", path, "--output-format", "json-lines").stderr == b""


def test_a_file_named_twice_is_done_once(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text(TWICE)
    assert run("clean", path, path, tmp_path, "--in-place").returncode == 0
    assert path.read_text() == f"{SAID}\n"


def test_two_files_are_not_written_to_one(tmp_path: Path) -> None:
    for folder in ("p", "q"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.txt").write_text(f"{folder}\n")
    done = run("clean", tmp_path / "p", tmp_path / "q", "-o", tmp_path / "out")
    assert done.returncode == 2
    assert b"as another file was; rename one" in done.stderr
    assert (tmp_path / "out/a.txt").read_text() == "p\n"


def test_a_device_or_a_pipe_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    for target in (tmp_path / "pipe.txt", "/dev/stdout"):
        done = run("clean", ARTICLE, "-o", target)
        assert done.returncode == 2
        assert b"is not a regular file" in done.stderr
    (tmp_path / "a.txt").write_text(SAID)
    assert run("check", tmp_path, "--output-format", "json-lines").stdout.count(b"\n") == 1


@pytest.mark.parametrize("closed", ["- <&-", f"{ARTICLE} >&-", "/nowhere 2>&-"])
def test_closed_streams_are_trouble_and_no_traceback(closed: str) -> None:
    done = subprocess.run(
        f"{sys.executable} -m dedupe check {closed}", shell=True, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr + done.stdout
    assert "error" not in done.stdout


def test_a_terminal_gets_the_text_of_a_compressed_file(tmp_path: Path) -> None:
    path = tmp_path / "x.txt.gz"
    path.write_bytes(gzip.compress(TWICE.encode()))
    assert status_on_a_terminal("clean", path) == (0, f"{SAID}\r\n")
