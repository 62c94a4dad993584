"""What one scenario of one release says of everybody, in the shape that the primary rules speak of.

Everything is a mean over the draws. Amounts of a party are annual equivalents in euro: who leaves the middle with years
leaves with a shape that tells more than its height.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import polars as pl

from models.scenario.schema import Materiality

PAYER = "payer"
PATIENTS = "patients"
UNKNOWN = "unknown"
STANCES = ("revenue", "margin", "cushion", "spend")
"""The dimensions of a party's money."""
LEAST_UNITS = 1e-6
"""A norm or department whose units change by less is not touched."""
MONEY = {"revenue": ("revenue_change_eur", "backfill_revenue_eur"), "spend": ("spend_change_eur",)}

Frames = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Party:
    """One party: its kind (`payer` of a payer), its size in euro (None if unknown), and its group, if any."""

    id: str
    kind: str
    size: float | None
    group: str


@dataclass(frozen=True)
class InitiativeFacts:
    """One initiative, as the scenario says it to all.

    Attributes:
        id: its name.
        donors, recipients, supporters: who take part.
        payers: who pay.
        replaced: whether the care becomes something else at a tariff that the scenario names.
        costed: whether the scenario names what a unit costs the recipient.
        divides_by: the resource whose room divides the care; empty where something else does.
        parts: the shares by which the scenario divides the care, where it names them; equal ones count as named.
        is_held: whether no more goes to a recipient than fits there.
        necessity: why those who take part must see each other's units, by language; empty if nobody said.
        bears: the parties that bear a transition cost.
    """

    id: str
    donors: tuple[str, ...]
    recipients: tuple[str, ...]
    supporters: tuple[str, ...]
    payers: tuple[str, ...]
    replaced: bool
    costed: bool
    divides_by: str
    necessity: Mapping[str, str]
    bears: tuple[str, ...]
    parts: Mapping[str, float] = field(default_factory=dict)
    is_held: bool = False

    @property
    def room(self) -> frozenset[str]:
        """Everybody who takes part."""
        return frozenset((*self.donors, *self.recipients, *self.supporters, *self.payers))

    @property
    def may_open(self) -> bool:
        """Whether the scenario says why those who take part must see each other's units: without it no room opens."""
        return bool(self.necessity.get("nl") and self.necessity.get("en"))


@dataclass(frozen=True)
class Payment:
    """What the scenario's rule asks of each party (present values in euro)."""

    rule: str
    before: Mapping[str, float]
    received: Mapping[str, float]
    from_fund: Mapping[str, float]


@dataclass(frozen=True)
class NormFacts:
    """A volume norm or department of one place at the horizon: how it stands without and with the scenario.

    Attributes:
        status_before, status: as the table `threshold` names them.
        before, after: units without and with the scenario.
        minimum: that the norm asks; None of a department.
    """

    status_before: str
    status: str
    before: float
    after: float
    minimum: float | None


