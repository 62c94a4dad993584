"""What ageing alone does to the demand for care: spending by age today, inhabitants by age in years to come.

The demand for a type of care in a year is Σ over age classes of inhabitants times its cost per insured year today; how
that sum grows is what more, fewer or older people change. Nothing else changes in it: no price, no habit, no technique.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from data_contracts.problem import one_of
from data_contracts.text import Text

AGE_CLASSES = (
    re.compile(r"^(?:jonger dan|onder(?: de)?|under|below|younger than|tot(?! en met)|<)\s*(?P<below>\d+)"),
    re.compile(r"^(?:tot en met|t/m|up to)\s*(?P<high>\d+)"),
    re.compile(
        r"^\D{0,12}?(?P<low>\d+)\s*(?:jaar|years?)?\s*(?:\+|-?plus|en ouder|of ouder|and over|or over|or older)"
    ),
    re.compile(r"^\D{0,3}?(?P<low>\d+)\s*(?:jaar\s*)?tot\s*(?P<below>\d+)(?!\s*(?:en )?met)"),
    re.compile(r"^\D{0,3}?(?P<low>\d+)\s*(?:-|–|t/m|tot en met|to|through)\s*(?P<high>\d+)"),
    re.compile(r"^\s*(?P<low>\d+)\s*(?:jaar|years?)?\s*$"),
)
"""How publishers write an age class: `jonger dan 5 jaar`, `t/m 17 jaar`, `90+`, `65 tot 70 jaar` (70 not in it),
`65-69`, `65 t/m 69 jaar`, `65`."""
OLDEST = 200


def ages(name: str | None) -> tuple[int, int] | None:
    """Returns the first and last age of a class as published, None for a class that names no ages.

    An empty class is all ages.
    """
    if name is None:
        return 0, OLDEST
    text = name.strip().lower()
    for form in AGE_CLASSES:
        found = form.match(text)
        if found:
            parts = found.groupdict()
            low = int(parts.get("low") or 0)
            if parts.get("below"):
                return low, int(parts["below"]) - 1
            if "high" in parts:
                return low, int(parts["high"])
            return low, low if form is AGE_CLASSES[-1] else OLDEST
    return None


@dataclass
class AgeingError(Exception):
    """The tables do not give a growth of demand: what was found, what was expected, what to do."""

    found: Text
    expected: Text
    action: Text


@dataclass(frozen=True)
class Projection:
    """How demand for a type of care grows by ageing.

    Attributes:
        yearly: growth a year, as a share.
        spending_year: the year whose cost per insured year was used.
        first, last: the years of the population that were compared.
    """

    yearly: float
    spending_year: int
    first: int
    last: int


@dataclass(frozen=True)
class Ageing:
    """Spending and population of the region by age, as delivered.

    Attributes:
        spending: one row an area, year, age class, sex and care type; `insured_years`, `cost_eur`.
        population: one row an area, year and age class; `inhabitants`.
        base_year: the calendar year of the facts.
    """

    spending: pl.DataFrame
    population: pl.DataFrame
    base_year: int

    @cached_property
    def care_types(self) -> tuple[str, ...]:
        """The types of care whose spending was delivered."""
        return tuple(self.spending["care_type"].unique().sort().to_list())

    def projection(self, care_type: str | None, *, horizon: int) -> Projection:
        """Returns the yearly growth of demand for a type of care from the base year to the horizon.

        Args:
            care_type: as in the spending; None is all care together.
            horizon: last year of the scenario; a population that ends earlier is compared up to its own last year.

        Raises:
            AgeingError: the tables do not hold what this needs.
        """
        year, rates = self._rates(care_type)
        first, last = self._span(horizon)
        demand = [_demand(self._inhabitants(moment), rates) for moment in (first, last)]
        if demand[0] <= 0:
            raise AgeingError(
                Text(
                    en=f"no spending on {care_type or 'care'} by the people of {first}",
                    nl=f"geen uitgaven aan {care_type or 'zorg'} door de inwoners van {first}",
                ),
                Text(en="a type of care that the inhabitants use", nl="een zorgsoort die de inwoners gebruiken"),
                Text(en="name another type of care", nl="noem een andere zorgsoort"),
            )
        return Projection((demand[1] / demand[0]) ** (1 / (last - first)) - 1, year, first, last)

    def _rates(self, care_type: str | None) -> tuple[int, pl.DataFrame]:
        """Returns the year of the spending used, and the cost per insured year by age class."""
        if self.spending.is_empty():
            raise AgeingError(
                Text(en="no regional spending in the region", nl="geen regionale uitgaven in de regio"),
                Text(
                    en="the dataset regional_spending, with cost and insured years by age class",
                    nl="de dataset regional_spending, met kosten en verzekerde jaren per leeftijdsklasse",
                ),
                Text(
                    en="deliver it, or give growth rates in place of from: population",
                    nl="lever die, of geef groeipercentages in plaats van from: population",
                ),
            )
        if care_type is not None and care_type not in self.care_types:
            raise AgeingError(
                Text(en=f"the unknown care type {care_type}", nl=f"de onbekende zorgsoort {care_type}"),
                one_of(self.care_types),
                Text(
                    en="use a care type of the dataset regional_spending",
                    nl="gebruik een zorgsoort uit de dataset regional_spending",
                ),
            )
        years = self.spending["year"].unique().sort().to_list()
        year = max((known for known in years if known <= self.base_year), default=years[0])
        return year, _cost_per_person(self.spending.filter(pl.col("year") == year), care_type)

    def _span(self, horizon: int) -> tuple[int, int]:
        """Returns the population's years nearest around base year and horizon."""
        years = self.population["year"].unique().sort().to_list()
        before = [year for year in years if year <= self.base_year]
        after = [year for year in years if year > self.base_year]
        if not before or not after:
            raise AgeingError(
                Text(
                    en=f"population of {', '.join(map(str, years)) or 'no year'}",
                    nl=f"bevolking van {', '.join(map(str, years)) or 'geen jaar'}",
                ),
                Text(
                    en=f"inhabitants by age in {self.base_year} or before and in a later year, at best {horizon}",
                    nl=f"inwoners naar leeftijd in {self.base_year} of eerder en in een later jaar, liefst {horizon}",
                ),
                Text(
                    en="deliver the dataset population with a forecast, or give growth rates in place of from: "
                    "population",
                    nl="lever de dataset population met een prognose, of geef groeipercentages in plaats van from: "
                    "population",
                ),
            )
        first, last = before[-1], min((year for year in after if year >= horizon), default=after[-1])
        self._same_areas(first, last)
        return first, last

    def _same_areas(self, first: int, last: int) -> None:
        areas = [set(self.population.filter(pl.col("year") == year)["area"]) for year in (first, last)]
        different = sorted(areas[0] ^ areas[1])
        if different:
            raise AgeingError(
                Text(
                    en=f"population of area {', '.join(different[:3])} in only one of {first} and {last}",
                    nl=f"bevolking van gebied {', '.join(different[:3])} in maar een van {first} en {last}",
                ),
                Text(
                    en="the same areas in both years, so that growth is growth",
                    nl="dezelfde gebieden in beide jaren, zodat groei groei is",
                ),
                Text(en="deliver the missing areas", nl="lever de ontbrekende gebieden"),
            )

    def _inhabitants(self, year: int) -> pl.DataFrame:
        return (
            _by_age(self.population.filter(pl.col("year") == year))
            .group_by("low", "high")
            .agg(pl.col("inhabitants").sum())
        )


