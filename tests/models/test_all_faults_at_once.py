"""A scenario with faults of every kind: each is told, with its own line, in one go."""

import polars as pl

from models.region import Region
from models.scenario import check_against
from models.scenario.parsing import read_draft

TEXT = """scenario: bad
base_year: 2025
horizon: 2030
drawz: 5
initiatives:
  - id: misspelt
    kind: substitution
    from: {providers: ["06010101"]}
    to: {kind: [gp_organisation]}
    care: [{specialism: "0313"}]
    eligible_shar: 0.3
    uptake: {start: 2027}
  - id: unknown
    kind: relocation
    from: {providers: ["06010109"]}
    to: {kind: [gp_organisation]}
    care: [{specialism: "0305"}]
    eligible_share: 0.3
    uptake: {start: 2020}
"""


def region() -> Region:
    register = {"provider_id": ["06010101", "01000001"], "kind": ["general_hospital", "gp_organisation"]}
    return Region.from_tables({"provider": pl.DataFrame(register)}, base_year=2025)


def test_what_can_be_read_is_checked_although_the_rest_cannot():
    draft = read_draft(TEXT, source="bad.yaml")
    assert draft.scenario is not None
    assert [initiative.id for initiative in draft.scenario.initiatives] == ["unknown"]
    faults = [
        *draft.faults,
        *check_against(draft.scenario, region(), text=TEXT, source="bad.yaml", places=draft.places),
    ]
    told = {(fault.line, fault.key): str(fault.action) for fault in faults}
    assert told[4, "drawz"] == "did you mean 'draws'?"
    assert told[11, "initiatives.0.eligible_shar"] == "did you mean 'eligible_share'?"
    assert told[6, "initiatives.0.eligible_share"] == "add eligible_share"
    assert told[15, "initiatives.1.from.providers"] == "did you mean '06010101'?"
    assert (19, "initiatives.1.uptake.start") in told
    assert all(fault.source == "bad.yaml" for fault in faults)


def test_a_pool_has_a_name_of_its_own():
    pools = 'pools: [{id: "01000001", resource: beds, providers: ["06010101"]}]\n'
    draft = read_draft("scenario: pooled\nbase_year: 2025\nhorizon: 2030\n" + pools, source="pooled.yaml")
    assert draft.scenario is not None
    beds = pl.DataFrame({"resource": ["beds"], "name": ["Beds"], "is_staff": [False]})
    register = {"provider_id": ["06010101", "01000001"], "kind": ["general_hospital", "gp_organisation"]}
    known = Region.from_tables({"provider": pl.DataFrame(register), "resource": beds}, base_year=2025)
    (fault,) = check_against(draft.scenario, known, text=pools, source="pooled.yaml", places=draft.places)
    assert (fault.key, str(fault.found)) == ("pools.0.id", "01000001, which is a provider")


def test_too_little_is_left_to_check_without_a_base_year():
    draft = read_draft(TEXT.replace("base_year: 2025\n", ""), source="bad.yaml")
    assert draft.scenario is None
    assert any(fault.key == "base_year" for fault in draft.faults)
