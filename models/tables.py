"""The tables that an evaluation produces: their grain, their columns, and what each column means.

The one place where a result column is defined. `models.impact` fills these tables, the warehouse creates them with
these comments, the dashboards and an analyst's SQL read them. Facts are not here: a fact column is defined by its
data contract.

Signs: a change is seen from the party (a gain is positive, a loss negative); what is named a cost is a positive
amount; a payer's spend change is positive when it pays more.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import polars as pl

Kind = Literal["text", "integer", "number", "boolean"]

POLARS: dict[Kind, type[pl.DataType]] = {
    "text": pl.String,
    "integer": pl.Int64,
    "number": pl.Float64,
    "boolean": pl.Boolean,
}


@dataclass(frozen=True)
class ResultColumn:
    """One column of a result table: its name (unit included), kind and meaning."""

    name: str
    kind: Kind
    description: str


@dataclass(frozen=True)
class ResultTable:
    """One result table: its name, what one row is, and its columns in order."""

    name: str
    grain: str
    columns: tuple[ResultColumn, ...]

    def schema(self) -> dict[str, type[pl.DataType]]:
        """Returns the Polars schema of the table, in column order."""
        return {column.name: POLARS[column.kind] for column in self.columns}

    def empty(self) -> pl.DataFrame:
        """Returns the table without rows."""
        return pl.DataFrame(schema=self.schema())


def _spread(name: str, kind: Kind, description: str) -> Iterator[ResultColumn]:
    """Yields a figure's mean under the bare name, then its 10th, 50th and 90th percentile over the draws."""
    yield ResultColumn(name, kind, f"{description}: mean over the draws")
    for percentile in (10, 50, 90):
        yield ResultColumn(f"{name}_p{percentile}", kind, f"{description}: {percentile}th percentile over the draws")


def _around(name: str, description: str) -> Iterator[ResultColumn]:
    """Yields a figure's mean under the bare name, then its 10th and 90th percentile over the draws."""
    yield ResultColumn(name, "number", f"{description}: mean over the draws")
    for percentile in (10, 90):
        yield ResultColumn(f"{name}_p{percentile}", "number", f"{description}: {percentile}th percentile")


def _side(who: str) -> Iterator[ResultColumn]:
    """Yields what is told of the loser or the gainer of a conflict: its most intense dimension."""
    yield ResultColumn(f"{who}_dimension", "text", f"Dimension that is most intense for the {who}")
    yield ResultColumn(f"{who}_specialism", "text", f"Specialism of that dimension for the {who}; else empty")
    yield ResultColumn(f"{who}_resource", "text", f"Resource of that dimension for the {who}; else empty")
    yield ResultColumn(f"{who}_year", "integer", f"Year of that dimension for the {who}; else empty")
    yield ResultColumn(f"{who}_value", "number", f"Value of that dimension for the {who}")
    yield ResultColumn(f"{who}_share", "number", f"Share of that dimension for the {who}; empty if unknown")


_SCENARIO = ResultColumn("scenario", "text", "Scenario, as named in its file")
_INITIATIVE = ResultColumn("initiative", "text", "Initiative, as named in the scenario")
_YEAR = ResultColumn("year", "integer", "Calendar year")
_PARTY = ResultColumn(
    "party", "text", "Provider or payer id; 'patients' for travel; 'unknown' for care whose payer is not known"
)

_LOSS_CAP = ResultColumn(
    "loss_cap", "number", "The most a party may lose a year, as a share of its size; empty: no cap (the last row)"
)
_RULE = ResultColumn("rule", "text", "none, keep_whole, equal_gain, proportional or shapley")

