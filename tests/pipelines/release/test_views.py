"""Views of a release: what is in each folder, and that nothing of another party is, down to the bytes."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
import yaml
from small_region import GPS, HOSPITALS, PAYER

from data_contracts.problem import Problem
from data_contracts.release import tables_of
from pipelines.orchestration.refresh import refresh
from pipelines.release import releases
from pipelines.release.views import auditing, consenting, content, making, naming, sent, told_together
from pipelines.warehouse.building import writing
from pipelines.workspace.workspace import Workspace

MINE, OTHER = list(HOSPITALS)[:2]
NECESSITY = {"nl": "wie geeft en wie krijgt moet weten of het past", "en": "who gives and who gets must know"}


@pytest.fixture(scope="module")
def opened(refreshed: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The small region with a room that may open, and all of its views. Read only."""
    root = tmp_path_factory.mktemp("views") / "kleinland"
    shutil.copytree(refreshed.root, root, symlinks=True)
    path = next((root / "scenarios").glob("*.yaml"))
    scenario = yaml.safe_load(path.read_text(encoding="utf-8"))
    scenario["initiatives"][0]["necessity"] = NECESSITY
    path.write_text(yaml.safe_dump(scenario, allow_unicode=True, sort_keys=False), encoding="utf-8")
    workspace = Workspace.open(root)
    refresh(workspace)
    views = [naming.parse(name) for name in ("table", "public", "room:ritme", f"party:{MINE}", f"party:{PAYER}")]
    making.make_views(workspace, current(workspace), views)
    return workspace


def current(workspace: Workspace) -> releases.ReleaseFolder:
    return releases.require_current(workspace.published)