def _by_age(table: pl.DataFrame) -> pl.DataFrame:
    """Returns the rows of each area with their ages; where classes are given, a row for all ages is a total.

    What names no age at all (a total, unknown) is nobody's age and does not count.

    Raises:
        AgeingError: a class names an age in a way that is not understood: without it, ageing would be another.
    """
    classes = table["age_class"].unique().sort().to_list()
    unread = [name for name in classes if name and any(map(str.isdigit, name)) and ages(name) is None]
    if unread:
        raise AgeingError(
            Text(en=f"the age class {', '.join(unread[:3])}", nl=f"de leeftijdsklasse {', '.join(unread[:3])}"),
            Text(
                en="classes such as 65-69, 65 tot 70 jaar, jonger dan 5 jaar or 90+",
                nl="klassen zoals 65-69, 65 tot 70 jaar, jonger dan 5 jaar of 90+",
            ),
            Text(en="write the class in one of these ways", nl="schrijf de klasse op een van deze manieren"),
        )
    known = [(name, *bounds) for name in classes if (bounds := ages(name)) is not None]
    if len(known) > 1:
        known = [row for row in known if row[0] is not None]
    schema = {"age_class": pl.String, "low": pl.Int64, "high": pl.Int64}
    return table.join(pl.DataFrame(known, schema=schema, orient="row"), on="age_class", nulls_equal=True)


