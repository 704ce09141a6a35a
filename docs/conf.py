"""How the site is built: python -m sphinx -W --keep-going docs site."""

import subprocess
import sys
from pathlib import Path

from dedupe import __version__

DOCS = Path(__file__).parent

# The reference of the command is what typer says of it, made anew with every build.
reference = [
    sys.executable,
    "-m",
    "typer",
    "dedupe.cli.app",
    "utils",
    "docs",
    "--name",
    "dedupe",
    "--title",
    "The command",
]
subprocess.run([*reference, "--output", str(DOCS / "command.md")], check=True, stdout=subprocess.DEVNULL)

project = "paradedupe"
release = version = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
napoleon_use_ivar = True  # attributes of dataclasses are documented as fields already
default_role = "code"  # single backquotes in docstrings are code
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
myst_enable_extensions = ["substitution"]
myst_heading_anchors = 3
myst_substitutions = {"version": __version__}
smartquotes = False  # it makes an en dash of "--", with which every option begins
html_theme = "furo"
html_title = f"paradedupe {version}"
nitpicky = False
