"""What a reader of the results must know: every figure that rests on a stand-in says so."""

from collections.abc import Iterator

import numpy as np

from data_contracts.problem import near
from data_contracts.text import Language, Text
from models.outcome import Outcome
from models.parameters import Parameter
from models.region.codes import Flag
from models.region.prices import SOURCES
from models.scenario.schema import parameters

CODES = {
    "specialism": Text(en="Specialism", nl="Specialisme"),
    "diagnosis": Text(en="Diagnosis", nl="Diagnose"),
    "care_product": Text(en="Care product", nl="Zorgproduct"),
}
"""What kinds of care are named by, in words."""
NAMED = 5
"""So many parties are named in a remark; of more it says that there are."""
USUAL_RATE = 0.15
"""A yearly rate beyond this is told, as that of a contract is: care grows by a few per cent a year."""
LEAST_CUT = 0.0005
"""The part of a distribution below which it is not said that it was cut off: it would read as 0.0%."""

NOT_OWN_PRICES = (
    (
        "none",
        "no_price",
        "eenheden zonder enige prijs; zij tellen voor € 0.",
        "units without any price; they count as €0.",
    ),
    (
        "region",
        "price_of_region",
        "eenheden tegen de gemiddelde prijs in de regio.",
        "units at the region's mean price.",
    ),
    ("reference", "reference_price", "eenheden tegen de referentieprijs.", "units at the reference price."),
)


def remarks(outcome: Outcome) -> Iterator[Flag]:
    """Yields the flags of an outcome: on periods and sizes, prices, costs, capacities, areas and budgets."""
    yield from outcome.setting.region.flags
    yield from _supposed(outcome)
    yield from _cut_off(outcome)
    yield from _rates(outcome)
    yield from _prices(outcome)
    yield from _costs(outcome)
    yield from _calibration(outcome)
    yield from _capacities(outcome)
    yield from _norms(outcome)
    yield from _cushions(outcome)
    yield from _payers(outcome)
    yield from _sizes(outcome)
    yield from _initiatives(outcome)
    yield from _places(outcome)
    yield from _codes(outcome)
    yield from _budgets(outcome)
    yield from _ageing(outcome)


def _supposed(outcome: Outcome) -> Iterator[Flag]:
    """Yields the facts that the scenario supposes to be other than delivered."""
    suppose = outcome.setting.scenario.suppose
    for provider, form in suppose.contract.items():
        yield Flag(
            "provider", provider, "supposed_contract",
            f"Gerekend met een andere contractvorm dan aangeleverd: {form}.",
            f"Computed with another form of contract than was delivered: {form}.",
        )  # fmt: skip
    for resource, factors in suppose.capacity.items():
        for provider, factor in factors.items():
            yield Flag(
                "resource", resource, "supposed_capacity",
                f"Gerekend met {factor:g} keer de aangeleverde capaciteit ({provider}).",
                f"Computed with {factor:g} times the capacity that was delivered ({provider}).",
                factor,
            )  # fmt: skip


def _cut_off(outcome: Outcome) -> Iterator[Flag]:
    """Yields the distributions of which a part lies outside what their key allows: it is cut off."""
    for path, parameter in parameters(outcome.setting.scenario):
        part = parameter.outside
        if part > LEAST_CUT:
            dutch, english = f"{part * 100:.1f} %".replace(".", ","), f"{part:.1%}"
            yield Flag(
                "parameter", path, "distribution_cut_off",
                f"{dutch} van de opgegeven verdeling ligt buiten wat hier kan; dat deel is afgesneden.",
                f"{english} of the given distribution lies outside what is possible here; that part is cut off.",
                part,
            )  # fmt: skip


