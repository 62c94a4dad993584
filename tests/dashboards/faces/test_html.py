"""Templates: every text is escaped, markup is not escaped twice, and what is not given is an error."""

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from fake_release import write_release
from jinja2 import UndefinedError
from markupsafe import Markup

from dashboards.data import read_release
from dashboards.faces.html import template
from dashboards.faces.static import Bundle

HOSTILE = "<script>alert('x')</script>\" onload=\"x"


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a package with one template in it."""
    folder = tmp_path / "templates_of_a_test"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "one.html.j2").write_text('<p title="{{ text }}">{{ text }}</p>{{ missing }}')
    monkeypatch.syspath_prepend(tmp_path)
    return folder.name


def test_texts_are_escaped_and_markup_stays(written: str) -> None:
    filled = template(written, "one.html.j2").render(text=HOSTILE, missing=Markup("<b>markup</b>"))
    assert "<script>" not in filled
    assert 'onload="' not in filled
    assert filled.endswith("</p><b>markup</b>")


def test_what_is_not_given_is_an_error(written: str) -> None:
    with pytest.raises(UndefinedError, match="missing"):
        template(written, "one.html.j2").render(text="text")


def test_a_sign_stays_on_the_line_of_its_euro(written: str) -> None:
    assert "−\u2060€ 5" in template(written, "one.html.j2").render(text="−€ 5", missing="")


def test_a_hostile_name_of_a_region_is_a_name_on_every_page(tmp_path: Path) -> None:
    read = read_release(write_release(tmp_path / "care_transfer.duckdb"))
    release = replace(read, region={"nl": HOSTILE, "en": HOSTILE})
    pages = [text for name, text in Bundle(release, ("nl",)).files() if name.endswith(".html")]
    assert len(pages) > 5
    assert all("<script>alert" not in text and 'onload="x' not in text for text in pages)
    assert all("&lt;script&gt;alert" in text for text in pages)


def test_the_templates_lie_in_their_packages() -> None:
    assert files("dashboards.faces.html").joinpath("page.html.j2").is_file()
    assert files("pipelines.intake.feedback").joinpath("report.html.j2").is_file()