def tables(workspace: Workspace, folder: str) -> dict[str, list[dict[str, object]]]:
    with duckdb.connect(str(workspace.views / folder / "care_transfer.duckdb"), read_only=True) as connection:
        names = [name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        return {name: connection.execute(f'SELECT * FROM "{name}"').pl().to_dicts() for name in names}


def columns(workspace: Workspace, folder: str) -> set[tuple[str, str]]:
    with duckdb.connect(str(workspace.views / folder / "care_transfer.duckdb"), read_only=True) as connection:
        return set(connection.execute("SELECT table_name, column_name FROM duckdb_columns()").fetchall())


def text_of(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_every_view_is_a_folder_of_its_own_with_database_pages_and_what_was_done(opened):
    for folder in ("table", "public", "room-ritme", f"party-{MINE}"):
        own = opened.views / folder
        assert (own / "care_transfer.duckdb").is_file()
        assert (own / "dashboards" / "index.html").is_file()
        for language in ("nl", "en"):
            assert (own / "dashboards" / language / "what-you-see.html").is_file()
        told = json.loads((own / "disclosure.json").read_text(encoding="utf-8"))
        assert told["release"] == current(opened).id
        assert told["attackers"] > 5


def test_a_party_has_its_own_rows_in_full_and_nobody_elses(opened):
    own = tables(opened, f"party-{MINE}")
    with duckdb.connect(str(current(opened).database), read_only=True) as connection:
        for table in ("volume", "revenue", "capacity"):
            whole = connection.execute(f"SELECT count(*) FROM {table} WHERE provider_id = '{MINE}'").fetchone()[0]
            assert len(own[table]) == whole > 0
    for table in ("volume", "revenue", "capacity", "contract"):
        assert {row["provider_id"] for row in own.get(table, ())} <= {MINE}
    for table in ("party_impact", "party_baseline", "interest", "sensitivity", "break_even"):
        assert {row["party"] for row in own.get(table, ())} <= {MINE}
    assert {row["provider"] for row in own["capacity_gap"]} <= {MINE}


def test_no_table_of_the_middle_is_in_any_view(opened):
    middle = {"settlement", "settlement_summary", "settlement_risk", "conflict", "transfer_flow", "portfolio",
              "transfer_flow_detail", "exchange_party", "portfolio_choice",
              "deal_room", "draw", "region_impact", "region_gap", "travel_area"}  # fmt: skip
    for folder in ("table", "public", "room-ritme", f"party-{MINE}", f"party-{PAYER}"):
        assert not set(tables(opened, folder)) & middle
    for folder in ("table", "public", "room-ritme"):
        assert not set(tables(opened, folder)) & {"delivery", "rejection", "data_finding"}


def test_a_party_has_what_was_delivered_for_it_alone(opened):
    with duckdb.connect(str(current(opened).database), read_only=True) as connection:
        every = connection.execute("SELECT DISTINCT supplier FROM delivery").pl()["supplier"].to_list()
        mine = connection.execute(f"SELECT DISTINCT supplier FROM volume WHERE provider_id = '{MINE}'").fetchall()
    own = {row["supplier"] for row in tables(opened, f"party-{MINE}")["delivery"]}
    assert own == {supplier for (supplier,) in mine}
    assert own < set(every)
    assert {row["supplier"] for row in tables(opened, f"party-{PAYER}")["delivery"]} == {"verzekeraar"}
    assert {row["supplier"] for row in tables(opened, f"party-{MINE}").get("rejection", ())} <= own


def test_what_a_rule_says_of_others_is_not_in_a_partys_view(tmp_path):
    """A price is held beside the region's median: of two who deliver a product that is the other's price."""
    source, message = tmp_path / "source.duckdb", "the median of the region is € 197"
    with duckdb.connect(str(source)) as connection:
        connection.execute(
            "CREATE TABLE data_finding AS SELECT $party AS provider_id, rule, 9.0 AS value, 197.0 AS expected, "
            "$said AS message_nl, $said AS message_en FROM (VALUES ('price_beyond_region'), ('volume_jump')) t(rule)",
            {"party": MINE, "said": message},
        )
    with duckdb.connect(str(tmp_path / "view.duckdb")) as connection:
        connection.execute(f"ATTACH '{source}' AS source (READ_ONLY)")
        content._copy_findings(connection, MINE)
        told = connection.execute("SELECT rule, expected, message_en FROM data_finding ORDER BY rule").fetchall()
    beside, own = told
    assert beside[:2] == ("price_beyond_region", None)
    assert beside[2].startswith("A price is no fivefold of the region's median")
    assert own == ("volume_jump", 197.0, message)
    assert (tmp_path / "view.duckdb").read_bytes().count(message.encode()) <= 2


def test_what_others_see_has_no_price_no_cost_no_margin_level(opened):
    for folder in ("table", "public", "room-ritme"):
        names = {column for _, column in columns(opened, folder)}
        assert not names & {"unit_cost_eur", "cost_ratio", "annual_margin_eur", "annual_revenue_eur", "revenue_eur",
                            "margin_eur", "cost_eur", "agreed_amount_eur", "size_eur", "area"}  # fmt: skip


def test_a_party_is_not_told_whom_its_care_came_from_nor_what_it_was_worth_there(opened):
    gp = GPS[0]
    making.make_views(opened, current(opened), [naming.parse(f"party:{gp}")])
    flows = tables(opened, f"party-{gp}").get("own_flow", [])
    assert {row["side"] for row in flows} <= {"receives"}
    assert all(row["revenue_moved_eur"] is None for row in flows)
    assert not {column for table, column in columns(opened, f"party-{gp}") if table == "own_flow"} & {
        "from_id",
        "to_id",
    }


def figures_of(workspace: Workspace, party: str) -> set[float]:
    """Every confidential figure of a party that could be recognised: of at least five digits, as the release has it."""
    with duckdb.connect(str(current(workspace).database), read_only=True) as connection:
        found = connection.execute(
            "SELECT mean FROM party_impact WHERE party = $party AND abs(mean) > 100 UNION ALL "
            "SELECT CAST(revenue_eur AS DOUBLE) FROM revenue WHERE provider_id = $party UNION ALL "
            "SELECT CAST(available AS DOUBLE) FROM capacity WHERE provider_id = $party UNION ALL "
            "SELECT production_eur FROM party_baseline WHERE party = $party AND production_eur > 100",
            {"party": party},
        ).fetchall()
    return {value for (value,) in found}


def numbers_in(workspace: Workspace, folder: str) -> set[float]:
    return {
        float(value) for rows in tables(workspace, folder).values() for row in rows for value in row.values()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }  # fmt: skip


def test_no_figure_of_another_is_in_a_partys_database_or_pages(opened):
    mine = figures_of(opened, MINE)
    for other in (OTHER, GPS[0], PAYER):
        secret = figures_of(opened, other) - mine - {0.0}
        assert not secret & numbers_in(opened, f"party-{MINE}")
        pages = text_of(opened.views / f"party-{MINE}" / "dashboards")
        assert not [value for value in secret if abs(value) > 1000 and f"{value:.4f}".encode() in pages]


def test_the_bytes_of_a_file_hold_no_text_of_another(opened):
    with duckdb.connect(str(current(opened).database), read_only=True) as connection:
        deliveries = connection.execute(
            f"SELECT DISTINCT delivery FROM volume WHERE provider_id = '{OTHER}'"
        ).fetchall()
    for folder in ("table", "room-ritme", f"party-{MINE}"):
        found = text_of(opened.views / folder)
        assert not any(delivery.encode() in found for (delivery,) in deliveries)
        assert b"annual_margin_eur" not in text_of(opened.views / "table")
        assert str(opened.root).encode() not in found


def test_the_public_sees_no_party(opened):
    own = tables(opened, "public")
    assert not {"provider", "payer", "evidence"} & set(own)
    assert "parameters" not in {column for table, column in columns(opened, "public")}
    assert all(row["party"] is None for row in own["shown_figure"])


def test_a_room_shows_units_and_hands_with_its_necessity_and_no_euro(opened):
    own = tables(opened, "room-ritme")
    assert own["view"][0]["necessity_nl"] == NECESSITY["nl"]
    assert {row["section"] for row in own["shown_figure"]} <= {"units", "room", "need", "norm", "travel"}
    assert own["shown_figure"]
    page = (opened.views / "room-ritme" / "dashboards" / "nl" / "what-you-see.html").read_text(encoding="utf-8")
    assert NECESSITY["nl"] in page
    assert "€" not in page.split("Wat is weggelaten")[0]


def test_small_counts_are_under_the_minimum_in_every_view(opened):
    for folder in ("table", "room-ritme", f"party-{MINE}"):
        for row in tables(opened, folder)["shown_figure"]:
            if row["section"] == "units" and row["value"] is not None:
                assert row["value"] >= opened.region.disclosure.minimum_count


def test_both_languages_say_what_was_left_out_and_how_it_was_checked(opened):
    for language, left_out in (("nl", "Wat is weggelaten, en waarom"), ("en", "What was left out, and why")):
        page = (opened.views / "table" / "dashboards" / language / "what-you-see.html").read_text(encoding="utf-8")
        assert left_out in page
        assert "Rode lijnen" in page or "Red lines" in page


def test_a_view_that_is_there_is_left_as_it_is(opened):
    before = sent.folder_hash(opened.views / "table")
    made = making.make_views(opened, current(opened), [naming.parse("table")])
    assert made[0].status == making.UNCHANGED
    assert sent.folder_hash(opened.views / "table") == before


def test_the_log_says_what_was_sent_with_its_hash_and_notices_a_changed_line(opened, tmp_path):
    entries = sent.entries(opened)
    mine = next(entry for entry in reversed(entries) if entry.view == "table")
    assert mine.hash == sent.folder_hash(opened.views / "table")
    copy = tmp_path / "kleinland"
    shutil.copytree(opened.root, copy, symlinks=True)
    log = copy / "disclosure" / sent.LOG
    lines = log.read_text(encoding="utf-8").splitlines()
    log.write_text("\n".join([lines[0].replace('"table"', '"room"'), *lines[1:]]) + "\n", encoding="utf-8")
    with pytest.raises(Problem, match="a log that was changed"):
        sent.entries(Workspace.open(copy))


def test_an_audit_that_passed_is_not_done_again(opened, monkeypatch):
    monkeypatch.setattr(auditing, "audit_views", None)
    again = auditing.audit_release(opened, current(opened))
    assert again.audited.passed
    assert again.audited.programs > 0


def test_withdrawn_is_taken_away_and_kept_in_the_log(opened, tmp_path):
    copy = tmp_path / "kleinland"
    shutil.copytree(opened.root, copy, symlinks=True)
    workspace = Workspace.open(copy)
    making.withdraw(workspace, naming.parse("table"), why="a wrong tariff")
    assert not (workspace.views / "table").exists()
    assert sent.entries(workspace)[-1].note == "a wrong tariff"
    with pytest.raises(Problem, match="no view table that was made"):
        making.withdraw(workspace, naming.parse("table"), why="again")
    table = [naming.parse("table")]
    assert making.make_views(workspace, current(workspace), table)[0].status == making.WITHDRAWN
    assert not (workspace.views / "table").exists()
    making.make_views(workspace, current(workspace), [naming.parse(f"party:{PAYER}")])
    assert not {row["section"] for row in tables(workspace, f"party-{PAYER}")["shown_figure"]} & {"total", "stance"}
    assert making.make_views(workspace, current(workspace), table, round_="2")[0].status == making.MADE


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("tabel", "no view 'tabel'"),
        ("party", "no view 'party'"),
        ("party:06019999", "no party that takes part in a scenario with the name '06019999'"),
        ("room:ritm", "no initiative of a scenario with the name 'ritm'"),
        (f"pair:{MINE}:{OTHER}", "no contract between"),
    ],
)
def test_a_view_of_nobody_is_refused_and_nothing_is_written(opened, name, told):
    before = {path.name for path in opened.views.iterdir()}
    with pytest.raises(Problem, match=told):
        making.make_views(opened, current(opened), [naming.parse(name)])
    assert {path.name for path in opened.views.iterdir()} == before