def _rates(outcome: Outcome) -> Iterator[Flag]:
    """Yields the yearly rates that are so large that per cents may have been meant."""
    scenario = outcome.setting.scenario
    given = [(path, _furthest(rate)) for path, rate in parameters(scenario) if "_growth." in path]
    for path, rate in (*given, ("discount_rate", scenario.discount_rate)):
        if abs(rate) > USUAL_RATE:
            yield Flag(
                "parameter", path, "rate_is_large",
                f"{_per_cent(rate, 'nl')} per jaar; is {_per_cent(rate / 100, 'nl')} bedoeld, schrijf dan "
                f"{rate / 100:g}.",
                f"{_per_cent(rate, 'en')} a year; if {_per_cent(rate / 100, 'en')} is meant, write {rate / 100:g}.",
                rate,
            )  # fmt: skip


def _furthest(rate: Parameter) -> float:
    """Returns the end of the middle eight in ten of a rate that lies furthest from none."""
    return max(rate.quantile(np.array([0.1, 0.9])).tolist(), key=abs)


def _per_cent(share: float, language: Language) -> str:
    return f"{share * 100:g} %".replace(".", ",") if language == "nl" else f"{share * 100:g}%"


def _prices(outcome: Outcome) -> Iterator[Flag]:
    """Yields per provider how many units have no price, or one that is not its own."""
    region = outcome.setting.region
    source = region.base_price[1]
    for name, label, nl, en in NOT_OWN_PRICES:
        units = np.bincount(
            region.cells.provider,
            weights=region.cells.units * (source == SOURCES.index(name)),
            minlength=len(region.providers.ids),
        )
        for provider in np.flatnonzero(units):
            amount = float(units[provider])
            yield Flag(
                "provider", region.providers.ids[provider], label, f"{amount:.0f} {nl}", f"{amount:.0f} {en}", amount
            )


def _costs(outcome: Outcome) -> Iterator[Flag]:
    """Yields the donors whose cost structure is our assumption."""
    region = outcome.setting.region
    for result in outcome.initiatives:
        cells = result.move.moved
        pairs = np.unique(np.stack([cells.provider, region.segments.specialism[cells.segment]]), axis=1)
        assumed = region.costs.behaviour(pairs[0], pairs[1]).assumed
        for provider in np.unique(pairs[0][assumed]):
            yield Flag(
                "provider", region.providers.ids[provider], "cost_structure_assumed",
                "Geen kostenstructuur aangeleverd; aanname: 28 % variabel, 48 % in 3,2 jaar af te bouwen.",
                "No cost structure delivered; assumed: 28% variable, 48% run off in 3.2 years.",
            )  # fmt: skip


def _capacities(outcome: Outcome) -> Iterator[Flag]:
    """Yields the recipients and supporters whose capacity or load is not known, so that feasibility leaves them out."""
    ids = outcome.setting.region.providers.ids
    seen: set[int] = set()
    for result in outcome.initiatives:
        for party in result.played.asked.unknown().tolist():
            if party not in seen:
                seen.add(party)
                yield Flag(
                    "provider", ids[party], "capacity_unknown",
                    "Geen capaciteit of bezetting aangeleverd voor wat de overgang vraagt; het tekort is onbekend.",
                    "No capacity or load delivered for what the transfer asks; the shortage is unknown.",
                )  # fmt: skip


def _calibration(outcome: Outcome) -> Iterator[Flag]:
    """Yields the delivered use that the delivered care does not explain."""
    region, rest = outcome.setting.region, outcome.loads.of_other_care
    for provider, resource in np.argwhere(~np.isnan(rest)):
        amount, name = float(rest[provider, resource]), region.resources.ids[resource]
        yield Flag(
            "provider", region.providers.ids[provider], "use_of_other_care",
            f"{name}: meer dan tweemaal zoveel gebruikt als de aangeleverde zorg vraagt; {amount:.0f} telt als gebruik "
            "door zorg die niet is aangeleverd.",
            f"{name}: more than twice as much used as the delivered care takes; {amount:.0f} counts as use by care "
            "that was not delivered.",
            amount,
        )  # fmt: skip


