"""Sphinx configuration. Nothing is fetched while the docs are built, nor by a built page."""

import re
import shutil
from pathlib import Path

import mathjax
from sphinx.application import Sphinx

import summitgames

project = "summitgames"
author = "The summitgames developers"
copyright = f"2026, {author}"
version = release = summitgames.__version__

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
]
exclude_patterns = ["_build"]
templates_path = ["_templates"]
default_role = "autolink"  # in docstrings, `name` links where the name is a public one
nitpicky = True

# Every example is executed, and one that fails fails the build.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_execution_show_tb = True
nb_ipywidgets_js = {}
nb_merge_streams = True
nb_render_markdown_format = "myst"  # tables and formulas that code prints
myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

autodoc_typehints = "none"
autodoc_member_order = "bysource"
toc_object_entries_show_parents = "hide"
autosummary_generate = True
numpydoc_show_class_members = False

html_theme = "furo"
html_title = f"summitgames {release}"
html_static_path = ["_static"]
html_css_files = ["summitgames.css"]
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True}
copybutton_exclude = ".linenos, .gp, .go"

# MathJax from the docs' own files; the default is an address on the network.
mathjax_path = "mathjax/tex-chtml-full.js"
mathjax3_config = {"options": {"enableMenu": False}}


def copy_mathjax(app: Sphinx, error: Exception | None) -> None:
    """MathJax's script, fonts and license from the package that ships them."""
    if error is not None or app.builder.format != "html":
        return
    source = Path(mathjax.__file__).with_name("static") / "mathjax"
    target = Path(app.outdir) / "_static" / "mathjax"
    fonts = Path("output", "chtml", "fonts", "woff-v2")
    shutil.copytree(source / "es5" / fonts, target / fonts, dirs_exist_ok=True)
    shutil.copy(source / "es5" / "tex-chtml-full.js", target)
    shutil.copy(source / "LICENSE", target)


def escape_stars(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Keep shapes, as in ``(*batch, k_1) bool``, from being read as the start of emphasis."""
    for number, line in enumerate(lines):
        if not line.lstrip().startswith((">>>", "...")):
            parts = re.split(r"(``.*?``)", line)
            parts[::2] = [re.sub(r"(?<=\()\*(?=\w)", r"\\*", part) for part in parts[::2]]
            lines[number] = "".join(parts)


def setup(app: Sphinx) -> None:
    """Register the two hooks."""
    app.connect("autodoc-process-docstring", escape_stars, priority=900)  # after numpydoc
    app.connect("build-finished", copy_mathjax)