def test_a_room_without_necessity_is_refused(region):
    with pytest.raises(Problem, match="does not say why its parties must see each other's units"):
        making.make_views(region, current(region), [naming.parse("room:ritme")])
    assert not (region.views / "room-ritme").exists()


def test_a_refresh_makes_the_views_that_the_settings_name(region):
    file = region.root / "region.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "disclosure: {publish: [table, public]}\n", encoding="utf-8")
    workspace = Workspace.open(region.root)
    done = refresh(workspace)
    assert done.published
    assert {path.name for path in workspace.views.iterdir()} == {"table", "public"}
    told = json.loads((workspace.views / "table" / "disclosure.json").read_text(encoding="utf-8"))
    assert told["release"] == done.release.id


def test_a_pair_sees_what_happens_to_its_contract_and_nothing_else(opened):
    (made,) = making.make_views(opened, current(opened), [naming.parse(f"pair:{MINE}:{PAYER}")])
    own = tables(opened, made.view.folder)
    assert {(row["provider"], row["payer"]) for row in own["contract_impact"]} == {(MINE, PAYER)}
    assert not {"volume", "revenue", "party_impact", "unit_cost"} & set(own)
    assert own["shown_figure"] == []
    page = (made.path / "dashboards" / "en" / "what-you-see.html").read_text(encoding="utf-8")
    assert "Change of the contract by year" in page
    assert all(f">{row['year']}<td" in page for row in own["contract_impact"])


