"""Where settings come from."""

from dataclasses import fields
from pathlib import Path

import pytest

from dedupe.cli.option_classes import CLASSES
from tests.cli.test_cli import SAID
from tests.commands import run


def setting(name: str, *arguments: str | Path, **environment: str) -> tuple[str, str]:
    for line in run("settings", *arguments, **environment).stdout.decode().splitlines():
        key, _, rest = line.partition(" = ")
        if key == name:
            value, _, source = rest.partition("  # ")
            return value.strip(), source
    raise AssertionError(name)


def test_a_flag_goes_before_the_environment_a_file_and_the_default(tmp_path: Path) -> None:
    article = tmp_path / "deep/er/a.txt"
    article.parent.mkdir(parents=True)
    article.write_text(SAID)
    assert setting("jaccard", article) == ("0.5", "default")
    (tmp_path / "pyproject.toml").write_text("[tool.dedupe]\njaccard = 0.6\nignore = ['near']\n")
    assert setting("jaccard", article) == ("0.6", str(tmp_path / "pyproject.toml"))
    assert setting("ignore", article)[0] == '["near"]'
    (tmp_path / "deep/dedupe.toml").write_text("jaccard = 1\nkeep-matching = 'x'\n")
    assert setting("jaccard", article) == ("1.0", str(tmp_path / "deep/dedupe.toml"))
    assert setting("keep_matching", article)[0] == '"x"'
    assert setting("jaccard", article, DEDUPE_JACCARD="0.8") == ("0.8", "DEDUPE_JACCARD")
    assert setting("field", article, DEDUPE_FIELD="a,b") == ('["a", "b"]', "DEDUPE_FIELD")
    assert setting("jaccard", article, "--jaccard", "0.9", DEDUPE_JACCARD="0.8") == ("0.9", "flag")


def test_a_project_file_without_our_table_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/pyproject.toml").write_text("[project]\nname = 'x'\n")
    (tmp_path / "dedupe.toml").write_text("level = 'aggressive'\n")
    assert setting("level", tmp_path / "in")[0] == '"aggressive"'


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("jacard = 0.6", "there is no setting 'jacard'; did you mean 'jaccard'?"),
        ("across = 'remove'", "there is no setting 'across'; it is now 'cross_document'"),
        ("boilerplate-pages = 7", "there is no setting 'boilerplate-pages'; it is now 'boilerplate_min_docs'"),
        ("jaccard = 7", "dedupe.toml: jaccard must be from 0.3 to 1.0, not 7.0"),
        ("jaccard = 'x'", "dedupe.toml: jaccard must be a number"),
        ("keep-matching = '('", "dedupe.toml: keep-matching is not a regular expression: '('"),
        ("containment = 9", "dedupe.toml: containment must be from 0.3 to 1.0, not 9.0"),
        ("exclude = ['!']", "dedupe.toml: exclude has a bad pattern: "),
        ("encoding = 'x'", "dedupe.toml: encoding "),
        ("jaccard = ", "is not TOML"),
        ("seed = " + "1" * 5000, "is not TOML"),
    ],
)
def test_a_bad_file_is_a_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    (tmp_path / "dedupe.toml").write_text(content)
    (tmp_path / "a.txt").write_text(SAID)
    done = run("check", tmp_path / "a.txt")
    assert done.returncode == 2
    assert sentence in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


def test_a_bad_environment_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(SAID)
    assert b"did you mean 'level'?" in run("check", tmp_path / "a.txt", DEDUPE_LEVLE="x").stderr
    renamed = run("check", tmp_path / "a.txt", DEDUPE_ACROSS="remove").stderr
    assert b"variable DEDUPE_ACROSS; it is now DEDUPE_CROSS_DOCUMENT" in renamed
    assert b"DEDUPE_JACCARD must be a number, not 'x'" in run("check", tmp_path / "a.txt", DEDUPE_JACCARD="x").stderr


