"""What if without a browser: what can be turned, how a setting is written, what it does, and how it is kept."""

import json
from pathlib import Path

import polars as pl
import pytest
from small_release import CONTENT, DATABASE, GPS, HOSPITALS, SCENARIO, facts, write_release

from dashboards.faces.app.following import Following, OnAir
from dashboards.faces.app.levers_shown import control_value, said_value, value_of_control
from dashboards.telling.synopsis import Synopsis
from dashboards.what_if import Lever, canonical, changes_of, query_of, scenario_file, settings_of
from dashboards.what_if.as_filed import filed_needs, filed_values, side_by_side
from dashboards.what_if.levers import NEVER
from dashboards.words.wording import wording
from models.scenario import ScenarioError, parse_scenario

SHARE, TARIFF = "initiatives.rhythm.eligible_share", "initiatives.rhythm.replacement.tariff_eur"


@pytest.fixture(scope="module")
def on_air(tmp_path_factory: pytest.TempPathFactory) -> OnAir:
    release = write_release(tmp_path_factory.mktemp("release"))
    assert (release / DATABASE).is_file()
    return Following(release, languages=("nl", "en")).now()


@pytest.fixture(scope="module")
def levers(on_air: OnAir) -> dict[str, Lever]:
    return {lever.key: lever for lever in on_air.levers(SCENARIO)}


def under(on_air: OnAir, *settings: str) -> Synopsis:
    return on_air.trial(SCENARIO).findings(on_air.release, settings, wording("en"))


def test_everything_that_the_table_can_turn_has_a_lever(levers: dict[str, Lever]) -> None:
    names = ("eligible_share", "uptake.maximum", "uptake.start", "returns", "induced_demand", "replacement.tariff_eur")
    assert list(levers) == [
        *(f"initiatives.rhythm.{name}" for name in names),
        *(f"suppose.contract.{hospital}" for hospital in HOSPITALS),  # the largest first
        "suppose.capacity.gp_hours.every",
    ]


def test_a_lever_carries_its_range_and_its_evidence(levers: dict[str, Lever]) -> None:
    lever = levers[SHARE]
    assert (lever.filed, lever.span, lever.source.confidence) == (0.3, (0.2, 0.5), "general")
    assert lever.source.url == "https://example.org/study"
    assert levers["initiatives.rhythm.returns"].source.confidence == "assumption"  # nobody gave a source
    assert levers["initiatives.rhythm.induced_demand"].is_default
    assert levers["initiatives.rhythm.uptake.start"].source is None


def test_a_range_moves_along_and_a_number_stays_one(levers: dict[str, Lever]) -> None:
    assert levers[SHARE].setting(0.4) == f"{SHARE}=[0.3, 0.4, 0.6]"
    assert levers[TARIFF].setting(31) == f"{TARIFF}=31.0"
    assert levers[SHARE].setting(0.3) is None
    assert levers["initiatives.rhythm.uptake.start"].setting(2028) == "initiatives.rhythm.uptake.start=2028"


def test_controls_show_shares_in_percent(levers: dict[str, Lever]) -> None:
    lever = levers[SHARE]
    assert control_value(lever, 0.3) == 30
    assert [value_of_control(lever, shown) for shown in (45, 12.5, None)] == [0.45, 0.125, 0.3]
    assert said_value(lever, 0.125, wording("nl")) == "12,5\u00a0%"
    assert said_value(levers["suppose.capacity.gp_hours.every"], 1.1, wording("en")) == "110% of today"
    assert said_value(levers[f"suppose.contract.{HOSPITALS[0]}"], "lump_sum", wording("nl")) == "aanneemsom"


@pytest.fixture(scope="module")
def on_air_with_norms(tmp_path_factory: pytest.TempPathFactory) -> OnAir:
    norm = {"norm": ["rhythm"], "name": ["Ritme"], "specialism": ["0320"], "minimum_units": [4000.0]}
    tables = {**facts(), "volume_norm": pl.DataFrame(norm)}
    return Following(write_release(tmp_path_factory.mktemp("norms"), tables=tables), languages=("nl", "en")).now()