def test_a_partys_page_says_what_was_delivered_for_it_and_a_sign_in_words(opened):
    page = (opened.views / f"party-{MINE}" / "dashboards" / "nl" / "what-you-see.html").read_text(encoding="utf-8")
    assert "Wat geldt van wat alleen voor u is aangeleverd" in page
    assert all(row["file"] in page for row in tables(opened, f"party-{MINE}")["delivery"])
    table = (opened.views / "table" / "dashboards" / "nl" / "what-you-see.html").read_text(encoding="utf-8")
    assert "alleen voor u" not in table
    signs = [row for row in tables(opened, "table")["shown_figure"] if row["told"] == "sign"]
    assert ("stijgt of blijft gelijk" in table or "daalt of blijft gelijk" in table) == bool(signs)


# -- rooms, consents, and what nobody declared open ----


def test_a_room_tells_hands_needed_and_norms_and_nothing_that_is_of_one_reader_alone(opened):
    told = tables(opened, "room-ritme")["shown_figure"]
    assert {"units", "need", "room", "norm"} <= {row["section"] for row in told}
    assert not {row["section"] for row in told} & {"others", "payment"}
    need = next(row for row in told if row["section"] == "need")
    assert (need["party"] in GPS, need["measure"], need["low"], need["high"]) == (True, "gp_hours", 0.0, 0.5)
    norm = next(row for row in told if row["section"] == "norm" and row["party"] == MINE)
    assert (norm["measure"], norm["before"], norm["status"]) == ("0320", "viable", "at_risk")
    mine = [row for row in tables(opened, f"party-{MINE}")["shown_figure"] if row["section"] == "others"]
    assert {row["party"] for row in mine} == {MINE}


