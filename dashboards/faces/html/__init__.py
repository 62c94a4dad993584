"""Templates that a designer can open: `*.html.j2`, in which everything is escaped that is not markup already.

What belongs here: what stands around and between parts. Figures, tables and cells are functions of Python.
"""

from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from markupsafe import Markup

from dashboards.words.format import unbroken


@cache
def template(package: str, name: str) -> Template:
    """Returns a template of a package, with every text that is put into it escaped.

    A name that is not given when it is filled is an error, and so is a part of a thing that it does not have.

    Args:
        package: the package in whose folder it lies.
        name: of the file.
    """
    environment = Environment(
        loader=FunctionLoader(lambda file: files(package).joinpath(file).read_text(encoding="utf-8")),
        autoescape=True,  # by ending it would not be: select_autoescape leaves out .html.j2
        undefined=StrictUndefined,
        finalize=_whole,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name)


def _whole(value: object) -> object:
    """Returns a text in which a sign stays on the line of its euro; markup as it is."""
    return unbroken(value) if isinstance(value, str) and not isinstance(value, Markup) else value
