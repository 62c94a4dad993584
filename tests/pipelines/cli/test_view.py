"""`view` and `disclosure` as an operator types them."""

import json

import pytest

from pipelines.cli import main
from pipelines.release import releases

TRY = "scenario: naar-de-huisarts\nmeasure: revenue\nparties: {parties}\ndigits: 2\n"


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return ended.value.code, said.out, said.err


def test_the_table_and_what_was_withheld(region, capsys):
    code, told, _ = run(capsys, "view", "table", "-w", region.root, "--json")
    assert code == 0
    (row,) = json.loads(told)
    assert (row["view"], row["status"]) == ("table", "made")
    assert row["shown"] > 0
    code, told, _ = run(capsys, "disclosure", "-w", region.root, "--json")
    assert code == 0
    found = json.loads(told)
    assert found["release"] == releases.require_current(region.published).id
    assert found["passed"]
    assert [entry["view"] for entry in found["sent"]] == ["table"]
    code, _, told = run(capsys, "view", "-w", region.root)
    assert code == 1
    assert "the name of a view, or --all" in told


def test_one_more_figure_is_tried_and_not_sent(region, capsys, tmp_path):
    lone, many = tmp_path / "lone.yaml", tmp_path / "many.yaml"
    lone.write_text(TRY.format(parties='["06010101"]'), encoding="utf-8")
    code, told, wrong = run(capsys, "disclosure", "try", lone, "-w", region.root)
    assert code == 1
    assert "revenue of 06010101" in told
    assert "a figure that would tell somebody another's" in wrong
    lone.write_text(TRY.format(parties='["06010199"]'), encoding="utf-8")
    code, _, wrong = run(capsys, "disclosure", "try", lone, "-w", region.root)
    assert code == 1
    assert "no such figure in this scenario: revenue, 06010199" in wrong
    many.write_text("scenario: naar-de-huisarts\nmeasure: revenu\nparties: [a]\n", encoding="utf-8")
    code, _, wrong = run(capsys, "disclosure", "try", many, "-w", region.root)
    assert code == 1
    assert "many.yaml, line 2, measure" in wrong
    assert not (region.disclosure / "sent.jsonl").exists()


def test_withdrawing_what_was_never_made(region, capsys):
    code, _, wrong = run(capsys, "disclosure", "withdraw", "table", "--why", "x", "-w", region.root)
    assert code == 1
    assert "no view table that was made" in wrong
