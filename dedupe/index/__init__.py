"""Indexes of signatures: what proposes pairs of paragraphs that may be alike."""
