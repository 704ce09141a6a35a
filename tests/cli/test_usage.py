"""The first five minutes: help in groups, what to type instead, and why something stays."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

import dedupe
from dedupe.cli.option_classes import GROUPS, OF_OPTIONS, OPTIONS_OF_VERBS, VALUE_NAMES
from dedupe.errors import suggestion
from dedupe.judge.model import load_model
from tests.cli.test_cli import ARTICLE, SAID, TWICE, status_on_a_terminal
from tests.commands import run


def test_options_are_shown_in_groups_with_the_names_of_their_values_and_defaults() -> None:
    shown = run("check", "--help", COLUMNS="200").stdout.decode()
    heads = re.findall(r"^(\w+):$", shown, re.MULTILINE)
    assert heads == list(GROUPS)
    parts = re.split(r"^\w+:$", shown, flags=re.MULTILINE)[1:]
    sections = {head: " ".join(part.split()) for head, part in zip(heads, parts, strict=True)}
    for name in OPTIONS_OF_VERBS["check"]:
        assert re.search(rf"--{name.replace('_', '-')}\b", sections[OF_OPTIONS[name]]), name
    assert "--report FILE" in sections["Output"]
    assert "--level conservative|default|aggressive" in sections["Judging"]
    assert re.search(r"--gitignore / --no-gitignore [^\[]*\[default: yes\]", sections["Reading"])
    assert re.search(r"--follow / --no-follow [^\[]*\[default: no\]", sections["Reading"])
    assert "--format text|" not in shown
    assert "VALUE" not in shown
    assert "<list" not in shown


def test_the_groups_and_names_of_values_are_those_of_options() -> None:
    assert set(OF_OPTIONS.values()) <= set(GROUPS)
    assert VALUE_NAMES.keys() <= OF_OPTIONS.keys()


def test_verbs_are_listed_with_a_whole_sentence() -> None:
    for group in ([], ["index"]):
        shown = run(*group, "--help", COLUMNS="80").stdout.decode()
        verbs = shown[shown.index("Commands:") :].splitlines()[1:]
        assert len(verbs) >= 8
        assert all(line.endswith(".") and not line.endswith("...") for line in verbs)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("check {} --format jsonl", "not 'jsonl'; did you mean 'json-lines'?"),
        ("check {} --format md", "not 'md'; did you mean 'markdown'?"),
        ("check {} --output-format json", "not 'json'; did you mean 'json-lines'?"),
        ("check {} --level agressive", "not 'agressive'; did you mean 'aggressive'?"),
        ("check {} --fail-on warning", "--fail-on must be one of remove, flag, never, not 'warning'"),
        ("clean {} --fix", "dedupe clean has no --fix; to change the files themselves: dedupe clean --in-place"),
        ("check {} --dry-run", "dedupe clean --diff shows what would change"),
        ("check {} --threshold=0.8", "--jaccard is the least similarity of near-duplicates"),
        ("clean -r {}", "dedupe clean has no -r; folders are read with everything below them"),
        ("check {} --across remove", "dedupe check has no --across; it is now --cross-document"),
        ("corpus {} --drop=1", "dedupe corpus has no --drop; it is now --drop-covered"),
        ("clean {} --drop 1", "dedupe clean has no --drop; it is now --drop-covered, of dedupe corpus"),
        ("tune {} --quiet", "dedupe tune has no --quiet; "),
        ("clean {} --inplac", "did you mean '--in-place'?"),
        ("clean {} --output-format json", "to see findings: dedupe check --output-format"),
        ("check {} --jaccard high", "--jaccard must be a number from 0.3 to 1.0; see dedupe check --help"),
        ("tune {} --sample 0", "--sample must be a whole number"),
        ("check {} --output-format", "--output-format needs a value: --output-format full|concise|"),
        ("check {} --report", "--report needs a value: --report FILE; see dedupe check --help"),
        (
            "check {} --gitignore=no",
            "--gitignore takes no value, such as 'no'; give --gitignore alone, or --no-gitignore",
        ),
        ("check {} --quiet=1", "--quiet takes no value, such as '1'; give --quiet alone; see dedupe check --help"),
        ("compare {}", "dedupe compare needs B (a file with another paragraph); see dedupe compare --help"),
        ("index stats {}", "dedupe index stats: got unexpected extra argument"),
        ("chek {}", "there is no verb 'chek'; did you mean 'check'?"),
        ("index statts", "there is no verb 'statts'; did you mean 'stats'?"),
        ("fix {}", "there is no verb 'fix'; did you mean dedupe clean?"),
        ("{}", "is no verb but a path; name the verb first: dedupe check "),
        ("--in-place {}", "put options behind the verb"),
        ("zzz", "there is no verb 'zzz'; there are: check, clean, "),
    ],
)
def test_what_everybody_types_is_answered_with_what_there_is(arguments: str, sentence: str) -> None:
    done = run(*(str(ARTICLE) if one == "{}" else one for one in arguments.split()))
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"error: ")
    assert done.stderr.count(b"\n") == 1
    assert sentence in done.stderr.decode()


def test_a_suggestion_is_near_or_none() -> None:
    assert suggestion("--in_place", ["--in-place", "--diff"]) == "; did you mean '--in-place'?"
    assert suggestion("--nonsense", ["--seed", "--encoding"]) == ""
    assert suggestion(".JSONL", ["text", "json-lines"], {"jsonl": "json-lines"}) == "; did you mean 'json-lines'?"


@pytest.mark.parametrize("verb", ["check", "clean", "tune", "index query"])
def test_a_pipe_without_a_path_is_told_of_the_hyphen(verb: str) -> None:
    done = run(*verb.split(), stdin=TWICE.encode())
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == (
        f"error: no path is given; to read standard input, name it with -: dedupe {verb} -\n"
    )


def test_a_verb_without_a_path_gives_a_hint_at_a_terminal() -> None:
    for verb in ("clean", "review"):
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "dedupe", verb]
        done = subprocess.run(command, stdin=theirs, capture_output=True, check=False)
        os.close(theirs)
        os.close(ours)
        assert (done.returncode, done.stdout) == (2, b"")
        assert done.stderr.decode() == (
            f"error: no path is given; name a file or a folder: dedupe {verb} article.txt "
            f"(for its options: dedupe {verb} --help)\n"
        )
    assert b"name a file or a folder" in run("undo").stderr


@pytest.mark.parametrize("verb", ["check", "clean", "corpus", "index add", "review", "tune", "undo"])
def test_an_empty_path_is_named_as_such(verb: str) -> None:
    done = run(*verb.split(), ARTICLE, "")
    sentence = "error: a path is empty; name a file or a folder, or . for this one\n"
    assert (done.returncode, done.stdout, done.stderr.decode()) == (2, b"", sentence)


def test_a_folder_is_not_written_to_standard_output_even_with_one_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TWICE)
    done = run("clean", tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"error: a folder, or more than one document, is not written to one stream; ")


SEA = "The bridge is closed until further notice because of the flood."


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("Home\n\nWe mend bicycles of every make and age, in a day.\n\nHome\n", "--level"),
        ("Share\n\nWe mend bicycles of every make and age.\n\nShare\n", "--min-confidence"),
        ("One two three.\n\nSomething else stands here between.\n\nOne two three.\n", "--remove-matching"),
    ],
)
def test_equal_paragraphs_that_stay_come_with_the_reason_and_a_way(text: str, way: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(text)
    done = run("check", path)
    assert done.returncode == 0
    last = done.stdout.decode().splitlines()[-1]
    number = len(text.splitlines())
    assert last.startswith(f"{path}:{number} has the same ")
    assert "as line 1, and both stay: confidence 0." in last
    assert f"a removal needs {load_model().levels['default']:.2f}" in last
    option, value = last.rpartition("; ")[2].split(" removes it")[0].split()
    assert option == way
    removed = run("check", path, option, "two" if value == "REGEX" else value)
    assert removed.returncode == 1
    assert b"both stay: confidence" not in removed.stdout


def test_a_removal_or_nothing_equal_needs_no_reason(tmp_path: Path) -> None:
    home = tmp_path / "a.txt"
    home.write_text("Home\n\nWe mend bicycles of every make and age, in a day.\n\nHome\n")
    (tmp_path / "b.txt").write_text(TWICE)
    (tmp_path / "c.txt").write_text(f"{SAID}\n\nHello world.\n")
    for arguments in (
        [tmp_path],
        [tmp_path / "c.txt"],
        [home, "--ignore", "exact"],
        [home, "--scope", "corpus"],
        [home, "--output-format", "concise"],
        [home, "--quiet"],
    ):
        assert b"both stay: confidence" not in run("check", *arguments).stdout


def test_quiet_leaves_findings_and_errors(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TWICE)
    loud, quiet = run("check", path, path), run("check", "-q", path, path)
    assert b"warning: " in loud.stderr
    assert quiet.stderr == b""
    assert loud.stdout.startswith(quiet.stdout)
    assert b"[repeated-beside]" in quiet.stdout
    assert run("check", "-q", tmp_path / "none").stderr.startswith(b"error: ")


def test_warnings_are_marked_on_a_terminal_too(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("")
    status, shown = status_on_a_terminal("check", path, NO_COLOR="1")
    assert status == 0
    assert f"warning: {path}: is empty" in shown


def test_compare_prints_one_object(tmp_path: Path) -> None:
    one, other = tmp_path / "one.txt", tmp_path / "other.txt"
    one.write_text(SAID)
    other.write_text(SAID.replace("Tuesday", "Monday"))
    done = run("compare", one, other, "--output-format", "json")
    found = json.loads(done.stdout)
    assert done.returncode == (0 if found["action"] == "remove" else 1)
    assert found["schema"] == 1
    assert found["a"] == {
        "document": str(one),
        "words": 19,
        "shingles_in_other": found["a"]["shingles_in_other"],
        "words_in_other": round(18 / 19, 4),
        "differing_words": ["tuesday"],
    }
    assert found["b"]["differing_words"] == ["monday"]
    assert found["candidate"] is True
    assert 0.5 < found["jaccard"] < 1
    same = json.loads(run("compare", one, one, "--output-format", "json").stdout)
    assert (same["action"], same["paragraph"], same["kind"], same["rule"]) == (
        "remove",
        "b",
        "exact",
        "repeated-beside",
    )
    assert 0.9 < same["confidence"] <= 1
    other.write_text("Nothing of this has to do with it.")
    apart = run("compare", one, other, "--output-format", "json")
    found = json.loads(apart.stdout)
    assert apart.returncode == 1
    assert (found["action"], found["paragraph"], found["candidate"]) == ("keep", None, False)


def test_settings_are_one_object_with_values_and_sources(tmp_path: Path) -> None:
    (tmp_path / "dedupe.toml").write_text('field = ["title", "body"]\n')
    done = run(*("settings", tmp_path, "--output-format", "json", "--level", "conservative"), DEDUPE_JACCARD="0.6")
    found = json.loads(done.stdout)
    assert found["schema"] == 1
    assert found["settings"]["field"] == {"value": ["title", "body"], "source": str(tmp_path / "dedupe.toml")}
    assert found["settings"]["level"] == {"value": "conservative", "source": "flag"}
    assert found["settings"]["jaccard"] == {"value": 0.6, "source": "DEDUPE_JACCARD"}
    assert found["settings"]["keep"] == {"value": "best", "source": "default"}
    assert list(found["settings"]) == list(OF_OPTIONS)


def test_the_stats_of_an_index_are_one_object(tmp_path: Path) -> None:
    place = tmp_path / "seen.db"
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "a.txt").write_text(f"{SAID}\n\n{SEA}\n")
    (texts / "b.txt").write_text(SAID)
    assert run("index", "add", texts, "--index", place, "--store-text").returncode == 0
    found = json.loads(run("index", "stats", "--index", place, "--output-format", "json").stdout)
    counts = {name: found[name] for name in ("schema", "index", "documents", "paragraphs", "different_paragraphs")}
    assert counts == {
        "schema": 1,
        "index": str(place),
        "documents": 2,
        "paragraphs": 3,
        "different_paragraphs": 2,
    }
    assert (found["jaccard"], found["permutations"], found["seed"], found["texts"]) == (0.5, 128, 1, True)
    assert found["most_frequent"] == [{"pages": 2, "text": SAID}]
    assert found["bytes"] > 0


def test_tune_prints_one_object(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Home\n\nHome\n\nWe mend bicycles of every make and age, in a day.\n")
    found = json.loads(run("tune", path, "--output-format", "json").stdout)
    assert (found["schema"], found["documents"], found["documents_read"]) == (1, 1, 1)
    given, *others = found["trials"]
    assert given == {
        **dict.fromkeys(("option", "value", "precision", "recall", "f0_5")),
        "removed": 0,
        "flagged": 1,
        "more": 0,
        "fewer": 0,
    }
    (bold,) = (one for one in others if one["value"] == "aggressive")
    assert (bold["option"], bold["removed"], bold["more"]) == ("level", 1, 1)
    assert found["suggested"] == {"level": "default", "jaccard": 0.5, "containment": 0.5}
    assert "settings in force" in found["reason"]
    assert dedupe.Options(**found["suggested"]) == dedupe.Options()


@pytest.mark.parametrize("verb", ["check", "clean", "corpus"])
def test_a_run_loads_nothing_that_only_converts_values_or_draws_numbers(verb: str, tmp_path: Path) -> None:
    record = tmp_path / "articles.jsonl"
    record.write_text('{"text": "One line of a short article.\\n"}\n')
    code = (
        "import sys\nfrom dedupe.cli import main\ntry:\n    main()\n"
        "finally:\n    print(*sorted({'pydantic', 'numpy.random', 'scipy', 'datasketch'} & set(sys.modules)))"
    )
    output = [] if verb == "check" else ["-o", str(tmp_path / "OUT")]
    command = [sys.executable, "-c", code, verb, str(record), *output]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == ""