def test_norms_can_be_enforced_from_a_year_on(on_air_with_norms: OnAir) -> None:
    """The southern hospital does 3,000 of the 4,000 that the norm asks: enforced, its care goes, agreed or not."""
    lever = next(lever for lever in on_air_with_norms.levers(SCENARIO) if lever.group == "norms")
    assert (lever.filed, lever.choices) == (NEVER, (NEVER, "2026", "2027", "2028", "2029"))
    assert lever.setting(NEVER) is None
    assert lever.setting("2027") == "baseline.enforce_norms=2027"
    assert [said_value(lever, value, wording("nl")) for value in (NEVER, "2027")] == ["niet", "vanaf 2027"]
    trial = on_air_with_norms.trial(SCENARIO)
    enforced = trial.scenario((str(lever.setting("2027")),))
    assert lever.at(enforced) == "2027"
    plain, strict = (trial.answer(settings) for settings in ((), ("baseline.enforce_norms=2027",)))
    last = [
        one.table("party_baseline").filter((pl.col("party") == HOSPITALS[1]) & (pl.col("year") == 2029))
        for one in (plain, strict)
    ]
    assert last[1]["production_eur"].sum() == pytest.approx(0.0, abs=1.0)
    assert last[0]["production_eur"].sum() > 1e5


def test_norms_that_the_file_enforces_can_be_left_alone() -> None:
    lever = Lever("baseline.enforce_norms", "norms", "enforce_norms", "norms", "2028", choices=(NEVER, "2028"))
    assert lever.setting(NEVER) == "baseline.enforce_norms=null"


# ---- addresses ----


def test_an_address_says_its_settings_back() -> None:
    settings = (f"{SHARE}=[0.3, 0.4, 0.6]", "suppose.contract.06010101=lump_sum", "title={nl: é & +, en: =}")
    assert settings_of(query_of(settings)) == settings
    assert query_of(()) == ""
    assert settings_of("?other=1&set=draws%3D0") == ("draws=0",)


def moved(
    levers: dict[str, Lever], *, linked: tuple[str, ...] = (), stood: dict | None = None, **values
) -> tuple[str, ...]:
    before = {key: lever.filed for key, lever in levers.items()} | (stood or {})
    now = before | {{"share": SHARE, "tariff": TARIFF}[name]: value for name, value in values.items()}
    return changes_of(levers.values(), now, linked=linked, stood=before)


def test_what_was_turned_is_the_setting(levers: dict[str, Lever]) -> None:
    assert moved(levers) == ()
    assert moved(levers, share=0.4, tariff=31) == (f"{SHARE}=[0.3, 0.4, 0.6]", f"{TARIFF}=31.0")


def test_what_the_address_says_stays_until_its_lever_is_turned(levers: dict[str, Lever]) -> None:
    linked, stood = (f"{SHARE}=0.45", "initiatives.rhythm.backfill_share=0.2"), {SHARE: 0.45}
    assert moved(levers, linked=linked, stood=stood) == linked
    assert moved(levers, linked=linked, stood=stood, tariff=31) == (*linked, f"{TARIFF}=31.0")
    assert moved(levers, linked=linked, stood=stood, share=0.4) == (linked[1], f"{SHARE}=[0.3, 0.4, 0.6]")
    assert moved(levers, linked=linked, stood=stood, share=0.3) == (linked[1],)


def test_a_form_as_delivered_is_no_setting(levers: dict[str, Lever]) -> None:
    key = f"suppose.contract.{HOSPITALS[0]}"
    settings = changes_of(levers.values(), {key: "delivered"}, linked=(f"{key}=ceiling",), stood={key: "ceiling"})
    assert settings == ()


def test_a_factor_for_a_resource_is_that_of_its_lever(levers: dict[str, Lever]) -> None:
    given = ("suppose.capacity.gp_hours=1.2", "suppose.capacity.gp_hours={41000001: 2}", "draws=0")
    assert canonical(given, levers.values()) == ("suppose.capacity.gp_hours.every=1.2", *given[1:])


def test_a_contract_says_which_form_was_delivered(levers: dict[str, Lever]) -> None:
    delivered = [levers[f"suppose.contract.{hospital}"].delivered for hospital in HOSPITALS]
    assert delivered == [("fee_for_service",), ("lump_sum",)]
    said = said_value(levers[f"suppose.contract.{HOSPITALS[1]}"], "delivered", wording("nl"))
    assert said == "zoals aangeleverd (aanneemsom)"


# ---- answers ----


def test_nothing_changed_is_the_scenario_as_filed(on_air: OnAir) -> None:
    filed, published = under(on_air), Synopsis(on_air.release, on_air.release.scenarios[0], wording("en"))
    shown = ["party", "value_eur", "low_eur", "high_eur", "share", "stance"]
    assert filed.outcomes.select(shown).equals(published.outcomes.select(shown))
    assert filed.units_moved == pytest.approx(published.units_moved)
    assert filed.capacity.select("provider", "fte_after").equals(published.capacity.select("provider", "fte_after"))


