"""A code in a register that other parts of the program would give a meaning is refused by itself, not the release."""

from pathlib import Path

from delivering import make_workspace, put

from pipelines.intake import deliveries
from pipelines.release import publication
from pipelines.warehouse import building as warehouse

HEAD = "agb;naam;soort\n"
GOOD = "06010101;Ziekenhuis Noord;general_hospital\n"


def test_rows_with_a_code_that_is_no_code_are_refused_and_the_others_are_published(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path)
    bad = "".join(f"{code};Kliniek {code};general_hospital\n" for code in ("../../x", "patients", "a/b"))
    put(workspace, "region/2025/providers.csv", HEAD + GOOD + bad)
    put(workspace, "region/2025/payers.csv", "uzovi;naam\n3311;Een\n../x;Twee\n")
    deliveries.ingest(workspace)
    with warehouse.reading(publication.start(workspace).database) as connection:
        assert connection.execute("SELECT provider_id FROM provider").fetchall() == [("06010101",)]
        assert connection.execute("SELECT payer_id FROM payer").fetchall() == [("3311",)]
        refused = connection.execute("SELECT value, rule, message_en FROM rejection ORDER BY value").fetchall()
    assert [(value, rule) for value, rule, _ in refused] == [
        (value, "id_is_plain") for value in ("../../x", "../x", "a/b", "patients")
    ]
    assert "Use letters, digits, spaces, dots, hyphens and underscores" in refused[0][2]