def test_necessity_is_printed_on_every_room_also_in_a_partys_view(opened):
    for folder in ("room-ritme", f"party-{MINE}"):
        page = (opened.views / folder / "dashboards" / "nl" / "what-you-see.html").read_text(encoding="utf-8")
        assert NECESSITY["nl"] in page
        about = json.loads((opened.views / folder / "disclosure.json").read_text(encoding="utf-8"))
        assert about["necessity"] == {"ritme": NECESSITY}


def test_the_table_knows_the_grade_of_each_supplier_and_the_public_does_not(opened):
    assert {row["supplier"] for row in tables(opened, "table")["supplier_grade"]} >= {"noord", "midden", "zuid"}
    assert tables(opened, "public")["supplier_grade"] == []


def test_a_table_that_nobody_declared_open_reaches_no_view(opened, tmp_path):
    """A result table of tomorrow, with everybody's rows: a view holds it only once content.py names it."""
    release = current(opened)
    copy = tmp_path / "release.duckdb"
    shutil.copy(release.database.resolve(), copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute(f"CREATE TABLE tomorrow AS SELECT '{MINE}' AS party, '{OTHER}' AS provider, 1.5 AS secret")
    told_of = {*content.OF_A_VIEW, *content.OF_ONES_OWN, *content.MADE_HERE, "data_finding"}
    declared = {*content.COMMON, *content.OWN, *told_of}
    with writing(tmp_path / "view.duckdb") as connection:
        connection.execute(f"ATTACH '{copy}' AS source (READ_ONLY)")
        audited = auditing.audit_release(opened, release)
        rows = content.fill(
            connection, audited, naming.parse(f"party:{MINE}"), made_at=datetime(2026, 1, 1, tzinfo=UTC)
        )
    middle = {"region_impact", "region_gap", "draw", "travel_area", "deal_room", "conflict", "exchange"}
    assert not {"tomorrow", *middle} & set(rows)
    assert set(rows) <= declared


def write_consent(workspace, by, **changes):
    said = {"party": by, "figure": "units", "initiative": "ritme", "audience": "table", "round": "1",
            "purpose": {"nl": "samen plannen", "en": "to plan together"}} | changes  # fmt: skip
    workspace.consents.mkdir(exist_ok=True)
    path = workspace.consents / f"{by}-{said['figure']}.yaml"
    path.write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
    return path


def units_at_the_table(workspace):
    return {row["party"] for row in tables(workspace, "table")["shown_figure"]
            if row["section"] == "units" and row["party"]}  # fmt: skip


def test_consents_are_turned_over_together_and_stay_for_the_round(opened, tmp_path):
    root = tmp_path / "kleinland"
    shutil.copytree(opened.root, root, symlinks=True)
    workspace, table = Workspace.open(root), [naming.parse("table")]
    files = [write_consent(workspace, party) for party in list(HOSPITALS)[:2]]
    assert making.make_views(workspace, current(workspace), table)[0].status == "unchanged"
    assert units_at_the_table(workspace) == set()
    files.append(write_consent(workspace, list(HOSPITALS)[2]))
    assert making.make_views(workspace, current(workspace), table)[0].status == "made"
    assert units_at_the_table(workspace) == set(HOSPITALS)
    page = (workspace.views / "table" / "dashboards" / "nl" / "what-you-see.html").read_text(encoding="utf-8")
    assert "samen plannen" in page
    files[0].unlink()
    assert making.make_views(workspace, current(workspace), table)[0].status == "unchanged"
    assert consenting.listed(auditing.audit_release(workspace, current(workspace)).consents)[0]["in_effect"]
    later = making.make_views(workspace, current(workspace), table, round_="2")
    assert later[0].status == "made"
    assert units_at_the_table(workspace) == set()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"party": "06010109"}, "the unknown party 06010109"),
        ({"initiative": "ritmes"}, "the unknown initiative ritmes"),
        ({"audience": "room:ander"}, "the room of the unknown initiative ander"),
        ({"figure": "margin"}, "margin, which never leaves the middle, with consent or without"),
    ],
)
def test_a_consent_that_cannot_be_is_told(region, changes, told):
    write_consent(region, MINE, **changes)
    with pytest.raises(Problem) as caught:
        auditing.audit_release(region, current(region))
    assert told in str(caught.value)


