"""One party's own sentences: its title is what matters most to it, and what its money does over the years.

What belongs here: choosing. A function that stops comes before hands that lack, hands before money, and of money and
departments what is largest for what this party can bear (the intensities of the table `interest`). What lies within
the draws on both sides of nothing is called about nothing, and what is not known is not called nothing.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from dashboards.telling.costs import given_up, is_felt, loss_said, path_sentence
from dashboards.telling.paths import CUSHION, DEPARTMENT, Paths, is_payer, lasting_spread
from dashboards.telling.sentences import share_of_size
from dashboards.telling.synopsis import LOSES, Synopsis
from dashboards.words.wording import Wording, capitalised

Row = Mapping[str, Any]
_EURO = 0.5
_HARDLY = 0.05  # fewer full-time equivalents than this are none
_SOME = 0.5  # fewer units of a facility than this are none


def party_title(findings: Synopsis, party: str) -> str:
    """Returns what the agreement does to a party, the most intense of it first."""
    words, row = findings.words, path_of(findings, party)
    name, money = _name(findings, party), _money_clause(row, words)
    stops = given_up(row, words) if row is not None else ""
    if stops:
        return stops
    short = shortage_of(findings, party)
    if short is not None:
        return _joined(_short(short, words, name=name), money or _no_money(findings, party), words)
    if row is None or row["worst_eur"] is None:
        return words.text("one_party.unknown", name=name)
    if is_payer(row):
        return _spending(findings, row)
    department = _department(findings, row)
    if department:
        return _joined(department, money, words)
    said = _money(findings, row)
    return said or words.text("one_party.nothing", name=name)


def party_lead(findings: Synopsis, party: str) -> str:
    """Returns what kind of party this is, how large and what it lives on, and how its money goes over the years."""
    words, row = findings.words, findings.outcomes.row(by_predicate=pl.col("party") == party, named=True)
    path, about = path_of(findings, party), _about(row, words)
    if path is None or path["worst_eur"] is None:
        return about
    cushion = cushion_eur(path)
    lives = "" if cushion is None else words.text("one_party.cushion", value=words.numbers.money(cushion, digits=2))
    return " ".join(filter(None, [about, lives, path_sentence(path, words)]))


def path_of(findings: Synopsis, party: str) -> Row | None:
    """Returns a party's row of `Paths.parties`; None where the release has none."""
    rows = findings.once(Paths).parties.filter(pl.col("party") == party).to_dicts()
    return rows[0] if rows else None


def cushion_eur(path: Row) -> float | None:
    """Returns what a party lives on in a year, as the model has taken it; None where that is not known."""
    share, worst = path["cushion_share"], path["worst_eur"]
    return abs(worst / share) if share and worst is not None and abs(worst) > _EURO else None


def shortage_of(findings: Synopsis, party: str) -> Row | None:
    """Returns the hands or rooms that the agreement makes a provider lack most, for its size; None where it does not.

    The row is one of `Synopsis.capacity_of`; a shortage too small to matter to the party is none.
    """
    binding = _binding(_stakes(findings, party))
    if not binding:
        return None
    extra = pl.coalesce(
        pl.col("fte_after") - pl.col("fte_before"), pl.col("shortage_after") - pl.col("shortage_before")
    )
    least = pl.when(pl.col("fte_after").is_not_null()).then(_HARDLY).otherwise(_SOME)
    rows = findings.capacity_of(party).filter(
        pl.col("known") & (extra >= least) & pl.col("is_staff").fill_null(value=False).is_in(list(binding))
    )
    return rows.row(0, named=True) if rows.height else None


def _binding(stakes: pl.DataFrame) -> frozenset[bool]:
    """Returns whether staff (True) and rooms or beds (False) lack so much that they come before money.

    Hands always do; rooms and beds where they are more intense than what the worst year costs.
    """
    losing = stakes.filter(pl.col("stance") == LOSES)
    intensities = dict(losing.filter(pl.col("specialism").is_null()).select("dimension", "intensity").iter_rows())
    money = intensities.get(CUSHION) or 0.0
    found = {True} if "staff_capacity" in intensities else set()
    found |= {False} if (intensities.get("facility_capacity") or 0.0) > money else set()
    return frozenset(found)


# --- the parts of a title -------------------------------------------------------------------------------------------


def _short(row: Row, words: Wording, *, name: str) -> str:
    unit = None if row["unit"] == row["resource_name"] else row["unit"]
    before, after = (
        words.amount(fte=row[f"fte_{when}"], plain=row[f"shortage_{when}"], unit=unit) for when in ("before", "after")
    )
    least = _HARDLY if row["fte_after"] is not None else _SOME
    had = (row["fte_before"] if row["fte_after"] is not None else row["shortage_before"]) or 0.0
    return words.text(
        "one_party.short",
        name=name,
        year=row["year"],
        amount=after,
        resource=row["resource_name"],
        before=before if had >= least else words.text("key.none"),
    )


