# type: ignore  # the linters of this project leave it alone; those of a test find each line marked with "wrong"
"""Slips of a user, each of which mypy --strict and pyright find."""

import dedupe

dedupe.clean("text", levle="aggressive")  # wrong
dedupe.clean("text", level="wild")  # wrong
dedupe.clean(b"text")  # wrong
dedupe.check("text", jaccard="much")  # wrong
dedupe.check("text", ignore=3)  # wrong
dedupe.Deduper(keep="best", indx=None)  # wrong
dedupe.Deduper("aggressive")  # wrong
dedupe.Options(kep="best")  # wrong
dedupe.corpus.check("text", job=2)  # wrong
dedupe.check("text").count("removed")  # wrong
dedupe.check("text").text = ""  # wrong
dedupe.check("text").findings[0].action = "flag"  # wrong
print(dedupe.no_such_name)  # wrong
