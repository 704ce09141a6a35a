"""Write docs/judgement.md from the table of features, the relations, and the report of training."""

from pathlib import Path
from typing import Any

from dedupe.judge.features import GROUPS, MEANINGS
from dedupe.judge.model import load_model
from dedupe.judge.relations import RELATIONS

HEAD = """# How a repeat is judged

A paragraph that repeats another one is a *duplicate*, the other one a possible *original*. For each such pair a model
says how likely an editor is to take the duplicate out; the guard says what would be lost; the choice takes the surest
first and makes sure that every original stays.

## The guard

Whatever the model says, a paragraph is removed only if its words stand, in the same order, in an original that stays.
Three kinds of words may be missing there: at most one word in twenty (five words at most, none on the level
`conservative`, ten on `aggressive`) that is no number with its sign and unit, in digits or written out, no name, no
part of a date, no negation, no identifier or address, and no word of a script without capitals, in which any may be a
name; words that stand within three paragraphs of the original, in what stays (who is quoted; a sentence that another
paragraph has whole; a name where the original says "he" or "the mayor"); and words that are no part of the text: the
signature of a post, a credit in brackets, the label of a link behind an ellipsis, a label of one or two words in front.
A *replaced* word is flagged unless it is another spelling: `heavy / big` may be a correction. So is a negation that
only the original has: "were told" is not removed for "were not told". Only a decision of a person overrules the guard.

## The model

{trees} symmetric trees of depth {depth}, {size} KB in `dedupe/judge/model.json`, over {features} features. They are the
mean of two fits that differ in their seed only. The model was fitted to {texts} labelled texts and {planted} with
planted repeats (checksum `{checksum}`) by `python -m dedupe.training`; every figure below is of texts of sites that the
measured model had not seen ({parts} parts by site).

Its log-odds are turned into a *confidence* by what was measured: of removals at .9, nine in ten are right. Two kinds of
text are calibrated apart: those of which more than half of the paragraphs are short, as on whole pages and in lists,
and all others; the same log-odds are less often right in the former. The levels are points on these curves: the lowest
from which on every kind of text keeps the precision that the level stands for (`LEAST_PRECISION` in
`dedupe/training/_report.py`).

| level | least confidence of a removal |
| --- | ---: |
"""

SHAPES = """## Other shapes

What other shapes of the model find, by the same five parts: recall where the precision of the column is reached, at 620
trees a fit for the first three rows and 500 for the others. Time is CPU time of one candidate in batches of 3,000, size
that of the trees, in the first two rows as Base64 and in the others as decimal numbers. The first three are fitted at a
rate of .1, with 498 more texts of extractors and web pages, which count in the first four rows, and with eight more
features; the fourth at .12 without them; the others at .06, with candidates that the guard refuses at full weight.

| shape | KB | µs | news .975 | hard news .956 | extracted .92 | pages .94 | `<p>` .97 | web .90 | planted .98 |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
| the mean of two fits, on 7,026 texts | 233 | 3.4 | .892 | .766 | .667 | .842 | .926 | .655 | .885 |
| one of them | 120 | 1.9 | .874 | .752 | .697 | .847 | .907 | .641 | .880 |
| one fit, before short texts were planted | 247 | 1.8 | .889 | .750 | .675 | .826 | .888 | .627 | .891 |
| depth 6, the model before | 204 | 1.7 | .886 | .780 | .602 | .809 | .877 | .435 | .882 |
| depth 6 | 197 | 1.7 | .867 | .734 | .592 | .820 | .919 | .446 | .803 |
| depth 6, the 60 features that weigh most | 192 | 1.8 | .871 | .712 | .566 | .751 | .919 | .447 | .827 |
| depth 4 | 67 | 1.3 | .867 | .675 | .510 | .800 | .941 | .413 | .766 |
| depth 2: tables of two features | 25 | 1.0 | .679 | .472 | .429 | .758 | .898 | .348 | .577 |
| depth 1: additive | 12 | 0.9 | .589 | .383 | .230 | .660 | .852 | .204 | .521 |

Depth 4, and 60 features, find as much on news as it comes and less where it is hard and on whole pages; what is
shallower does not come near at this number of trees.

At a rate of .06 500 trees are too few: on sites not seen the loss on hard news is .266 with refused candidates at full
weight, .256 at a fifth of it, and .241 at .12. Measured on two of the parts: at .22 it rises again, most on web pages;
more regularisation, half the features tried, and pages that weigh more, gain nothing; two models of 250 trees,
averaged, are worse than one of 500.

The next figures are of one fit with one calibration for all texts, and before short texts were planted. On the texts
that the model before was fitted to it has the same loss, within the noise of a bootstrap over sites, in every kind. On
the 498 new texts, of sites that neither has seen, the model before finds .43 of extracted text (.955 right) and .41 of
web pages (.945), this one .59 (.953) and .65 (.938). The eight features lower the loss on hard news by .008 and on
pages by .006.

Two fits that differ in their seed only differ by .1 in what they find of extracted and web pages among the texts that
were labelled first (80 and 121 lines), by .015 on hard news, and by .01 in loss. Their mean has a lower loss than the
mean of their losses by .002 on pages and .005 on hard news, and edited texts get lower log-odds: the highest is .9, not
1.4. One fit of 1,240 trees at half the rate and with two thirds of the candidates has the same loss, and edited texts
get 1.3 from it; the mean of both, 2,480 trees, is .003 better on hard news, for twice the time.

Features made from the log-odds of the neighbours, by a second model (150 trees of depth 4 over sixteen such features,
without the others), lower the loss on pages by .013 (by .007 to .02 in a bootstrap over sites), and change that on news
and web pages within the noise. At the level this finds .65 of web pages instead of .62 and .829 of pages instead of
.815; of the texts that were labelled first as much of pages and less of hard news. With the other features added it is
worse in most kinds. Not taken. To leave out the twenty features that weigh least changes the loss of no kind by more
than the noise, but raises it in seven of nine, and at the level loses .03 of extracted text: not taken either. Planted
threads, in which posts quote what they answer, teach a fit to leave what forums quote (.57 of the web pages that were
labelled first, instead of .46), and to leave copies that extractors make: their loss rises by .02. Not taken.

Labels made after the model: 323 news articles and 493 texts of extractors, chosen where it is unsure, and 55 web
pages. A model fitted with 748 of them, without 435 older ones whose texts were not at hand, 180 of them extracted,
comes at a confidence of .77 to these figures on the texts that were labelled first, in brackets those of this model:
news .982/.867 (.986/.878), hard news .975/.802 (.972/.799), `<p>` .977/.746 (.979/.763), pages .962/.798 (.961/.801),
web .821/.587 (.783/.607), and extracted text .942/.448 (.965/.566). Without the 370 new extracted texts it finds .434
of the last, at an average precision of .887 instead of .874; two fits that differ in their seed only differ by more.
Whether the 180 texts make the difference has not been tried. Four more features, the copies of the paragraphs above
and below, lower the loss on hard news (.244 to .236), extracted text (.229 to .226), `<p>` (.274 to .267), pages
(.258 to .255) and web pages (.179 to .177), and raise it on other news (.148 to .155). Neither is taken.
"""