@dataclass(frozen=True)
class ScenarioFacts:
    """One scenario's results.

    Attributes:
        snapshot: scenario and release.
        scenario: its name.
        parties: everybody, by id.
        initiatives: in order.
        whole, parts: annual equivalents by (measure, party) and (measure, party, initiative).
        cushion: margin change of the worst year, by provider.
        cushion_share: the same as a share of the party's own yearly margin, where that is told.
        contract: revenue change by (provider, payer).
        units, received: by (initiative, party, year).
        room, shortage, usable: full-time equivalents at the horizon, by (provider, resource): room before, the gap
            after (negative where there is room), and usable capacity. Room also of what is no staff but divides care,
            in its own unit.
        flows: what each recipient gets from each donor in all, at the horizon, by (initiative, donor, recipient).
        stances: by (party, dimension).
        departments: by (specialism, stance): how many providers.
        payment: under the scenario's rule; None without one.
        limits: below what share a change is neutral, by dimension.
        annuity: what turns an annual equivalent into a present value.
        horizon: the last year.
        km: kilometres saved in the horizon year; None if not told.
        binding: the resource that is short first, by (initiative, recipient), where not all care fits at the horizon.
        needs: full-time equivalents a unit received takes, by (initiative, resource), where the scenario says it.
        norms: what the scenario changes of norms and departments, by (provider, norm or specialism).
        part_stances: by (party, dimension, initiative).
        from_area: units given at the horizon by (initiative, donor, area).
        area_km: the change of patients' kilometres at the horizon by (initiative, area).
    """

    snapshot: str
    scenario: str
    parties: Mapping[str, Party]
    initiatives: tuple[InitiativeFacts, ...]
    whole: Mapping[tuple[str, str], float]
    parts: Mapping[tuple[str, str, str], float]
    cushion: Mapping[str, float]
    cushion_share: Mapping[str, float]
    contract: Mapping[tuple[str, str], float]
    units: Mapping[tuple[str, str, int], float]
    received: Mapping[tuple[str, str, int], float]
    room: Mapping[tuple[str, str], float]
    shortage: Mapping[tuple[str, str], float]
    usable: Mapping[tuple[str, str], float]
    flows: Mapping[tuple[str, str, str], float]
    stances: Mapping[tuple[str, str], str]
    departments: Mapping[tuple[str, str], int]
    payment: Payment | None
    limits: Mapping[str, float]
    annuity: float
    horizon: int
    km: float | None = None
    staff: tuple[str, ...] = ()
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    binding: Mapping[tuple[str, str], str] = field(default_factory=dict)
    needs: Mapping[tuple[str, str], float] = field(default_factory=dict)
    norms: Mapping[tuple[str, str], NormFacts] = field(default_factory=dict)
    part_stances: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    from_area: Mapping[tuple[str, str, str], float] = field(default_factory=dict)
    area_km: Mapping[tuple[str, str], float] = field(default_factory=dict)

    @cached_property
    def providers(self) -> tuple[str, ...]:
        """The providers that take part in any initiative, in the order of the register."""
        inside = {party for one in self.initiatives for party in (*one.donors, *one.recipients, *one.supporters)}
        return tuple(party for party, own in self.parties.items() if own.kind != PAYER and party in inside)

    @cached_property
    def payers(self) -> tuple[str, ...]:
        """The payers."""
        return tuple(party for party, own in self.parties.items() if own.kind == PAYER)

    def limit(self, dimension: str) -> float:
        """Returns below what share a change of a dimension is neutral."""
        return self.limits[dimension]


@dataclass(frozen=True)
class PartyRegister:
    """Who is who: providers with kind, payers, sizes and groups; hours of an equivalent and direct time by resource."""

    parties: Mapping[str, Party]
    hours_per_fte: Mapping[str, float]
    direct_share: Mapping[str, float]


def register(frames: Frames, *, groups: Mapping[str, Iterable[str]] | None = None) -> PartyRegister:
    """Returns who is who in a release.

    Args:
        frames: the tables provider, payer and resource.
        groups: which parties belong together, by the group's name; each counts once.
    """
    of_group = {party: name for name, members in (groups or {}).items() for party in members}
    parties = {
        row["provider_id"]: Party(row["provider_id"], row["kind"], None, of_group.get(row["provider_id"], ""))
        for row in frames["provider"].select("provider_id", "kind").iter_rows(named=True)
    }
    for payer in frames["payer"]["payer_id"].to_list():
        parties[payer] = Party(payer, PAYER, None, of_group.get(payer, ""))
    staff = frames["resource"].filter(pl.col("is_staff") & (pl.col("hours_per_fte") > 0))
    hours = {row["resource"]: float(row["hours_per_fte"]) for row in staff.iter_rows(named=True)}
    told = frames["resource"]
    direct = dict(told.select("resource", "direct_share").iter_rows()) if "direct_share" in told.columns else {}
    return PartyRegister(parties, hours, {name: share or 1.0 for name, share in direct.items()})