def test_an_audit_of_the_same_release_under_other_settings_counts_what_was_sent_under_the_first(opened, tmp_path):
    root = tmp_path / "kleinland"
    shutil.copytree(opened.root, root, symlinks=True)
    file = root / "region.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "disclosure: {minimum_count: 30}\n", encoding="utf-8")
    workspace = Workspace.open(root)
    audited = auditing.audit_release(workspace, current(workspace))
    assert len(audited.before) == 1
    assert audited.audited.case.history
    making.make_views(workspace, current(workspace), [naming.parse("room:ritme")])
    assert len(list((workspace.disclosure / "1" / "audits").glob("*.json"))) == 2
    assert len(auditing.audit_release(workspace, current(workspace)).before) == 1


def test_what_if_answers_in_a_partys_view_with_its_own_runs_made_with_the_release(opened):
    own = tables(opened, f"party-{MINE}")["sensitivity"]
    assert {row["party"] for row in own} == {MINE}
    page = (opened.views / f"party-{MINE}" / "dashboards" / "nl" / "what-you-see.html").read_text(encoding="utf-8")
    assert "Wat als één aanname anders is" in page
    assert "Ritme: deel dat in aanmerking komt" in page
    assert "sensitivity" not in tables(opened, "table")
    table = (opened.views / "table" / "dashboards" / "nl" / "what-you-see.html").read_text(encoding="utf-8")
    assert "Wat als één aanname" not in table


def told_before(workspace: Workspace, changed: tuple[str, ...]) -> None:
    """As if all were told of an earlier release, since when the data of some parties changed: one row says so."""
    path = workspace.disclosure / "1" / told_together.FILE
    kept = json.loads(path.read_text(encoding="utf-8"))
    row = {**kept["shown"]["table"][0], "section": "total", "party": None, "value": 12_345.0}
    kept |= {"release": "20000101T000000Z-00000000", "shown": {"table": [row], "public": []}}
    kept["data"] |= dict.fromkeys(changed, "otherwise")
    path.write_text(json.dumps(kept), encoding="utf-8")


def told_of(workspace: Workspace, name: str) -> set[float]:
    (made,) = making.make_views(workspace, current(workspace), [naming.parse(name)])
    return {row["value"] for row in tables(workspace, made.view.folder)["shown_figure"] if row["section"] == "total"}


@pytest.mark.parametrize("changed", [(), (MINE,), (MINE, OTHER), (MINE, f"{OTHER}|{PAYER}", f"{MINE}|{PAYER}")])
def test_of_a_release_that_differs_in_one_or_two_parties_nobody_hears_anew_what_all_see(opened, tmp_path, changed):
    workspace = Workspace.open(shutil.copytree(opened.root, tmp_path / "kleinland", symlinks=True))
    told_before(workspace, changed)
    assert told_of(workspace, f"party:{PAYER}") == {12_345.0}
    audited = auditing.audit_release(workspace, current(workspace))
    assert not [one for one in audited.audited.case.figures if "everybody" in one.audience]
    told = json.loads((workspace.views / f"party-{PAYER}" / "disclosure.json").read_text(encoding="utf-8"))
    assert told["shown"] == len(tables(workspace, f"party-{PAYER}")["shown_figure"])


def test_of_a_release_that_differs_in_three_parties_all_hear_anew(opened, tmp_path):
    workspace = Workspace.open(shutil.copytree(opened.root, tmp_path / "kleinland", symlinks=True))
    told_before(workspace, tuple(HOSPITALS)[:3])
    assert 12_345.0 not in told_of(workspace, f"party:{PAYER}")


@pytest.mark.parametrize(
    ("names", "count"),
    [
        ((), 0), (("a",), 1), (("a", "b", "c"), 3), (("a|q",), 1), (("a|q", "a|r", "a|s"), 1), (("a|q", "b|q"), 1),
        (("a", "a|q", "b|q"), 2), (("a|q", "b|r", "c|s"), 3),
    ],
)  # fmt: skip
def test_a_contract_is_the_change_of_one_of_its_two_parties(names, count):
    assert told_together.changed_parties({}, dict.fromkeys(names, "1")) == count
    assert told_together.changed_parties(dict.fromkeys(names, "1"), dict.fromkeys(names, "1")) == 0


