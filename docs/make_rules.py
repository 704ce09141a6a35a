"""Write docs/rules.md from the table of rules."""

from pathlib import Path

from dedupe.judgement import RULES


def page() -> str:
    """Return the page."""
    rows = [
        "# The rules",
        "",
        "Asked in this order; the first that speaks about a paragraph decides. Whatever a rule asks for, a paragraph",
        "is removed only if another one that stays says its words in order, but for none (`conservative`), at most one",
        "in twenty and five (`default`) or one in ten and ten (`aggressive`), none of them a number, a name or a",
        "negation.",
        "",
        "| rule | what it looks for | conservative | default | aggressive |",
        "| --- | --- | --- | --- | --- |",
    ]
    rows += [f"| `{rule.name}` | {rule.summary} | {' | '.join(rule.actions)} |" for rule in RULES.values()]
    rows += ["", "Its cases are in `fixtures/cases/`, in the folder of the rule's name.", ""]
    return "\n".join(rows)


if __name__ == "__main__":
    Path(__file__).with_name("rules.md").write_text(page(), "utf-8")
