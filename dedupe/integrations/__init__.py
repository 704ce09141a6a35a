"""Adapters to other frameworks, over public names only."""