def test_a_view_is_made_anew_under_a_larger_minimum_count(opened, tmp_path):
    workspace = Workspace.open(shutil.copytree(opened.root, tmp_path / "kleinland", symlinks=True))
    file = workspace.root / "region.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "disclosure: {minimum_count: 5000}\n", encoding="utf-8")
    stricter = Workspace.open(workspace.root)
    views = [naming.parse(name) for name in ("room:ritme", "table")]
    assert [one.status for one in making.make_views(stricter, current(stricter), views)] == ["made", "made"]
    counts = [row for row in tables(stricter, "room-ritme")["shown_figure"] if row["section"] == "units"]
    assert all(row["value"] is None or row["value"] >= 5000 for row in counts)
    assert [one.status for one in making.make_views(stricter, current(stricter), views)] == ["unchanged", "unchanged"]


def test_rows_stand_in_an_order_that_tells_nothing(opened):
    for folder in ("table", "room-ritme", f"party-{MINE}"):
        rows = tables(opened, folder)["shown_figure"]
        names = [tuple(str(row[name] or "") for name in ("initiative", *content.ORDERED_BY)) for row in rows]
        assert names == sorted(names)


def test_the_narrowest_interval_is_told_in_tenths(opened):
    for folder in ("table", "room-ritme", f"party-{MINE}"):
        told = json.loads((opened.views / folder / "disclosure.json").read_text(encoding="utf-8"))
        narrowest = told["narrowest_interval_left"]
        assert narrowest is None or round(10 * narrowest) == pytest.approx(10 * narrowest)
        assert told["undecided"] == 0


def test_views_for_people_stand_where_their_tables_do_and_tell_a_partys_own_rows(opened, tmp_path):
    """The same queries over what the file holds: a party's own rows; none where the table under it is not there."""
    release = current(opened)
    audited = auditing.audit_release(opened, release)
    held = {}
    for name in (f"party:{MINE}", "table", "public"):
        database = tmp_path / f"{name.split(':')[0]}.duckdb"
        with writing(database) as connection:
            connection.execute(f"ATTACH '{release.database.resolve()}' AS source (READ_ONLY)")
            content.fill(connection, audited, naming.parse(name), made_at=datetime(2026, 1, 1, tzinfo=UTC))
        with duckdb.connect(str(database), read_only=True) as connection:
            views = connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY 1").fetchall()
            held[name] = [view for (view,) in views]
            for view in held[name]:
                connection.execute(f"FROM {view}").fetchall()
            told = connection.execute('SELECT "table", "column" FROM dictionary_column ORDER BY ALL').fetchall()
            here = "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal ORDER BY ALL"
            assert told == connection.execute(here).fetchall()
            if name.startswith("party"):
                assert connection.execute("SELECT DISTINCT party FROM impact_year").fetchall() == [(MINE,)]
                assert connection.execute("SELECT DISTINCT provider FROM volume_year").fetchall() == [(MINE,)]
    assert held[f"party:{MINE}"] == sorted(table.name for table in tables_of("people").values() if table.is_view)
    assert held["table"] == held["public"] == []


@pytest.mark.parametrize("keep", [0.5, 0.0], ids=["halved", "emptied"])
def test_whatever_the_program_keeps_of_views_is_made_again_or_named_where_it_is_damaged(opened, tmp_path, keep):
    root = tmp_path / "kleinland"
    shutil.copytree(opened.root, root, symlinks=True)
    workspace, table = Workspace.open(root), [naming.parse("table")]
    for party in HOSPITALS:
        write_consent(workspace, party)
    making.make_views(workspace, current(workspace), table)
    kept = [path for folder in ("disclosure", "views/table") for path in (root / folder).rglob("*.json*")]
    assert {path.name for path in kept} >= {"consents.json", "disclosure.json"}
    told = []
    for path in kept:
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * keep)])
        try:
            making.make_views(workspace, current(workspace), table)
        except Problem as problem:
            told.append((path.name, str(problem)))
        path.write_bytes(content)
    assert told
    assert [name for name, said in told if name not in said or "what to do" not in said] == []
    assert making.make_views(workspace, current(workspace), table)[0].status == "unchanged"