def facts_of(scenario: str, frames: Frames, known: PartyRegister, *, release: str = "") -> ScenarioFacts:
    """Returns what a scenario says of everybody.

    Args:
        scenario: its name.
        frames: the result tables of a release.
        known: who is who.
        release: the release's id.
    """
    own = {name: frame.filter(pl.col("scenario") == scenario) if "scenario" in frame.columns else frame
           for name, frame in frames.items()}  # fmt: skip
    about = own["scenario"].row(0, named=True)
    written = json.loads(about["parameters"] or "{}")
    materiality = Materiality.model_validate(written.get("materiality") or {})
    years = range(about["base_year"], about["horizon"] + 1)
    discount = {year: (1 + about["discount_rate"]) ** -(year - about["base_year"]) for year in years}
    whole, parts = _money(own["party_impact"], discount)
    parties = _sized(known.parties, own["party_baseline"], whole)
    payers = tuple(party for party, one in parties.items() if one.kind == PAYER and party != UNKNOWN)
    return ScenarioFacts(
        snapshot=f"{scenario}@{release}",
        scenario=scenario,
        parties=parties,
        initiatives=tuple(
            _initiative(row, payers, is_held=bool(written.get("respect_capacity")))
            for row in own["initiative"].iter_rows(named=True)
        ),
        whole=whole,
        parts=parts,
        cushion=_cushion(own["party_impact"], parties),
        cushion_share=_column(_whole_interest(own, "cushion"), ("party",), _share_name(own)),
        contract=_contracts(own, discount),
        units=_units(own["transfer_flow"], "from_id", "units_moved"),
        received=_units(own["transfer_flow"], "to_id", "units_received"),
        room=_fte(own, about["horizon"], known, "gap_before", -1.0) | _dividing_room(own, about["horizon"], known),
        shortage=_fte(own, about["horizon"], known, "gap_after", 1.0),
        usable=_fte(own, about["horizon"], known, "usable", 1.0),
        flows=_flows(own["transfer_flow"], about["horizon"]),
        stances=_stances(own["interest"]),
        departments=_departments(own["interest"]),
        payment=_payment(own),
        limits={dimension: materiality.limit(dimension) for dimension in STANCES},
        annuity=sum(discount.values()),
        horizon=about["horizon"],
        km=_km(own, about["horizon"]),
        staff=tuple(known.hours_per_fte),
        names={"title": {"nl": about["title_nl"], "en": about["title_en"]}},
        binding=_binding(own, about["horizon"]),
        needs=_needs(own["initiative"], known),
        norms=_norms(own, about["horizon"]),
        part_stances=_part_stances(own["interest"]),
        from_area=_from_area(own, about["horizon"]),
        area_km=_area_km(own, about["horizon"]),
    )


def _money(impact: pl.DataFrame, discount: Mapping[int, float]) -> tuple[dict[tuple[str, str], float],
                                                                        dict[tuple[str, str, str], float]]:  # fmt: skip
    """Returns annual equivalents of revenue, spend and margin: of the whole scenario, and by initiative."""
    annuity = sum(discount.values())
    factors = pl.DataFrame({"year": list(discount), "factor": list(discount.values())},
                           schema={"year": pl.Int64, "factor": pl.Float64})  # fmt: skip
    yearly = impact.filter(pl.col("party") != PATIENTS).join(factors, on="year")
    whole: dict[tuple[str, str], float] = {}
    parts: dict[tuple[str, str, str], float] = {}
    for measure, names in {**MONEY, "margin": ("margin_change_eur",)}.items():
        found = yearly.filter(pl.col("measure").is_in(names)).group_by("party", "initiative", maintain_order=True)
        for party, initiative, value in found.agg((pl.col("mean") * pl.col("factor")).sum() / annuity).iter_rows():
            if initiative is None:
                whole[measure, party] = value
            else:
                parts[measure, party, initiative] = value
    return whole, parts


def _sized(parties: Mapping[str, Party], baseline: pl.DataFrame, whole: Mapping[tuple[str, str], float]) -> dict[
    str, Party
]:  # fmt: skip
    """Returns the parties with their sizes, and the unknown payer where some care has one."""
    sizes = dict(baseline.unique("party", keep="first", maintain_order=True).select("party", "size_eur").iter_rows())
    found = {name: Party(name, one.kind, sizes.get(name) or None, one.group) for name, one in parties.items()}
    if ("spend", UNKNOWN) in whole:
        found.setdefault(UNKNOWN, Party(UNKNOWN, PAYER, None, ""))
    return found


def _initiative(row: Mapping[str, str], payers: tuple[str, ...], *, is_held: bool) -> InitiativeFacts:
    written = json.loads(row["parameters"] or "{}")
    replacement, support = written.get("replacement") or {}, written.get("support") or {}
    to = written.get("to") or {}
    return InitiativeFacts(
        id=row["initiative"],
        donors=tuple(json.loads(row["donors"] or "[]")),
        recipients=tuple(json.loads(row["recipients"] or "[]")),
        supporters=(support["provider"],) if support.get("provider") else (),
        payers=payers,
        replaced=bool(replacement) and replacement.get("tariff_eur") != "own_price",
        costed=replacement.get("cost_per_unit_eur") is not None,
        divides_by=to.get("resource") or "" if to.get("allocate") == "capacity" else "",
        necessity=written.get("necessity") or {},
        bears=tuple(written.get("transition_cost_eur") or {}),
        parts=_named_parts(to, json.loads(row["recipients"] or "[]")),
        is_held=is_held,
    )