def _norms(outcome: Outcome) -> Iterator[Flag]:
    """Yields that norms are to be enforced while none was delivered, or while nobody meets one: nothing moves then."""
    scenario = outcome.setting.scenario
    if scenario.baseline.enforce_norms is not None and not outcome.setting.region.norms.ids:
        yield Flag(
            "scenario", scenario.scenario, "no_norms_delivered",
            "Het scenario handhaaft volumenormen, maar er zijn geen normen aangeleverd (dataset volume_norms).",
            "The scenario enforces volume norms, but no norms were delivered (dataset volume_norms).",
        )  # fmt: skip
    for result in outcome.initiatives:
        if any(played.move.planned.unmet for played, _ in result.worlds):
            yield Flag(
                "initiative", result.move.initiative.id, "norm_met_by_nobody",
                "Geen enkele locatie haalt deze volumenorm; er verschuift niets.",
                "No location meets this volume norm; nothing moves.",
            )  # fmt: skip


def _cushions(outcome: Outcome) -> Iterator[Flag]:
    """Yields the providers whose yearly margin was not delivered, so that a usual one stands for their cushion."""
    own = outcome.setting.region.providers
    for party in outcome.parties:
        if np.isnan(own.margin[party]) and own.size[party] > 0:
            yield Flag(
                "provider", own.ids[party], "cushion_supposed",
                "Jaarresultaat niet aangeleverd; 1,5 % van de jaaromzet staat ervoor in de plaats.",
                "Yearly margin not delivered; 1.5% of annual revenue stands in.",
            )  # fmt: skip


def _payers(outcome: Outcome) -> Iterator[Flag]:
    for payer, source in zip(outcome.setting.region.payers.ids, outcome.payer_size[1], strict=True):
        if source == "spend_in_region":
            yield Flag(
                "payer", payer, "size_is_spend_in_region",
                "Jaaromzet niet aangeleverd; de uitgaven in de regio staan ervoor in de plaats.",
                "Annual revenue not delivered; its spend in the region stands in.",
            )  # fmt: skip


def _sizes(outcome: Outcome) -> Iterator[Flag]:
    """Yields the parties that take part and whose size is not known: every share of it is empty."""
    region = outcome.setting.region
    touched = [("provider", region.providers.ids[p], region.providers.size[p]) for p in outcome.parties]
    paying = zip(region.payers.ids, outcome.payer_size[0], strict=True)
    for subject, name, size in (*touched, *(("payer", payer, size) for payer, size in paying)):
        if not size > 0:
            yield Flag(
                subject, name, "size_unknown",
                "Geen jaaromzet of opbrengst bekend; heeft geen aandeel waar naar omvang wordt verdeeld.",
                "No annual revenue or revenue known; has no share where a rule divides by size.",
            )  # fmt: skip


def _initiatives(outcome: Outcome) -> Iterator[Flag]:
    """Yields initiatives that find no care, or whose patients' areas are partly unknown."""
    for result in outcome.initiatives:
        name, share = result.move.initiative.id, result.played.unknown_area_share
        if np.isnan(share):
            yield Flag(
                "initiative", name, "no_care_found",
                "Bij de aanbieders die zorg afstaan is in het basisjaar geen volume van deze zorg aangeleverd.",
                "The donors delivered no volume of this care in the base year.",
            )  # fmt: skip
        elif share > 0:
            yield Flag(
                "initiative", name, "area_unknown",
                f"Van {share * 100:.0f} % van de zorg is het herkomstgebied onbekend; "
                "die telt niet mee in de reisafstand.",
                f"The patients' area is unknown for {share:.0%} of the care; it does not count in travel.",
                share,
            )  # fmt: skip


