"""`report --pdf` as a person types it: which files come, and what is told where no browser is."""

import json
import re
from pathlib import Path

import pytest

from pipelines.cli import main
from pipelines.workspace.workspace import Workspace

HOSPITAL = "06010101"


@pytest.fixture
def asked(capsys: pytest.CaptureFixture[str], region: Workspace):
    """Runs `report` on the small region; returns exit code, stdout and stderr."""

    def report(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            main(["report", "--workspace", str(region.root), *arguments])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.out + printed.err
        return int(caught.value.code or 0), printed.out, printed.err

    return report


@pytest.mark.browser
def test_a_party_gets_one_sheet_a_language_and_only_its_own(asked, region: Workspace) -> None:
    code, out, _ = asked("--party", HOSPITAL, "--pdf", "--json")
    said = json.loads(out)
    files = [Path(name) for name in said["pdf"]]
    assert code == 0
    assert [file.name for file in files] == [f"naar-de-huisarts_party-{HOSPITAL}_{lang}.pdf" for lang in ("en", "nl")]
    assert all(len(re.findall(rb"/Type\s*/Page\b", file.read_bytes())) == 1 for file in files)
    assert all(file.is_relative_to(region.root / "reports") for file in files)


@pytest.mark.browser
def test_all_sheets_of_a_language_go_where_they_are_asked_for(asked, tmp_path: Path) -> None:
    code, out, _ = asked("--lang", "nl", "--pdf", "--out", str(tmp_path / "paper"))
    assert code == 0
    assert Path(out.splitlines()[0]) == tmp_path / "paper/naar-de-huisarts_at-the-table_nl.pdf"
    assert {Path(line) for line in out.splitlines()} == set((tmp_path / "paper").iterdir())
    assert f"naar-de-huisarts_party-{HOSPITAL}_nl.pdf" in out


def test_without_a_browser_a_person_is_told_where_the_pages_are(asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARE_TRANSFER_BROWSER", "/nowhere/chromium")
    code, out, err = asked("--party", HOSPITAL, "--lang", "nl", "--pdf")
    assert (code, out) == (1, "")
    assert "found: CARE_TRANSFER_BROWSER names /nowhere/chromium, which is no program" in err
    assert "expected: a Chrome or Chromium that prints" in err
    address = re.search(r"install Chromium; or open file://(\S+) in any browser and print from there", err)
    assert address is not None
    assert Path(address[1]).is_file()


def test_a_folder_for_sheets_without_sheets_is_not_understood(asked, tmp_path: Path) -> None:
    code, _, err = asked("--out", str(tmp_path))
    assert code == 1
    assert "add --pdf" in err
