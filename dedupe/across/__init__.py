"""The judgement across documents, whoever proposes the pairs: a set, an index, a corpus locally or on Spark."""

RULES = {"pair": "across-documents", "boilerplate": "boilerplate", "whole": "syndicated"}
"""The rules of findings whose original is in another document."""
