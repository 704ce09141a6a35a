"""Decide which repeats are removed: candidates, features, model, guard, choice, and the reasons of findings."""
