"""Every verb takes the options that it obeys; what would do nothing is refused in a sentence."""

import json
import re
import runpy
from dataclasses import fields
from pathlib import Path

import pytest

from dedupe.cli.config import Setting
from dedupe.cli.flags import NEEDS, Need, refuse_idle
from dedupe.cli.option_classes import CLASSES, OPTIONS_OF_VERBS
from dedupe.errors import OptionError
from tests.cli.test_cli import ARTICLE, ROOT, SAID, TWICE
from tests.commands import run

EVERY = [one for cls in CLASSES for one in fields(cls)]


def test_the_table_of_verbs_and_options_is_as_made() -> None:
    page = ROOT / "docs/options.md"
    assert page.read_text("utf-8") == runpy.run_path(str(page.with_name("make_options.py")))["table"]()


@pytest.mark.parametrize("verb", OPTIONS_OF_VERBS)
def test_a_verb_shows_the_options_that_it_takes_and_no_others(verb: str) -> None:
    shown = run(*verb.split(), "--help", COLUMNS="200").stdout.decode()
    flags = set(re.findall(r"^  (?:-\w, )?--([a-z][a-z-]*)", shown, re.MULTILINE))
    ours = {one.name.replace("_", "-") for one in EVERY}
    assert flags & ours - ({"sample"} if verb == "tune" else set()) == {
        name.replace("_", "-") for name in OPTIONS_OF_VERBS[verb]
    }


def test_an_option_of_another_verb_is_one_sentence_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TWICE)
    for arguments, sentence in (
        (
            ["check", path, "--removed", "x"],
            "dedupe check has no --removed, which would do nothing there; it is for dedupe clean",
        ),
        (["corpus", path, "-o", "x", "--report", "x"], "it is for dedupe check, dedupe clean and dedupe review"),
        (["corpus", path, "-o", "x", "--removed", "x"], "it is for dedupe clean"),
        (["corpus", path, "-o", "x", "--decisions", "x"], "dedupe corpus has no --decisions"),
        (["corpus", path, "-o", "x", "--index", "x"], "dedupe corpus has no --index"),
        (["compare", path, path, "--no-gitignore"], "dedupe compare has no --no-gitignore"),
        (["index", "stats", "--index", "x", "--remember"], "dedupe index stats has no --remember"),
        (["undo", path, "--level", "default"], "dedupe undo has no --level"),
        (["tune", path, "--scope", "corpus"], "dedupe tune has no --scope"),
    ):
        done = run(*arguments)
        assert (done.returncode, done.stdout) == (2, b"")
        assert sentence in done.stderr.decode()
        assert done.stderr.count(b"\n") == 1
    assert b"dedupe check has no --nonsense; see dedupe check --help" in run("check", path, "--nonsense").stderr


def settings(**given: object) -> dict[str, Setting]:
    """Return every setting, those that are given as flags."""
    return {
        one.name: Setting(one.name, given.get(one.name, one.default), "flag" if one.name in given else "default")
        for one in EVERY
    }


WITH: dict[str, dict[str, object]] = {
    "cross_document": {"scope": "corpus"},
    "keep_copies": {"cross_document": "remove", "index": "i"},
    "date": {"scope": "corpus"},
    "store_text": {"index": "i", "remember": True},
    "pattern_timeout": {"keep_matching": "x"},
    "undo_dir": {"undo_keep": 1},
    "master": {"engine": "spark"},
    "overwrite": {"report": "r"},
    "jobs": {"engine": "local"},
}
"""What makes an option do something, where it is more than an index."""

AGAINST: dict[str, dict[str, object]] = {"undo_dir": {"undo_keep": 0}, "jobs": {"engine": "spark"}}


@pytest.mark.parametrize(("need", "name"), [(need, name) for need in NEEDS for name in need.names])
def test_a_flag_that_would_do_nothing_is_refused_and_obeyed_beside_what_it_needs(need: Need, name: str) -> None:
    assert need in NEEDS
    verb = next(iter(need.verbs), "check")
    value = True if name in ("remember", "store_text", "index_optional") else "x"
    with pytest.raises(OptionError, match=f"--{name.replace('_', '-')} needs more to have an effect; "):
        refuse_idle(verb, settings(**{name: value}, **AGAINST.get(name, {})))
    refuse_idle(verb, settings(**{name: value}, **WITH.get(name, {"index": "i"})))
    refuse_idle(verb, {**settings(**AGAINST.get(name, {})), name: Setting(name, value, "dedupe.toml")})


def test_flags_of_clean_that_would_do_nothing_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TWICE)
    for arguments, sentence in (
        (["--fail-on", "flag"], "--fail-on is for --diff"),
        (["--undo-dir", "x"], "--undo-dir is for --in-place"),
        (["-o", "x", "--undo-keep", "1"], "--undo-keep is for --in-place"),
        (["--diff", "--removed", "x"], "--diff removes nothing, so leave out --removed"),
        (["--annotate", "x", "--removed", "x"], "--annotate removes nothing, so leave out --removed"),
        (["--in-place", "--undo-keep", "0", "--undo-dir", "x"], "leave out --undo-keep 0"),
    ):
        done = run("clean", path, *arguments)
        assert (done.returncode, done.stdout) == (2, b"")
        assert sentence in done.stderr.decode()
    assert path.read_text() == TWICE


def test_what_a_file_sets_for_other_verbs_is_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TWICE)
    (tmp_path / "dedupe.toml").write_text(
        f"report = '{tmp_path}/r.html'\nscope = 'corpus'\nindex = 'missing'\ncross-document = 'flag'\n"
    )
    for verb in (["tune", path], ["undo", path], ["corpus", path, "-o", tmp_path / "out"]):
        done = run(*verb)
        assert b"missing" not in done.stderr
        assert b"scope" not in done.stderr
    assert not (tmp_path / "r.html").exists()


def test_an_index_of_another_threshold_is_kept_in_order_and_stays_as_it_was_made(tmp_path: Path) -> None:
    path, index = tmp_path / "a.txt", ("--index", tmp_path / "i")
    path.write_text(SAID)
    assert run("index", "add", path, *index, "--jaccard", "0.7").returncode == 0
    for verb in (["stats"], ["verify"], ["compact"], ["remove", path], ["expire", "--older-than", "1"]):
        assert run("index", *verb, *index).returncode == 0, verb
    assert run("index", "merge", tmp_path / "i", "--index", tmp_path / "j").returncode == 2  # there is no j
    for flag, value in (("--jaccard", "0.8"), ("--permutations", "64"), ("--seed", "2")):
        done = run("index", "add", path, *index, *({"--jaccard": "0.7"} | {flag: value}).popitem(), "--jaccard=0.8")
        assert done.returncode == 2
        assert b"which cannot change; leave out" in done.stderr


def test_walking_is_obeyed_by_every_verb_that_walks(tmp_path: Path) -> None:
    top = tmp_path / "in"
    top.mkdir()
    (top / "a.txt").write_text(TWICE)
    (top / "b.txt").write_text(SAID)
    out, index = tmp_path / "out", tmp_path / "i"
    assert run("corpus", top, "-o", out, "--exclude", "b.txt").returncode == 0
    assert json.loads((out / "report.json").read_text())["counts"]["documents"] == 1
    assert b"1 document added" in run("index", "add", top, "--index", index, "--exclude", "b.txt").stderr
    assert b"b.txt" not in run("index", "query", top, "--index", index, "--exclude", "b.txt").stdout
    assert run("settings", ARTICLE, "--exclude", "x", "--window", "8").returncode == 0