@pytest.mark.parametrize(
    ("verb", "name", "value", "sentence"),
    [
        ("settings", "CONTAINMENT", "9", "DEDUPE_CONTAINMENT must be from 0.3 to 1.0, not 9.0"),
        ("settings", "MEMORY", "much", "DEDUPE_MEMORY must be a size of at least 64MB"),
        ("settings", "EXCLUDE", "!", "DEDUPE_EXCLUDE has a bad pattern: "),
        ("settings", "ENCODING", "klingon", "DEDUPE_ENCODING "),
        ("check", "JACCARD", "0.1", "DEDUPE_JACCARD must be from 0.3 to 1.0, not 0.1"),
        ("check", "IGNORE", "exakt", "DEDUPE_IGNORE must be one of exact, "),
        ("clean", "KEEP_MATCHING", "(", "DEDUPE_KEEP_MATCHING is not a regular expression: '('"),
        ("corpus", "CONTAINMENT", "9", "DEDUPE_CONTAINMENT must be from 0.3 to 1.0, not 9.0"),
    ],
)
def test_a_wrong_value_of_the_environment_names_the_variable(
    tmp_path: Path, verb: str, name: str, value: str, sentence: str
) -> None:
    (tmp_path / "a.txt").write_text(SAID)
    done = run(verb, tmp_path / "a.txt", **{f"DEDUPE_{name}": value})
    assert done.returncode == 2
    assert done.stderr.decode().startswith(f"error: {sentence}")
    assert (done.stdout, done.stderr.count(b"\n")) == (b"", 1)


def test_a_wrong_value_of_a_flag_names_the_flag(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(SAID)
    done = run("check", tmp_path / "a.txt", "--keep-matching", "(")
    assert (done.returncode, done.stderr) != (0, b"")
    assert done.stderr.startswith(b"error: --keep-matching is not a regular expression: '('")
    assert run("settings", "--exclude", "!").stderr.startswith(b"error: --exclude has a bad pattern: ")


def test_every_option_is_a_flag_a_setting_and_in_the_reference() -> None:
    shown = run("settings").stdout.decode()
    help_text = run("settings", "--help", COLUMNS="200").stdout.decode()
    assert "--engine" not in run("check", "--help", COLUMNS="200").stdout.decode()
    reference = (Path(__file__).parent.parent.parent / "docs/options.md").read_text("utf-8")
    for cls in CLASSES:
        for one in fields(cls):
            flag = f"--{one.name.replace('_', '-')}"
            assert f"{one.name} = " in shown
            assert flag in help_text
            assert f"`{one.name}`" in reference, f"run python docs/make_options.py: {one.name}"


def test_compare_says_which_words_differ_and_how_they_relate(tmp_path: Path) -> None:
    one, other = tmp_path / "a.txt", tmp_path / "b.txt"
    one.write_text(SAID)
    other.write_text(SAID.replace("Tuesday", "Monday"))
    done = run("compare", one, other)
    assert done.returncode == 1
    shown = done.stdout.decode()
    assert "[tuesday]" in shown
    assert "[monday]" in shown
    assert "flag B: variant [variant]" in shown
    other.write_text(f"“{SAID}”")
    assert run("compare", one, other).returncode == 0
    other.write_text("Nothing of the kind has ever been said by anybody.")
    assert b"they share too little" in run("compare", one, other).stdout
    assert run("compare", one, tmp_path / "missing").returncode == 2


def test_a_pair_below_the_jaccard_counts_by_the_containment_and_help_says_so(tmp_path: Path) -> None:
    quote = (
        "We listened to the bearings for a week, and they groaned every night as if they moved furniture in the water"
    )
    path = tmp_path / "a.txt"
    quoting = f"“{quote},” Ada Holm, the chief engineer of the harbour, told those who had come to the quay."
    path.write_text(f"{quoting}\n\nSnow fell in the hills all night long, and nobody minded that.\n\n“{quote}”\n")
    assert run("check", path, "--jaccard", "1.0").returncode == 1
    assert run("check", path, "--jaccard", "1.0", "--containment", "1.0").returncode == 0
    shown = " ".join(run("check", "--help", COLUMNS="200").stdout.decode().split())
    assert "a pair below it still counts if it reaches the containment" in shown