_TABLES = (
    ResultTable(
        "scenario",
        "one row a scenario",
        (
            _SCENARIO,
            ResultColumn("title_nl", "text", "Title in Dutch"),
            ResultColumn("title_en", "text", "Title in English"),
            ResultColumn("base_year", "integer", "Year of the facts that everything is measured against"),
            ResultColumn("horizon", "integer", "Last calendar year of the evaluation"),
            ResultColumn("draws", "integer", "Number of draws; 0 is one computation at the most likely values"),
            ResultColumn("seed", "integer", "Seed of the draws"),
            ResultColumn("discount_rate", "number", "Real discount rate per year (share)"),
            ResultColumn("parameters", "text", "The whole scenario as JSON"),
        ),
    ),
    ResultTable(
        "initiative",
        "one row an initiative of a scenario",
        (
            _SCENARIO,
            _INITIATIVE,
            ResultColumn("title_nl", "text", "Title in Dutch"),
            ResultColumn("title_en", "text", "Title in English"),
            ResultColumn("purpose_nl", "text", "Why the parties want this together, in Dutch; empty if not given"),
            ResultColumn("purpose_en", "text", "Why the parties want this together, in English; empty if not given"),
            ResultColumn("kind", "text", "Kind of transfer"),
            ResultColumn(
                "role", "text", "agreed, or baseline: what happens without an agreement too (told as the difference)"
            ),
            ResultColumn("order", "integer", "Place in the scenario, from 1: attribution is sequential in this order"),
            ResultColumn("donors", "text", "Provider ids that give care away, as JSON"),
            ResultColumn("recipients", "text", "Provider ids that receive it, as JSON"),
            ResultColumn("parameters", "text", "The initiative as JSON"),
        ),
    ),
    ResultTable(
        "evidence",
        "one row a piece of evidence for a parameter",
        (
            _SCENARIO,
            ResultColumn("initiative", "text", "Initiative; empty for a parameter of the whole scenario"),
            ResultColumn("parameter", "text", "The parameter's key"),
            ResultColumn("value", "text", "The parameter's value as in the scenario"),
            ResultColumn("source", "text", "Where the figure comes from; empty if nobody said"),
            ResultColumn("url", "text", "Address of the source"),
            ResultColumn("source_year", "integer", "Year of the source"),
            ResultColumn("confidence", "text", "verified, general, or assumption (also where no evidence was given)"),
        ),
    ),
    ResultTable(
        "party_baseline",
        "one row a party and year, without an agreement",
        (
            _SCENARIO,
            _PARTY,
            _YEAR,
            ResultColumn("production_eur", "number", "Production value at contracted prices, base-year euro (mean)"),
            ResultColumn("revenue_eur", "number", "Revenue under the contracts (provider) or paid (payer): mean"),
            ResultColumn(
                "cost_eur",
                "number",
                "Provider: cost of the base year and what follows its growth and what happens anyway; payer: what it "
                "pays (mean)",
            ),
            ResultColumn("margin_eur", "number", "Provider: revenue_eur less cost_eur (mean); payer: empty"),
            ResultColumn("units", "number", "Care products delivered or paid for (mean)"),
            ResultColumn(
                "delivered_margin_eur", "number", "The party's delivered yearly margin, in the base year; else empty"
            ),
            ResultColumn("size_eur", "number", "The party's size, for every share"),
            ResultColumn("size_source", "text", "delivered, sum_of_revenue or spend_in_region; empty if unknown"),
        ),
    ),
    ResultTable(
        "transfer_flow",
        "one row an initiative, year, donor, recipient, specialism and care product",
        (
            _SCENARIO,
            _INITIATIVE,
            _YEAR,
            ResultColumn("from_id", "text", "Donor: the provider that gives care away"),
            ResultColumn("to_id", "text", "Recipient: the provider that receives it; empty for care that is prevented"),
            ResultColumn("specialism", "text", "Specialism of the moved care"),
            ResultColumn("care_product", "text", "Care product moved"),
            *_spread("units_moved", "number", "Units moved (M·w), what is returned or forgone included"),
            *_spread("units_returned", "number", "Units that return to the donor, without induced care referred on"),
            *_spread("units_received", "number", "The recipient's units (A), of whatever the care became"),
            *_spread("revenue_moved_eur", "number", "Production value the donor gives away (N·P)"),
        ),
    ),
    ResultTable(
        "transfer_flow_detail",
        "one row an initiative, year, donor, recipient, payer and patient area",
        (
            _SCENARIO,
            _INITIATIVE,
            _YEAR,
            ResultColumn("from_id", "text", "Donor"),
            ResultColumn("to_id", "text", "Recipient; empty for care that is prevented"),
            ResultColumn("payer_id", "text", "Payer of the moved patients; 'unknown' if not delivered"),
            ResultColumn("area", "text", "Patient area; empty if unknown"),
            ResultColumn("units_moved", "number", "Units moved (mean)"),
            ResultColumn("revenue_moved_eur", "number", "Production value the donor gives away, N·P (mean)"),
            ResultColumn("value_eur", "number", "What the recipient's units are priced at, A·price (mean)"),
        ),
    ),
    ResultTable(
        "party_impact",
        "one row a party, year, initiative and measure",
        (
            _SCENARIO,
            _PARTY,
            ResultColumn("year", "integer", "Calendar year; empty for a present value"),
            ResultColumn("initiative", "text", "Initiative whose contribution this is; empty for the whole scenario"),
            ResultColumn(
                "measure",
                "text",
                "revenue_change_eur, spend_change_eur, avoided_cost_eur, stranded_cost_eur, stranded_if_kept_eur (what "
                "would strand if nobody closed anything), incremental_cost_eur, support_cost_eur, transition_cost_eur, "
                "backfill_revenue_eur, margin_change_eur, present_value_eur, patient_km_change",
            ),
            ResultColumn("mean", "number", "Mean over the draws, in the measure's unit"),
            ResultColumn("p10", "number", "10th percentile over the draws"),
            ResultColumn("p50", "number", "Median over the draws"),
            ResultColumn("p90", "number", "90th percentile over the draws"),
        ),
    ),
    ResultTable(
        "capacity_gap",
        "one row a provider or pool, resource and year",
        (
            _SCENARIO,
            ResultColumn("provider", "text", "Provider id, or the id of a pool of the scenario"),
            ResultColumn("resource", "text", "Resource"),
            _YEAR,
            ResultColumn("available", "number", "Capacity available, in the resource's unit (mean); empty if unknown"),
            ResultColumn("usable", "number", "Available times target utilisation (mean); empty if unknown"),
            ResultColumn(
                "load_before", "number", "Use in the year without an agreement, in its unit (mean); empty if unknown"
            ),
            *_spread("load_after", "number", "Use in the year with the scenario, in its unit; empty if unknown"),
            ResultColumn(
                "gap_before",
                "number",
                "Load minus usable without an agreement, in its unit (mean): positive is a shortage",
            ),
            *_spread("gap_after", "number", "Load minus usable with the scenario, in its unit: positive is a shortage"),
            *_spread("load_change", "number", "Change of the use in the year by the scenario, in its unit"),
            ResultColumn("gap_fte_after", "number", "gap_after in full-time equivalents; empty if no staff"),
            ResultColumn("shortage_probability_before", "number", "Share of the draws with a gap above 0, before"),
            ResultColumn("shortage_probability_after", "number", "Share of the draws with a gap above 0, after"),
        ),
    ),
    ResultTable(
        "feasible_share",
        "one row an initiative, recipient or supporting party (empty: the initiative), and year",
        (
            _SCENARIO,
            _INITIATIVE,
            ResultColumn("recipient", "text", "Recipient or supporting party; empty for the initiative as a whole"),
            _YEAR,
            ResultColumn("feasible_share", "number", "Share that its capacity bears, 0 to 1 (mean); empty if unknown"),
            ResultColumn(
                "binding_resource", "text", "The resource that binds, of the initiative most of what does not fit"
            ),
            ResultColumn("recipients", "number", "Of the initiative: recipients with a part of it; else empty"),
            ResultColumn(
                "full_recipients", "number", "Of the initiative: how many of them are full (mean); else empty"
            ),
        ),
    ),
    ResultTable(
        "path_summary",
        "one row a party (empty: the region): when it bites, what has to be bridged, and what lasts",
        (
            _SCENARIO,
            ResultColumn("party", "text", "Provider or payer id; empty for the region, all parties together"),
            ResultColumn("worst_year", "integer", "The year with the lowest mean margin change"),
            *_around("worst_year_eur", "Margin change of the worst year"),
            ResultColumn("low_point_year", "integer", "The year in which the summed margin change is lowest"),
            *_around("low_point_eur", "Lowest margin change summed over the years so far: what has to be bridged"),
            ResultColumn("turn_year", "integer", "The first year from which no year is a loss; empty if there is none"),
            *_around("lasting_eur", "Margin change of the horizon year if everything had run its course"),
        ),
    ),
    ResultTable(
        "closure",
        "one row a provider, resource that closes in steps, and year, with the agreement",
        (
            _SCENARIO,
            ResultColumn("provider", "text", "Provider id"),
            ResultColumn("resource", "text", "Resource"),
            _YEAR,
            *_around("freed", "Freed on balance, in the resource's unit: less what comes in its place and growth"),
            ResultColumn("step", "number", "The smallest part that can be closed, in the resource's unit"),
            ResultColumn("whole_steps", "number", "Whole steps that fit in what is freed"),
            ResultColumn("below_step", "number", "What is freed beyond the whole steps, in the resource's unit"),
        ),
    ),
    ResultTable(
        "quality",
        "one row an initiative, declared measure and year",
        (
            _SCENARIO,
            _INITIATIVE,
            ResultColumn("measure", "text", "Measure, as declared in the scenario"),
            _YEAR,
            ResultColumn("mean", "number", "Units moved times what each is worth: mean over the draws"),
            ResultColumn("p10", "number", "10th percentile over the draws"),
            ResultColumn("p50", "number", "Median over the draws"),
            ResultColumn("p90", "number", "90th percentile over the draws"),
            ResultColumn("unit", "text", "Unit, in English"),
            ResultColumn("unit_nl", "text", "Unit, in Dutch"),
            ResultColumn("better", "text", "more or less: which is better"),
        ),
    ),
    ResultTable(
        "threshold",
        "one row a provider, norm or specialism, and year",
        (
            _SCENARIO,
            ResultColumn("provider", "text", "Provider id"),
            ResultColumn("norm", "text", "Volume norm; empty for the viability of a department"),
            ResultColumn("specialism", "text", "Specialism of the department; empty for a norm"),
            _YEAR,
            ResultColumn("status_before", "text", "Without an agreement, against growth alone"),
            ResultColumn(
                "status",
                "text",
                "With the agreement, against without. Norm: met, breach_caused, breach_resolved, breach_remains, "
                "stopped, started_below, not_offered. Department: viable, at_risk or stopped",
            ),
            ResultColumn("probability_before", "number", "The same chance without an agreement"),
            ResultColumn(
                "probability", "number", "Norm: chance to meet it, units being counts; department: at risk or stopped"
            ),
            ResultColumn("minimum_units", "number", "The norm's minimum; empty for a department"),
            ResultColumn("units_before", "number", "Units without an agreement (mean)"),
            ResultColumn("units_after", "number", "Units with the agreement (mean)"),
        ),
    ),
    ResultTable(
        "interest",
        "one row a party, initiative, dimension and, of a department, specialism",
        (
            _SCENARIO,
            _PARTY,
            ResultColumn("initiative", "text", "Initiative; empty for the whole scenario"),
            ResultColumn(
                "dimension",
                "text",
                "revenue, margin, cushion, department, function, staff_capacity, facility_capacity, spend, travel or "
                "quality:<measure>",
            ),
            ResultColumn("specialism", "text", "Of a department: its specialism; else empty"),
            ResultColumn(
                "value",
                "number",
                "Euro a year (revenue, margin, spend: annual equivalent; cushion, department: of the year named); "
                "share of usable capacity; functions; km; units of the measure: a gain is positive",
            ),
            ResultColumn(
                "share",
                "number",
                "Value over its yardstick: size, cushion, the department's production, usable capacity, or the payer's "
                "spend on this care; empty if unknown",
            ),
            ResultColumn("intensity", "number", "How many times what is neutral; empty for travel and quality"),
            ResultColumn("stance", "text", "gains, loses, or neutral: within what the scenario calls immaterial"),
            ResultColumn("resource", "text", "Of a capacity: the resource that decides; else empty"),
            ResultColumn("year", "integer", "Of cushion, department and capacity: the year that decides; else empty"),
        ),
    ),
    ResultTable(
        "conflict",
        "one row an initiative, a party that loses and a party that gains, both by more than is immaterial",
        (
            _SCENARIO,
            _INITIATIVE,
            ResultColumn("loser", "text", "Party that loses on some dimension"),
            ResultColumn("gainer", "text", "Party that gains on some dimension"),
            ResultColumn("strength", "number", "The smaller of the two intensities"),
            *_side("loser"),
            *_side("gainer"),
        ),
    ),
    ResultTable(
        "settlement_summary",
        "one row a rule that divides what the deal is worth; present values over all years",
        (
            _SCENARIO,
            _RULE,
            ResultColumn("chosen", "boolean", "Whether the scenario names this rule"),
            ResultColumn("net_value_eur", "number", "What the deal is worth to all parties together, without the fund"),
            ResultColumn("need_eur", "number", "What the losers need to be whole, without the fund"),
            ResultColumn("ability_eur", "number", "What the gainers can give, without the fund"),
            ResultColumn("short_eur", "number", "What is short without the fund; 0 where the gains suffice"),
            ResultColumn("fund_eur", "number", "What the transition fund pays: one-off costs, as far as it reaches"),
            ResultColumn("need_with_fund_eur", "number", "What the losers need to be whole once the fund has paid"),
            ResultColumn("ability_with_fund_eur", "number", "What the gainers can give once the fund has paid"),
            ResultColumn(
                "short_with_fund_eur", "number", "What is short with the fund; 0 where there is room to agree"
            ),
            ResultColumn(
                "in_core",
                "boolean",
                "Whether no group of parties would be better off without the others; empty if not proven",
            ),
            ResultColumn(
                "blocking_coalition",
                "text",
                "The parties, as JSON, that together would gain most by leaving; empty where nobody would",
            ),
            ResultColumn("excess_eur", "number", "What they would gain by leaving; 0 where nobody would"),
            ResultColumn("excess_gap_eur", "number", "How much more another group could gain at most; 0 is proven"),
            ResultColumn(
                "probability_all_whole",
                "number",
                "Share of the draws in which nobody is below no agreement, the rule applied anew in every draw",
            ),
        ),
    ),
    ResultTable(
        "settlement",
        "one row a rule and party of the deal: whoever is needed for some step of it; present values over all years",
        (
            _SCENARIO,
            _RULE,
            _PARTY,
            ResultColumn("before_eur", "number", "Change of its margin by the initiatives, before any payment"),
            ResultColumn(
                "payment_eur",
                "number",
                "Received (positive) or paid, in whole cents; adds up over the parties to what the fund pays",
            ),
            ResultColumn("after_eur", "number", "What it ends with"),
            ResultColumn("below_no_agreement", "boolean", "Whether it would rather have no agreement"),
            ResultColumn(
                "from_fund_eur",
                "number",
                "What the transition fund pays towards its one-off costs; counted in payment_eur",
            ),
            ResultColumn(
                "probability_whole",
                "number",
                "Share of the draws in which it is not below no agreement, the rule applied anew in every draw",
            ),
        ),
    ),
    ResultTable(
        "settlement_risk",
        "one row a rule and party of the deal: who holds the risk, under fixed sums and under payments by the unit",
        (
            _SCENARIO,
            _RULE,
            _PARTY,
            ResultColumn("payment_per_unit_eur", "number", "What who receives would be paid by the unit moved"),
            ResultColumn("probability_whole_fixed", "number", "Share of the draws in which it is whole: fixed sums"),
            ResultColumn("after_fixed_p10_eur", "number", "What it ends with under fixed sums: 10th percentile"),
            ResultColumn("after_fixed_p90_eur", "number", "What it ends with under fixed sums: 90th percentile"),
            ResultColumn(
                "probability_whole_per_unit",
                "number",
                "Share of the draws in which it is whole: payments by the unit that really moves",
            ),
            ResultColumn(
                "after_per_unit_p10_eur", "number", "What it ends with when paid by the unit: 10th percentile"
            ),
            ResultColumn(
                "after_per_unit_p90_eur", "number", "What it ends with when paid by the unit: 90th percentile"
            ),
        ),
    ),
    ResultTable(
        "break_even",
        "one row an initiative and party that is needed for it; means over the draws",
        (
            _SCENARIO,
            _INITIATIVE,
            _PARTY,
            ResultColumn(
                "compensation_per_unit_eur",
                "number",
                "What leaves it as it is, by the unit moved in its flows; negative: what it could pay",
            ),
            ResultColumn(
                "tariff_eur", "number", "Recipient: tariff by received unit at which its present value is 0, else empty"
            ),
            ResultColumn("agreed_tariff_eur", "number", "Recipient: what it is paid by received unit in the scenario"),
            ResultColumn("present_value_eur", "number", "Present value of its margin change by this initiative"),
            ResultColumn("units_present_value", "number", "Discounted sum of the units moved in its flows"),
            ResultColumn(
                "note",
                "text",
                "Why a recipient has no such tariff: tariff_does_not_matter (a lump sum in term), no_tariff_suffices "
                "(a ceiling), any_tariff_suffices",
            ),
        ),
    ),
    ResultTable(
        "portfolio",
        "one row a loss cap: 0, the scenario's own, those at which the best package changes, and none at all",
        (
            _SCENARIO,
            _LOSS_CAP,
            ResultColumn("own_cap", "boolean", "Whether this is the scenario's own loss cap"),
            ResultColumn("net_value_eur", "number", "Net value: present value over all parties, initiatives added up"),
            ResultColumn("net_value_whole_eur", "number", "The same of the package evaluated whole"),
            ResultColumn(
                "worst_loss_share",
                "number",
                "Annual equivalent of the party that loses most as a share of its size: negative, or 0 where nobody "
                "loses; empty if that size is unknown",
            ),
            ResultColumn("worst_loss_share_whole", "number", "The same of the package evaluated whole"),
            ResultColumn("worst_party", "text", "The party that loses most; empty where nobody loses"),
            ResultColumn("initiatives", "integer", "Number of initiatives chosen"),
            ResultColumn("transition_cost_eur", "number", "Present value of the package's transition costs"),
            ResultColumn(
                "status",
                "text",
                "proven (none is better), within_gap, or stopped (too many packages failed when evaluated whole; the "
                "best known that does not fail)",
            ),
            ResultColumn("gap", "number", "How much better another package could still be, as a share of the value"),
            ResultColumn("failed_whole", "integer", "Packages passed over because they fail when evaluated whole"),
            ResultColumn("complete", "boolean", "Whether the rows hold every cap at which the best package changes"),
        ),
    ),
    ResultTable(
        "portfolio_choice",
        "one row a loss cap and initiative",
        (
            _SCENARIO,
            _LOSS_CAP,
            _INITIATIVE,
            ResultColumn("chosen", "boolean", "Whether the best package holds it"),
            ResultColumn("start", "integer", "The year in which it then starts; empty if not chosen"),
            ResultColumn("net_value_eur", "number", "Its own contribution to the net value; empty if not chosen"),
            ResultColumn(
                "valued_until",
                "integer",
                "Last year that counts in its value: past the horizon for a later start, so that every start counts "
                "as many years; empty if not chosen",
            ),
            ResultColumn(
                "years_short", "integer", "Years fewer than its first start counts: 0 unless nothing is known past it"
            ),
        ),
    ),
    ResultTable(
        "exchange",
        "one row an initiative of the package that leaves nobody below no agreement",
        (
            _SCENARIO,
            ResultColumn(
                "terms",
                "text",
                "without_payments, with_payments between the parties, or with_outside_money where that does not do",
            ),
            _INITIATIVE,
            ResultColumn("start", "integer", "The year in which it starts"),
            ResultColumn("net_value_eur", "number", "Its own contribution to the net value"),
            ResultColumn(
                "keeps_limits", "boolean", "Whether the package also keeps the scenario's caps, funds and norms"
            ),
        ),
    ),
    ResultTable(
        "exchange_party",
        "one row a party that the package of exchange changes",
        (
            _SCENARIO,
            _PARTY,
            ResultColumn("value_eur", "number", "Present value of its margin change, initiatives added up"),
            ResultColumn("value_whole_eur", "number", "The same with the package evaluated whole"),
            ResultColumn("payment_eur", "number", "What it receives; negative for what it pays (present value)"),
            ResultColumn("payment_whole_eur", "number", "The same with the package evaluated whole"),
        ),
    ),
    ResultTable(
        "exchange_swap",
        "one row two parties and two initiatives: each loses in the one and gains in the other, the other way round",
        (
            _SCENARIO,
            ResultColumn("package", "text", "chosen (the scenario's own cap) or exchange (nobody below no agreement)"),
            _PARTY,
            ResultColumn("loses_in", "text", "Initiative in which the party loses and the other gains"),
            ResultColumn("gains_in", "text", "Initiative in which the party gains and the other loses"),
            ResultColumn("loss_eur", "number", "The party's loss in the first, annual equivalent: negative"),
            ResultColumn("gain_eur", "number", "The party's gain in the second"),
            ResultColumn("other_party", "text", "The other party"),
            ResultColumn("other_gain_eur", "number", "The other party's gain in the first"),
            ResultColumn("other_loss_eur", "number", "The other party's loss in the second: negative"),
            ResultColumn("strength_eur", "number", "The smallest of the four amounts"),
        ),
    ),
    ResultTable(
        "portfolio_change",
        "one row a limit that would have to give way for all initiatives together",
        (
            _SCENARIO,
            ResultColumn("limit", "text", "loss_cap, capacity, transition_fund or volume_norm"),
            ResultColumn("party", "text", "Whose limit; empty for the fund"),
            ResultColumn("what", "text", "Resource or norm; empty for a loss cap or the fund"),
            ResultColumn("year", "integer", "The year in which most is short; empty for a loss cap or the fund"),
            ResultColumn("unit", "text", "share (of the party's size), fte, amount (of the resource), units or eur"),
            ResultColumn("short", "number", "By how much the limit is passed, initiatives added up"),
            ResultColumn("short_whole", "number", "The same with the package evaluated whole"),
            ResultColumn("needed", "number", "What the loss cap or the fund would have to be; else empty"),
        ),
    ),
    ResultTable(
        "progress",
        "one row an initiative of an agreement and a period of which something is known: is it happening",
        (
            _SCENARIO,
            _INITIATIVE,
            ResultColumn("period", "text", "Year or quarter, such as 2027Q3"),
            ResultColumn("agreed_units", "number", "Units that were to move in it (M, mean); a quarter is a fourth"),
            ResultColumn("realised_units", "number", "Units that moved, as delivered or estimated: see source"),
            ResultColumn("deviation", "number", "realised_units less agreed_units: negative is less than agreed"),
            ResultColumn("deviation_share", "number", "deviation as a share of agreed_units, if any were agreed"),
            ResultColumn(
                "source",
                "text",
                "delivered (realised_transfers), or estimated from the donors' fall below their path of no agreement",
            ),
            ResultColumn("donors", "integer", "Donors of the initiative"),
            ResultColumn(
                "donors_delivered", "integer", "Those that delivered the period: an estimate is of them alone"
            ),
            ResultColumn("agreed_to_date", "number", "agreed_units of this period and all before it"),
            ResultColumn("realised_to_date", "number", "realised_units of this period and all before it"),
            ResultColumn("part_of_year", "number", "1 for a year, 0.25 for a quarter"),
            ResultColumn("material", "boolean", "Whether the deviation to date is material"),
            ResultColumn("material_since", "text", "Last day of the first period of this material spell (ISO)"),
        ),
    ),
    ResultTable(
        "progress_impact",
        "one row an initiative of an agreement, party, year and measure: what follows from what really moved",
        (
            _SCENARIO,
            _INITIATIVE,
            _PARTY,
            _YEAR,
            ResultColumn("measure", "text", "revenue_change_eur, spend_change_eur or margin_change_eur"),
            ResultColumn("agreed", "number", "As agreed, for the periods of the year with realised figures (mean)"),
            ResultColumn("realised", "number", "The same times the share of the agreed units that really moved"),
        ),
    ),
    ResultTable(
        "sensitivity",
        "one row a party and parameter",
        (
            _SCENARIO,
            _PARTY,
            ResultColumn("parameter", "text", "Key of the parameter in the scenario"),
            ResultColumn("rank_correlation", "number", "Spearman, parameter against the party's present value"),
            ResultColumn("low_eur", "number", "Present value with the parameter at its p10, all else at its mode"),
            ResultColumn("high_eur", "number", "Present value with the parameter at its p90, all else at its mode"),
        ),
    ),
    ResultTable(
        "initiative_overlap",
        "one row a pair of initiatives that claim the same care of the same donors",
        (
            _SCENARIO,
            _INITIATIVE,
            ResultColumn("other_scenario", "text", "The other initiative's scenario"),
            ResultColumn("other_initiative", "text", "The other initiative"),
            ResultColumn("shared_units", "number", "Base-year units that both claim"),
            ResultColumn("shared_donors", "text", "Donors they share, as JSON"),
        ),
    ),
    ResultTable(
        "flag",
        "one row a remark on the data or the scenario that a reader of the figures must know",
        (
            _SCENARIO,
            ResultColumn("subject", "text", "What it is about: provider, payer, resource, area, initiative, ..."),
            ResultColumn("id", "text", "Which one"),
            ResultColumn("flag", "text", "Short name of the remark, such as annualised or no_price"),
            ResultColumn("value", "number", "A figure that goes with it; empty if none"),
            ResultColumn("message_nl", "text", "The remark in Dutch"),
            ResultColumn("message_en", "text", "The remark in English"),
        ),
    ),
)

RESULT_TABLES: dict[str, ResultTable] = {table.name: table for table in _TABLES}