def _money_clause(row: Row | None, words: Wording) -> str:
    """Returns what the worst year costs as the second half of a title, else what lasts; nothing where neither tells."""
    if row is None or row["worst_eur"] is None:
        return ""
    loss = loss_said(row, words)
    if loss:
        return words.text("one_party.and_loses", loss=loss)
    return words.text("one_party.and_keeps", value=_lasting(row, words)) if _lasts(row) else ""


def _no_money(findings: Synopsis, party: str) -> str:
    """Returns that money hardly changes, or that nobody knows."""
    unknown = party in findings.known.unknown_money
    return findings.words.text("one_party.and_unknown" if unknown else "one_party.and_nothing")


def _money(findings: Synopsis, row: Row) -> str:
    words = findings.words
    loss = loss_said(row, words)
    if loss:
        return words.text("costs.loses", name=row["name"], loss=loss)
    if not _lasts(row):
        return ""
    share = _share_of_size(findings, row, row["lasting_eur"])
    return words.text("one_party.keeps", name=row["name"], value=_lasting(row, words), share=share)


def _department(findings: Synopsis, row: Row) -> str:
    """Returns the department that loses most of its work, where that is more intense than the party's worst year."""
    words = findings.words
    stakes = _stakes(findings, row["party"])
    departments = stakes.filter((pl.col("dimension") == DEPARTMENT) & (pl.col("stance") == LOSES))
    if not departments.height or not findings.known.departments(row["party"]):
        return ""
    first = departments.sort("intensity", "specialism", descending=[True, False], nulls_last=True).row(0, named=True)
    cushion = stakes.filter(pl.col("dimension") == CUSHION)["intensity"].to_list()
    if is_felt(row) and cushion and (cushion[0] or 0.0) >= (first["intensity"] or 0.0):
        return ""
    share = words.numbers.share(abs(first["share"])) if first["share"] is not None else words.numbers.unknown
    specialism = words.known("specialisms", first["specialism"])
    return words.text("one_party.department", name=row["name"], specialism=specialism, share=share, year=first["year"])


def _spending(findings: Synopsis, row: Row) -> str:
    """Returns what a payer lastingly spends more or less, with its share of what the care in question costs it."""
    words, name = findings.words, row["name"]
    if not _lasts(row) and not (row["lasting_high"] is not None and row["lasting_high"] < -_EURO):
        return words.text("one_party.spends_same", name=name)
    spend = _stakes(findings, row["party"]).filter(pl.col("dimension") == "spend").to_dicts()
    base = spend[0]["value"] / spend[0]["share"] if spend and spend[0]["share"] else None
    value = words.numbers.money(abs(row["lasting_eur"]), spread=lasting_spread(row))
    if base is None:
        share = words.text("one_party.care_unknown")
    else:
        share = words.text("one_party.of_this_care", part=words.numbers.part_of(abs(row["lasting_eur"] / base)))
    key = "one_party.spends_less" if row["lasting_eur"] > 0 else "one_party.spends_more"
    return words.text(key, name=name, value=value, share=share)


def _joined(first: str, second: str, words: Wording) -> str:
    return words.text("answer.joined", first=first, second=second) if second else first


# --- building blocks ------------------------------------------------------------------------------------------------


def _about(row: Row, words: Wording) -> str:
    kind = capitalised(row["kind_name"])
    if not row["size_eur"]:
        return words.text("one_party.about_unsized", kind=kind)
    source = words.text(f"one_party.size_{row['size_source'] or 'delivered'}")
    return words.text("one_party.about", kind=kind, size=words.numbers.money(row["size_eur"], digits=3), source=source)


def _name(findings: Synopsis, party: str) -> str:
    return str(findings.outcomes.row(by_predicate=pl.col("party") == party, named=True)["name"])


def _stakes(findings: Synopsis, party: str) -> pl.DataFrame:
    table = findings.results.table("interest")
    return table.filter((pl.col("party") == party) & pl.col("initiative").is_null())


def _lasts(row: Row) -> bool:
    """Returns whether a party lastingly gains, and in 9 of 10 draws does not lose."""
    value, low = row["lasting_eur"], row["lasting_low"]
    return value is not None and value > _EURO and (low is None or low >= -_EURO)


def _lasting(row: Row, words: Wording) -> str:
    return words.numbers.money(abs(row["lasting_eur"]), spread=lasting_spread(row))


def _share_of_size(findings: Synopsis, row: Row, value: float) -> str:
    size = findings.sizes.filter(pl.col("party") == row["party"]).to_dicts()
    known = size[0] if size and size[0]["size_eur"] else {"size_eur": None, "size_source": None}
    share = value / known["size_eur"] if known["size_eur"] else None
    return share_of_size({"share": share, "size_source": known["size_source"]}, findings.words)