def test_more_hands_move_the_shortage_and_no_money(on_air: OnAir) -> None:
    filed, more = under(on_air), under(on_air, "suppose.capacity.gp_hours=1.5")
    assert filed.worst_shortage is not None
    assert more.worst_shortage is None
    assert more.net_eur == pytest.approx(filed.net_eur)


def test_a_lump_sum_takes_the_loss_from_the_hospital_to_the_insurer(on_air: OnAir) -> None:
    def value(findings: Synopsis, party: str) -> float:
        return findings.outcomes.filter(pl.col("party") == party)["value_eur"].item()

    filed, lump_sum = under(on_air), under(on_air, f"suppose.contract.{HOSPITALS[0]}=lump_sum")
    gained = value(lump_sum, HOSPITALS[0]) - value(filed, HOSPITALS[0])
    lost = sum(value(lump_sum, payer) - value(filed, payer) for payer in ("3311", "0104"))
    assert gained > 100_000
    assert lost == pytest.approx(-gained)


def test_the_other_tables_are_there_under_a_setting(on_air: OnAir) -> None:
    whole = on_air.trial(SCENARIO).whole((f"{SHARE}=0.5",))
    assert set(whole.table("party_impact")["measure"]) >= {"revenue_change_eur", "stranded_cost_eur"}
    assert whole.table("interest").height > 0


def test_beside_what_was_filed(on_air: OnAir) -> None:
    filed, now = under(on_air), under(on_air, f"{SHARE}=[0.4, 0.5, 0.7]")
    rows = side_by_side(now=now, filed=filed)
    assert set(rows["party"]) == set(now.outcomes["party"])
    assert rows["difference_eur"].abs().to_list()[0] == pytest.approx(rows["difference_eur"].abs().max(), abs=1)
    assert sum(filed_values(now.shown, filed=filed)) == pytest.approx(filed.net_eur)
    assert side_by_side(now=filed, filed=filed)["difference_eur"].abs().max() == 0
    known = filed.capacity.filter("known")
    assert filed_needs(known, filed=filed) == pytest.approx((known["load_after"] / known["usable"]).to_list())


def test_all_care_that_leaves_and_grows_heavier_is_refused_in_three_parts(on_air: OnAir) -> None:
    settings = [f"{SHARE}=1", "initiatives.rhythm.uptake.maximum=1", "initiatives.rhythm.returns=0"]
    with pytest.raises(ScenarioError) as refused:
        under(on_air, *settings)
    (finding,) = refused.value.faults
    assert "relative_intensity" in str(finding.found)
    assert "some to stay" in str(finding.expected)
    assert finding.action


# ---- keeping ----


def test_a_kept_setting_is_a_scenario_that_does_the_same(on_air: OnAir, levers: dict[str, Lever]) -> None:
    settings = (levers[SHARE].setting(0.4), f"suppose.contract.{HOSPITALS[0]}=ceiling")
    text = scenario_file(CONTENT, settings, name="more", title="Méér", levers=tuple(levers.values()))
    read = parse_scenario(text, source="more.yaml")
    trial = on_air.trial(SCENARIO).scenario(settings)

    assert (read.scenario, read.names.nl, read.names.en) == ("more", "Méér", "Méér")
    assert read.initiatives[0].eligible_share == trial.initiatives[0].eligible_share
    assert read.suppose == trial.suppose


def test_what_was_set_by_hand_is_an_assumption_whatever_it_rested_on(levers: dict[str, Lever]) -> None:
    text = scenario_file(
        CONTENT, [levers[SHARE].setting(0.4)], name="more", title="More", levers=tuple(levers.values())
    )
    evidence = {item.parameter: item for item in parse_scenario(text, source="more.yaml").initiatives[0].evidence}
    assert evidence["eligible_share"].confidence == "assumption"
    assert "0.2" in evidence["eligible_share"].source
    assert evidence["uptake.maximum"].source == "To be agreed"


def test_a_release_without_the_text_of_its_scenario_says_so(on_air: OnAir) -> None:
    with pytest.raises(LookupError, match="no-such"):
        on_air.trial("no-such")
    assert json.loads(on_air.release.scenarios[0].table("scenario")["parameters"][0])["scenario"] == SCENARIO
    assert GPS[0] in on_air.pages.parties[SCENARIO]
    assert isinstance(on_air.folder, Path)
