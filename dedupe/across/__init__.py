"""The judgement across documents, the same for a set, an index, a corpus on one machine and on Spark."""

RULES = {"pair": "across-documents", "boilerplate": "boilerplate", "whole": "syndicated"}
"""The rules of findings whose original is in another document."""

FIRST_DUPLICATE = 2
"""The number of the first copy after the original, which is copy 1."""