def _cost_per_person(spending: pl.DataFrame, care_type: str | None) -> pl.DataFrame:
    """Returns the cost per insured year by age class: insured years once, whatever the number of care types."""
    known = _by_age(spending)
    people = known.group_by("low", "high", "area", "sex").agg(pl.col("insured_years").max())
    people = people.group_by("low", "high").agg(pl.col("insured_years").sum())
    wanted = known if care_type is None else known.filter(pl.col("care_type") == care_type)
    cost = wanted.group_by("low", "high").agg(pl.col("cost_eur").sum())
    rates = people.join(cost, on=["low", "high"], how="left").with_columns(
        rate=pl.col("cost_eur").fill_null(0.0) / pl.col("insured_years")
    )
    if not rates["insured_years"].fill_null(0.0).gt(0).all():
        raise AgeingError(
            Text(
                en="an age class without insured years in the regional spending",
                nl="een leeftijdsklasse zonder verzekerde jaren in de regionale uitgaven",
            ),
            Text(
                en="insured years for every age class, so that cost can be counted per person",
                nl="verzekerde jaren voor elke leeftijdsklasse, zodat kosten per persoon te tellen zijn",
            ),
            Text(
                en="deliver insured_years, or give growth rates in place of from: population",
                nl="lever insured_years, of geef groeipercentages in plaats van from: population",
            ),
        )
    return rates.select("low", "high", "rate")


def _demand(people: pl.DataFrame, rates: pl.DataFrame) -> float:
    """Returns Σ inhabitants · cost per person; a class of inhabitants must lie within one class of the spending."""
    matched = people.join_where(rates, pl.col("low") >= pl.col("low_right"), pl.col("high") <= pl.col("high_right"))
    once = matched.group_by("low", "high").len().filter(pl.col("len") == 1)
    missing = people.join(once, on=["low", "high"], how="anti").sort("low")
    if missing.height:
        ages_of, within = ", ".join(_written(missing)), ", ".join(_written(rates.sort("low")))
        raise AgeingError(
            Text(
                en=f"inhabitants of age {ages_of} in no single age class of the spending",
                nl=f"inwoners van {ages_of} jaar in geen enkele leeftijdsklasse van de uitgaven",
            ),
            Text(en=f"classes that lie within {within}", nl=f"klassen die binnen {within} liggen"),
            Text(
                en="deliver the population in the same or narrower age classes",
                nl="lever de bevolking in dezelfde of smallere leeftijdsklassen",
            ),
        )
    return float((matched["inhabitants"] * matched["rate"]).sum())


def _written(classes: pl.DataFrame) -> Iterator[str]:
    for low, high in classes.select("low", "high").iter_rows():
        yield f"{low}+" if high >= OLDEST else f"{low}-{high}"