def page() -> str:
    """Return the page."""
    model = load_model()
    about = model.about
    file = Path(__file__).parent.parent / "dedupe/judge/model.json"
    head = HEAD.format(
        trees=len(model.trees),
        depth=model.trees.shape[1],
        size=round(file.stat().st_size / 1000),
        features=len(model.features),
        texts=about["texts"],
        planted=about["planted"],
        checksum=about["checksum"],
        parts=about["parts"],
    )
    rows = [head + "\n".join(f"| `{level}` | {share:.2f} |" for level, share in model.levels.items())]
    rows += [
        "",
        "Below the level, and from `flag` on, a repeat is flagged; a *variant*, of eight words and more, half like its",
        "original and different in something of weight, whatever its confidence. `--min-confidence` sets the point",
        "itself.",
        "",
    ]
    rows += _figures(about["figures"])
    rows += _reliability(about["reliability"])
    rows += _errors(about["errors"])
    rows += [*SHAPES.splitlines(), ""]
    rows += ["## Relations", "", "The `rule` of a finding names how the duplicate relates to its original.", ""]
    rows += ["| relation | what it is |", "| --- | --- |"]
    rows += [f"| `{name}` | {one.meaning} |" for name, one in RELATIONS.items()]
    rows += ["", "## Features", "", "The model uses those that are marked.", ""]
    for group in GROUPS:
        title = (group.__doc__ or "").split("\n")[0].rstrip(".")
        rows += [f"### {title}", "", "| feature | what it is | |", "| --- | --- | --- |"]
        rows += [
            f"| `{name}` | {meaning} | {'used' if name in model.features else ''} |"
            for name, meaning in MEANINGS.items()
            if name in group.FEATURES
        ]
        rows += [""]
    return "\n".join(rows).rstrip() + "\n"


def _figures(figures: list[dict[str, Any]]) -> list[str]:
    rows = ["## What it does on texts it has not seen", ""]
    rows += [
        "| level | kind of text | texts | precision | recall | texts damaged |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    rows += [
        f"| `{one['level']}` | {one['kind']} | {one['texts']} | {one['precision']:.3f} | {one['recall']:.3f} "
        f"| {one['damaged']} |"
        for one in figures
    ]
    return [*rows, "", "Precision and recall are counted by line. In texts that people have edited nothing may go.", ""]


def _reliability(bins: list[dict[str, Any]]) -> list[str]:
    rows = ["| confidence | removals | right | news | pages |", "| --- | ---: | ---: | ---: | ---: |"]
    rows += [
        f"| {one['from']:.2f} to {one['to']:.2f} | {one['removals']} | {one['right']:.3f} | {one['news']:.3f} "
        f"| {one['pages']:.3f} |"
        for one in bins
    ]
    return [*rows, ""]


def _errors(errors: list[dict[str, Any]]) -> list[str]:
    rows = [
        "The *expected calibration error* is the mean distance of the confidence from the share that is right, in the",
        "ranges of that table, where the confidence of a removal is that by the removals of the other parts.",
        "",
        "| kind of text | removals | expected calibration error |",
        "| --- | ---: | ---: |",
    ]
    rows += [f"| {one['kind']} | {one['removals']} | {one['error']:.3f} |" for one in errors]
    return [*rows, ""]


if __name__ == "__main__":
    Path(__file__).with_name("judgement.md").write_text(page(), "utf-8")
