"""A Belgian and an English region, from a workbook to results: nothing Dutch in their codes, names or figures."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner
from typing_in import fill

from pipelines.cli import app
from pipelines.release import releases
from pipelines.workspace.workspace import Workspace

PAIRS = {
    "BE": ("Europe/Brussels", ("71000107", "71099903"), "320"),
    "GB": ("Europe/London", ("RJ1", "RJZ"), "320"),
}


def run(*arguments: object) -> str:
    done = CliRunner().invoke(app, [str(one) for one in arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def asked(root: Path, query: str) -> list[dict[str, object]]:
    return json.loads(run("sql", query, "-w", root, "--json"))


@pytest.mark.parametrize("country", list(PAIRS))
def test_a_pair_of_hospitals_abroad_moves_care_under_its_own_codes(country: str, tmp_path: Path) -> None:
    zone, (giver, taker), specialism = PAIRS[country]
    root = tmp_path / "region"
    run("init", root, "--workbook", "--country", country, "--year", 2025, "--name", "Abroad")
    fill(
        root / "inbox" / "region" / "2025" / "region.xlsx",
        {
            "Providers": [
                {"Provider id": giver, "Name": "North", "Kind": "general hospital", "Postcode": "SE1 7EH"},
                {"Provider id": taker, "Name": "South", "Kind": "university hospital"},
            ],
            "Care": [
                {
                    "Provider id": giver,
                    "Specialism": specialism,
                    "Diagnosis": "I48",
                    "Units": 400,
                    "Revenue EUR": 160000,
                },
                {"Provider id": giver, "Specialism": "cardiology", "Units": 10, "Revenue EUR": 4000},
                {
                    "Provider id": taker,
                    "Specialism": specialism,
                    "Diagnosis": "I48",
                    "Units": 900,
                    "Revenue EUR": 405000,
                },
            ],
        },
    )
    (root / "scenarios" / "one.yaml").write_text(
        f"""scenario: one
base_year: 2025
horizon: 2028
draws: 20
seed: 1
initiatives:
  - id: to-the-centre
    kind: concentration
    title: {{nl: Naar één plaats, en: To one place}}
    from: {{kind: [general_hospital]}}
    to: {{providers: ["{taker}"]}}
    care: [{{specialism: "{specialism}", diagnosis: ["I48"]}}]
    eligible_share: 0.5
    uptake: {{start: 2026, years_to_full: 1}}
"""
    )
    run("refresh", "-w", root)
    assert Workspace.open(root).region.timezone == zone
    assert asked(root, "SELECT DISTINCT specialism FROM volume ORDER BY 1") == [
        {"specialism": specialism},
        {"specialism": "cardiology"},
    ]
    assert asked(root, "SELECT DISTINCT provider_id FROM volume ORDER BY 1") == [
        {"provider_id": one} for one in sorted((giver, taker))
    ]
    (lost,) = asked(
        root,
        f"SELECT mean FROM party_impact WHERE party = '{giver}' AND year = 2028 AND initiative IS NULL "
        "AND measure = 'revenue_change_eur'",
    )
    assert lost["mean"] == pytest.approx(-0.5 * 160000, rel=0.01)
    pages = releases.require_current(Workspace.open(root).published).dashboards.parent
    assert not [page.name for page in pages.rglob("*.html") if "0320" in page.read_text(encoding="utf-8")]