def _named_parts(to: Mapping[str, Any], recipients: Iterable[str]) -> dict[str, float]:
    """Returns by which shares a scenario divides care over its recipients; nothing where it depends on figures."""
    if to.get("allocate") == "equal":
        return dict.fromkeys(recipients, 1.0)
    return {party: float(share) for party, share in (to.get("shares") or {}).items()}


def _cushion(impact: pl.DataFrame, parties: Mapping[str, Party]) -> dict[str, float]:
    """Returns the margin change of each provider's worst year."""
    yearly = impact.filter(
        pl.col("initiative").is_null(), pl.col("measure") == "margin_change_eur", pl.col("year").is_not_null()
    )
    worst = yearly.group_by("party", maintain_order=True).agg(pl.col("mean").min()).iter_rows()
    return {party: value for party, value in worst if party in parties and parties[party].kind != PAYER}


def _whole_interest(own: Frames, dimension: str) -> pl.DataFrame:
    return own["interest"].filter(pl.col("initiative").is_null(), pl.col("dimension") == dimension)


def _share_name(own: Frames) -> str:
    return "share" if "share" in own["interest"].columns else "share_of_size"


def _column(rows: pl.DataFrame, keys: tuple[str, ...], value: str) -> dict[str, float]:
    """Returns a column by its one key, where it is told."""
    return dict(rows.drop_nulls(value).select(*keys, value).iter_rows())


def _contracts(own: Frames, discount: Mapping[int, float]) -> dict[tuple[str, str], float]:
    """Returns the annual equivalent of what each contract changes; nothing where a release does not tell contracts."""
    rows = own.get("contract_impact")
    if rows is None or rows.is_empty():
        return {}
    annuity = sum(discount.values())
    found: dict[tuple[str, str], float] = {}
    for provider, payer, year, change in rows.select("provider", "payer", "year", "revenue_change_eur").iter_rows():
        if change is not None:
            found[provider, payer] = found.get((provider, payer), 0.0) + change * discount.get(year, 0.0) / annuity
    return found


def _units(flow: pl.DataFrame, side: str, amount: str) -> dict[tuple[str, str, int], float]:
    rows = flow.group_by("initiative", side, "year", maintain_order=True).agg(pl.col(amount).sum())
    return {(initiative, party, year): value for initiative, party, year, value in rows.iter_rows()}


def _flows(flow: pl.DataFrame, year: int) -> dict[tuple[str, str, str], float]:
    rows = flow.filter(pl.col("year") == year).group_by("initiative", "from_id", "to_id", maintain_order=True)
    return {(i, d, r): value for i, d, r, value in rows.agg(pl.col("units_received").sum()).iter_rows()}


def _fte(own: Frames, year: int, known: PartyRegister, column: str, sign: float) -> dict[tuple[str, str], float]:
    """Returns room or shortage in full-time equivalents, of staff alone, where it is known."""
    rows = own["capacity_gap"].filter(pl.col("year") == year, pl.col("resource").is_in(list(known.hours_per_fte)))
    told = rows.drop_nulls(column).select("provider", "resource", column).iter_rows()
    return {(p, r): sign * value / known.hours_per_fte[r] for p, r, value in told if p in known.parties}


def _dividing_room(own: Frames, year: int, known: PartyRegister) -> dict[tuple[str, str], float]:
    """Returns the room, in its own unit, of what divides care in some initiative and is no staff."""
    to = [(json.loads(written or "{}").get("to") or {}) for written in own["initiative"]["parameters"]]
    dividing = {one["resource"] for one in to if one.get("allocate") == "capacity"} - {*known.hours_per_fte}
    rows = own["capacity_gap"].filter(pl.col("year") == year, pl.col("resource").is_in(sorted(dividing)))
    told = rows.drop_nulls("gap_before").select("provider", "resource", "gap_before").iter_rows()
    return {(p, r): -gap for p, r, gap in told if p in known.parties}


def _stances(interest: pl.DataFrame) -> dict[tuple[str, str], str]:
    rows = interest.filter(pl.col("initiative").is_null(), pl.col("dimension").is_in(STANCES))
    return {(party, dimension): stance for party, dimension, stance in
            rows.select("party", "dimension", "stance").iter_rows()}  # fmt: skip