def _codes(outcome: Outcome) -> Iterator[Flag]:
    """Yields codes in the scenario that nobody in the region delivers: they select and grow nothing."""
    scenario, segments = outcome.setting.scenario, outcome.setting.region.segments
    delivered = {
        "specialism": segments.specialisms.ids,
        "diagnosis": segments.diagnoses.ids,
        "care_product": segments.care_products.ids,
    }
    named = [("scenario", scenario.scenario, "specialism", code) for code in scenario.baseline.demand_growth.own_paths]
    for initiative in scenario.every_initiative:
        for selection in (*initiative.care, *(initiative.backfill.care or ())):
            named += [
                ("initiative", initiative.id, axis, code)
                for axis in delivered for code in getattr(selection, axis) or ()
            ]  # fmt: skip
    for subject, name, axis, code in dict.fromkeys(named):
        known = [other for other in delivered[axis] if other]
        if known and code not in known:
            close = near(code, known)
            nl, en = (f" Bedoelt u {close}?", f" Did you mean {close}?") if close else ("", "")
            yield Flag(
                subject, name, "code_not_delivered",
                f"{CODES[axis].nl} {code} komt in de aangeleverde zorg niet voor en doet dus niets.{nl}",
                f"{CODES[axis].en} {code} is not in the delivered care, so it does nothing.{en}",
            )  # fmt: skip


def _places(outcome: Outcome) -> Iterator[Flag]:
    """Yields initiatives that go to whoever is nearest, while it is not known where some of those are."""
    region = outcome.setting.region
    known = ~np.isnan(region.providers.places.latitude + region.providers.places.longitude)
    for result in outcome.initiatives:
        to, recipients = result.move.initiative.recipients, result.move.recipients
        unknown = recipients[~known[recipients]]
        if to is None or to.allocate != "nearest" or not unknown.size:
            continue
        names = ", ".join(region.providers.ids[one] for one in unknown[:NAMED]) + (
            ", ..." if unknown.size > NAMED else ""
        )
        nobody = unknown.size == recipients.size
        yield Flag(
            "initiative", result.move.initiative.id, "recipient_place_unknown",
            f"Geen coördinaten van {names}: " + (
                "de zorg is gelijk verdeeld, niet naar de dichtstbijzijnde." if nobody
                else "bij de verdeling naar de dichtstbijzijnde krijgen zij niets."
            ),
            f"No coordinates of {names}: " + (
                "the care is divided equally, not to whoever is nearest." if nobody
                else "dividing to whoever is nearest gives them nothing."
            ),
            float(unknown.size),
        )  # fmt: skip


def _budgets(outcome: Outcome) -> Iterator[Flag]:
    for scope in outcome.scopes:
        for member in scope.without_revenue:
            yield Flag(
                "provider", member, "no_revenue_in_shared_budget",
                f"Geen opbrengst in het basisjaar binnen budget {scope.budget.id}; deelt niet in de besparing.",
                f"No base-year revenue within budget {scope.budget.id}; gets no share of the saving.",
            )  # fmt: skip


def _ageing(outcome: Outcome) -> Iterator[Flag]:
    """Yields what ageing does to the demand for each type of care, where the scenario lets demand grow by it."""
    region, scenario = outcome.setting.region, outcome.setting.scenario
    growth = scenario.baseline.demand_growth
    if growth.source is None:
        return
    for care_type in dict.fromkeys(growth.care_type_of(code) for code in (None, *growth.own_paths)):
        found = region.ageing.projection(care_type, horizon=scenario.horizon)
        years, dutch = f"{found.first}-{found.last}", f"{found.yearly * 100:.2f}".replace(".", ",")
        yield Flag(
            "scenario", scenario.scenario, "growth_from_population",
            f"{care_type or 'alle zorg'}: de zorgvraag groeit {dutch} % per jaar door bevolking en vergrijzing "
            f"(bevolking {years}, kosten naar leeftijd van {found.spending_year}).",
            f"{care_type or 'all care'}: demand grows by {found.yearly:.2%} a year as the population changes and ages "
            f"(population {years}, spending by age of {found.spending_year}).",
            found.yearly,
        )  # fmt: skip
