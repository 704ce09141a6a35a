"""Settings for every test: examples in a fixed order, and no test that asserts a time."""

from hypothesis import settings

settings.register_profile("project", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("project")
