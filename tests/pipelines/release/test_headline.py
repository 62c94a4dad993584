"""The headline in the terminal: every party with a name and a kind."""

import polars as pl

from pipelines.release.headline import party_rows


def test_who_has_no_name_is_told_as_what_it_is() -> None:
    impact = [
        ("s", "06010101", "revenue_change_eur", -10.0),
        ("s", "unknown", "spend_change_eur", -4.0),
        ("s", "unknown", "margin_change_eur", 4.0),
    ]
    tables = {
        "party_impact": pl.DataFrame(
            impact, schema=["scenario", "party", "measure", "mean"], orient="row"
        ).with_columns(pl.lit(2030).alias("year"), pl.lit(None, pl.String).alias("initiative"), p10="mean", p90="mean"),
        "party_baseline": pl.DataFrame({"scenario": "s", "year": 2030, "party": "06010101", "size_eur": 100.0}),
        "provider": pl.DataFrame({"provider_id": "06010101", "name": "Noord", "kind": "general_hospital"}),
        "payer": pl.DataFrame({"payer_id": "3311", "name": "Zeker"}),
    }
    rows = party_rows(tables, scenario="s", year=2030)
    assert set(rows.select("name", "kind").rows()) == {("Noord", "general_hospital"), ("payer unknown", "payer")}
    assert rows.filter(party="06010101")["share_of_size"].item() == -0.1
