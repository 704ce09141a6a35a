"""Thin connections to other frameworks, over public names only."""
