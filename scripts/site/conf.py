"""Settings of Sphinx for the documentation site; `build_site.py` calls it. Nothing asks another machine."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

import regraft as rg

HERE = Path(__file__).resolve().parent
sys.modules["regraft.stats"], sys.modules["regraft.plot"] = rg.stats, rg.plot  # as people call them

project = "regraft"
author = "The regraft developers"
project_copyright = author
version = release = version_of("regraft")
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 4
myst_enable_extensions = ["deflist"]
suppress_warnings = ["myst.header"]  # pages begin lists of tables at a lower heading
nitpicky = False
highlight_language = "none"
default_role = "code"  # docstrings write `name` as Markdown does

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # types stand in the docstrings
autodoc_inherit_docstrings = True
add_module_names = False
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
toc_object_entries = False

html_theme = "furo"
html_title = f"regraft {release}"
html_static_path = [str(HERE / "static")]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_theme_options = {
    "top_of_page_buttons": [],
    "light_css_variables": {"color-brand-primary": "#0b5c8a", "color-brand-content": "#0b5c8a"},
    "dark_css_variables": {"color-brand-primary": "#7cc4ee", "color-brand-content": "#7cc4ee"},
}


def setup(app: Sphinx) -> None:
    """Show tables in CSV as they are."""
    app.add_lexer("csv", TextLexer)