def _departments(interest: pl.DataFrame) -> dict[tuple[str, str], int]:
    if "specialism" not in interest.columns:
        return {}
    rows = interest.filter(
        pl.col("initiative").is_null(), pl.col("dimension") == "department", pl.col("stance") != "neutral"
    )
    counted = rows.group_by("specialism", "stance", maintain_order=True).agg(pl.col("party").n_unique())
    return {(specialism, stance): count for specialism, stance, count in counted.iter_rows()}


def _payment(own: Frames) -> Payment | None:
    chosen = own["settlement_summary"].filter(pl.col("chosen"))["rule"].to_list()
    rows = own["settlement"].filter(pl.col("rule").is_in(chosen))
    if rows.is_empty() or chosen[0] == "none":
        return None

    def column(name: str) -> dict[str, float]:
        return {party: value or 0.0 for party, value in rows.select("party", name).iter_rows()}

    return Payment(chosen[0], column("before_eur"), column("payment_eur"), column("from_fund_eur"))


def _km(own: Frames, horizon: int) -> float | None:
    rows = own["party_impact"].filter(
        pl.col("initiative").is_null(), pl.col("measure") == "patient_km_change", pl.col("year") == horizon
    )
    return None if rows.is_empty() else float(rows["mean"].sum())


def _binding(own: Frames, year: int) -> dict[tuple[str, str], str]:
    """Returns what is short first, where not all care fits; nothing where a release does not tell it."""
    if "feasible_share" not in own:
        return {}
    short = own["feasible_share"].filter(pl.col("year") == year, pl.col("feasible_share") < 1.0)
    told = short.drop_nulls(["recipient", "binding_resource"])
    return {(i, p): r for i, p, r in told.select("initiative", "recipient", "binding_resource").iter_rows()}


def _needs(initiatives: pl.DataFrame, known: PartyRegister) -> dict[tuple[str, str], float]:
    """Returns what hands a unit received takes: the middle of what the scenario names, with the time around it."""
    found: dict[tuple[str, str], float] = {}
    for name, written in initiatives.select("initiative", "parameters").iter_rows():
        resources = ((json.loads(written or "{}").get("replacement") or {}).get("resources")) or {}
        for resource, amount in resources.items():
            hours = known.hours_per_fte.get(resource)
            if hours:
                each = math.fsum(amount) / len(amount) if isinstance(amount, list) else float(amount)
                found[name, resource] = each / known.direct_share.get(resource, 1.0) / hours
    return found


def _norms(own: Frames, year: int) -> dict[tuple[str, str], NormFacts]:
    """Returns the norms and departments of which the scenario changes the units."""
    if "threshold" not in own:
        return {}
    rows = own["threshold"].filter(pl.col("year") == year).drop_nulls(["units_before", "units_after"])
    touched = rows.filter((pl.col("units_after") - pl.col("units_before")).abs() > LEAST_UNITS)
    return {
        (row["provider"], row["norm"] or row["specialism"]): NormFacts(
            row["status_before"], row["status"], row["units_before"], row["units_after"], row["minimum_units"]
        )
        for row in touched.iter_rows(named=True)
    }


def _part_stances(interest: pl.DataFrame) -> dict[tuple[str, str, str], str]:
    rows = interest.filter(pl.col("initiative").is_not_null(), pl.col("dimension").is_in(STANCES))
    told = rows.select("party", "dimension", "initiative", "stance").iter_rows()
    return {(party, dimension, initiative): stance for party, dimension, initiative, stance in told}


def _from_area(own: Frames, year: int) -> dict[tuple[str, str, str], float]:
    if "transfer_flow_detail" not in own or "travel_area" not in own:
        return {}
    rows = own["transfer_flow_detail"].filter(pl.col("year") == year).drop_nulls("area")
    summed = rows.group_by("initiative", "from_id", "area", maintain_order=True).agg(pl.col("units_moved").sum())
    return {(i, donor, area): value for i, donor, area, value in summed.iter_rows() if value > 0}


def _area_km(own: Frames, year: int) -> dict[tuple[str, str], float]:
    if "travel_area" not in own:
        return {}
    rows = own["travel_area"].filter(pl.col("year") == year).drop_nulls(["area", "patient_km_change"])
    return {(i, area): km for i, area, km in rows.select("initiative", "area", "patient_km_change").iter_rows()}


def scenarios_of(frames: Frames) -> Iterator[str]:
    """Yields the scenarios of a release."""
    yield from frames["scenario"]["scenario"].to_list()
