"""Which results can be used for which provider, and why not: from what was delivered and what is odd about it.

What a result rests on stands in `data_contracts/usability.yaml`; here it is only held against the facts of a release.
"""

from collections.abc import Iterator, Sequence

import duckdb
import polars as pl

from dashboards.words.wording import wording
from data_contracts.contract import DataContract, load_contract, load_contracts
from data_contracts.text import Language
from data_contracts.usability import USABILITIES, Need, Rests, Result, load_usability
from pipelines.judging.from_contract.ddl import quoted

USABILITY_SCHEMA: dict[str, type[pl.DataType]] = {
    "provider_id": pl.String,
    "result": pl.String,
    "title_nl": pl.String,
    "title_en": pl.String,
    "usability": pl.String,
    "columns": pl.String,
    "because_nl": pl.String,
    "because_en": pl.String,
}
"""One row a provider and result; `columns` spoil it and `because` says how: both empty where it is usable."""

_REASON: dict[str, type[pl.DataType]] = {
    "provider_id": pl.String,
    "result": pl.String,
    "level": pl.Int64,
    "column": pl.String,
    "because_nl": pl.String,
    "because_en": pl.String,
}
_OWN = {"provider_id": pl.String, "rows": pl.Int64, "filled": pl.Int64}
_BY_KIND = ("resource_use", "cost_structure")
_FLOWS = ("volume", "revenue", "capacity")
_QUARTERS = 4
_PRICED = ("revenue_change_eur", "spend_change_eur", "margin_change_eur")
"""The results that say nothing without a price: it is no stand-in to take care for nothing."""
_UNITS_WITHOUT_PRICE = """
WITH priced AS (
    SELECT care_product FROM revenue WHERE left(period, 4) = ? AND units > 0 AND revenue_eur IS NOT NULL
    UNION SELECT care_product FROM care_product WHERE reference_price_eur IS NOT NULL
)
SELECT provider_id, sum(units) AS units,
    coalesce(sum(units) FILTER (NOT EXISTS (
        SELECT 1 FROM priced WHERE priced.care_product IS NOT DISTINCT FROM volume.care_product
    )), 0) AS unpriced
FROM volume WHERE left(period, 4) = ? GROUP BY provider_id HAVING sum(units) > 0 ORDER BY provider_id
"""
LANGUAGES: tuple[Language, Language] = ("nl", "en")


def usability(connection: duckdb.DuckDBPyConnection, found: pl.DataFrame, *, base_year: int) -> pl.DataFrame:
    """Returns how usable every result is for every provider: the columns of `USABILITY_SCHEMA`.

    Args:
        connection: an open release with its fact tables.
        found: what is odd about the data (`pipelines.intake.findings`).
        base_year: the year of the facts that count.
    """
    rests = load_usability()
    providers = connection.execute("SELECT provider_id FROM provider ORDER BY provider_id").pl()
    reasons = pl.concat(
        [
            pl.DataFrame(schema=_REASON),
            *_lacking(connection, rests, providers, base_year=base_year),
            *_quarters_missing(connection, rests, base_year=base_year),
            *_unpriced(connection, rests, base_year=base_year),
            _odd(connection, rests, found, base_year=base_year),
        ]
    )
    return _table(providers, rests, reasons)


def _table(providers: pl.DataFrame, rests: Rests, reasons: pl.DataFrame) -> pl.DataFrame:
    """Returns every provider with every result, and the worst of the reasons against it."""
    results = pl.DataFrame(
        [(result.name, result.title.nl, result.title.en) for result in rests.results],
        schema=["result", "title_nl", "title_en"],
        orient="row",
    )
    said = pl.when(pl.col("column").str.contains(".", literal=True)).then("because_en").otherwise("column")
    once = reasons.with_columns(said=said).unique(["provider_id", "result", "said"], keep="first", maintain_order=True)
    spoiled = once.group_by("provider_id", "result", maintain_order=True).agg(
        pl.col("level").max(),
        columns=pl.col("column").unique(maintain_order=True).str.join(", "),
        because_nl=pl.col("because_nl").str.join(" "),
        because_en=pl.col("because_en").str.join(" "),
    )
    names = dict(enumerate(USABILITIES))
    table = providers.join(results, how="cross").join(spoiled, on=["provider_id", "result"], how="left")
    return table.with_columns(
        usability=pl.col("level").fill_null(0).replace_strict(names, return_dtype=pl.String)
    ).select(*USABILITY_SCHEMA)


def _lacking(
    connection: duckdb.DuckDBPyConnection, rests: Rests, providers: pl.DataFrame, *, base_year: int
) -> Iterator[pl.DataFrame]:
    """Yields, by result and column it rests on, the providers that lack it, wholly or in part."""
    for result in rests.results:
        for need in result.needs:
            filled = connection.execute(_filled(need, base_year=base_year)).pl().cast(_OWN)  # type: ignore[arg-type]
            there = providers.join(filled, on="provider_id", how="left").with_columns(pl.col("rows").fill_null(0))
            yield _reasons(there, result, need, most_empty=rests.most_empty.value)


def _filled(need: Need, *, base_year: int) -> str:
    """Returns SQL for how many rows a provider has in a dataset, and in how many a column is filled."""
    contract = load_contract(need.dataset)
    counts = f"count(*) AS rows, count({quoted(need.column)}) AS filled"
    table = quoted(contract.table)
    if need.dataset in _BY_KIND:
        return f"""
        SELECT provider.provider_id, {counts} FROM provider
        JOIN {table} AS own ON coalesce(own.provider_id, provider.provider_id) = provider.provider_id
        AND coalesce(own.provider_kind, provider.kind) = provider.kind GROUP BY provider.provider_id
        """
    if "provider_id" not in contract.key:
        return f"SELECT provider.provider_id, counted.* FROM provider, (SELECT {counts} FROM {table}) AS counted"
    return f"SELECT provider_id, {counts} FROM {table} {_of_year(contract, base_year)} GROUP BY provider_id"


def _of_year(contract: DataContract, base_year: int) -> str:
    return f"WHERE left(period, 4) = '{base_year}'" if contract.has_period else ""


def _reasons(there: pl.DataFrame, result: Result, need: Need, *, most_empty: float) -> pl.DataFrame:
    """Returns the providers for which a result lacks a column, with what that means."""
    empty = 1 - pl.col("filled") / pl.col("rows")
    worst = USABILITIES.index(need.without)
    name = f"{need.dataset}.{need.column}"
    none, throughout = pl.col("rows") == 0, pl.col("filled") == 0
    texts = {
        f"because_{language}": pl.when(none)
        .then(pl.lit(_absent(need, language)))
        .when(throughout)
        .then(pl.lit(_throughout(need, language)))
        .otherwise(_in_part(need, (100 * empty).round().cast(pl.Int64, strict=False), language))
        for language in LANGUAGES
    }
    return (
        there.filter(none | throughout | (empty > most_empty))
        .with_columns(
            result=pl.lit(result.name),
            level=pl.when(none | throughout).then(worst).otherwise(USABILITIES.index("with_care")),
            column=pl.when(none).then(pl.lit(need.dataset)).otherwise(pl.lit(name)),
            **texts,
        )
        .select(pl.col(column).cast(dtype) for column, dtype in _REASON.items())
    )


def _called(dataset: str, language: Language) -> str:
    """Returns what a dataset is called."""
    return wording(language).known("datasets", dataset)


def _absent(need: Need, language: Language) -> str:
    name = _called(need.dataset, language)
    said = {"nl": f"Niet aangeleverd: {name}", "en": f"Not delivered: {name}"}[language]
    return f"{said}; {need.absent.of(language)}."


def _throughout(need: Need, language: Language) -> str:
    name = _called(need.dataset, language)
    said = {"nl": f"{need.column} is overal leeg in {name}", "en": f"{need.column} is empty throughout {name}"}[
        language
    ]
    return f"{said}; {need.instead.of(language)}."


def _in_part(need: Need, percent: pl.Expr, language: Language) -> pl.Expr:
    name = _called(need.dataset, language)
    said = {
        "nl": f"% van de rijen van {name} is {need.column} leeg",
        "en": f"% of the rows of {name} lack {need.column}",
    }
    before = {"nl": "In ", "en": ""}[language]
    return pl.format("{}{}{}; {}.", pl.lit(before), percent, pl.lit(said[language]), pl.lit(need.instead.of(language)))


def _quarters_missing(connection: duckdb.DuckDBPyConnection, rests: Rests, *, base_year: int) -> Iterator[pl.DataFrame]:
    """Yields the results that rest on a year of which quarters are missing: they were scaled up."""
    for dataset in _FLOWS:
        contract = load_contract(dataset)
        counted = connection.execute(
            f"""
            SELECT provider_id, count(DISTINCT period) AS quarters FROM {quoted(contract.table)}
            {_of_year(contract, base_year)}
            GROUP BY provider_id HAVING max(length(period)) > 4 AND min(length(period)) > 4 AND quarters < {_QUARTERS}
            """
        ).pl()
        results = [result.name for result in rests.results if any(need.dataset == dataset for need in result.needs)]
        quarters = pl.col("quarters").cast(pl.String)
        yield (
            counted.join(pl.DataFrame({"result": results}), how="cross")
            .with_columns(
                level=pl.lit(USABILITIES.index("with_care")),
                column=pl.lit(dataset),
                because_nl=pl.format(
                    "Van {} zijn {} van de 4 kwartalen geleverd; ze zijn tot een jaar opgehoogd.",
                    pl.lit(_called(dataset, "nl")),
                    quarters,
                ),
                because_en=pl.format(
                    "Of {}, {} of 4 quarters were delivered; they were scaled up to a year.",
                    pl.lit(_called(dataset, "en")),
                    quarters,
                ),
            )
            .select(pl.col(column).cast(dtype) for column, dtype in _REASON.items())
        )


def _unpriced(connection: duckdb.DuckDBPyConnection, rests: Rests, *, base_year: int) -> Iterator[pl.DataFrame]:
    """Yields the results in money of the providers much of whose care has no price: nobody's revenue, no reference."""
    share = pl.col("unpriced") / pl.col("units")
    found = connection.execute(_UNITS_WITHOUT_PRICE, [str(base_year), str(base_year)]).pl()
    percent = (100 * share).round().cast(pl.Int64)
    yield (
        found.filter(share > rests.most_empty.value)
        .join(pl.DataFrame({"result": list(_PRICED)}), how="cross")
        .with_columns(
            level=pl.lit(USABILITIES.index("not_usable")),
            column=pl.lit("revenue.revenue_eur"),
            because_nl=pl.format(
                "Van {} % van de eenheden is geen prijs bekend, ook geen referentieprijs; lever de omzet of een "
                "referentieprijs aan.",
                percent,
            ),
            because_en=pl.format(
                "Of {}% of the units no price is known, nor a reference price; deliver revenue or a reference price.",
                percent,
            ),
        )
        .select(pl.col(column).cast(dtype) for column, dtype in _REASON.items())
    )


def _odd(connection: duckdb.DuckDBPyConnection, rests: Rests, found: pl.DataFrame, *, base_year: int) -> pl.DataFrame:
    """Returns the results that suffer from something odd about a provider's data of the year.

    A finding about a whole delivery is about every provider in it; of several findings of one rule the first is told.
    """
    known = [result.name for result in rests.results]
    of_year = found.filter(pl.col("period").str.starts_with(str(base_year)), pl.col("results").is_not_null())
    of_one = of_year.filter(pl.col("provider_id").is_not_null())
    of_many = of_year.filter(pl.col("provider_id").is_null()).drop("provider_id")
    told = pl.concat(
        [of_one, of_many.join(_providers_of(connection), on="delivery").select(of_one.columns)], how="vertical"
    )
    return (
        told.with_columns(result=pl.col("results").str.split(", "))
        .explode("result")
        .filter(pl.col("result").is_in(known))
        .unique(["provider_id", "result", "rule"], keep="first", maintain_order=True)
        .with_columns(
            level=pl.lit(USABILITIES.index("with_care")),
            column=pl.concat_str("dataset", pl.col("column"), separator=".", ignore_nulls=True),
            because_nl="message_nl",
            because_en="message_en",
        )
        .select(pl.col(column).cast(dtype) for column, dtype in _REASON.items())
    )


def _providers_of(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Returns which providers are in which delivery."""
    tables: Sequence[str] = [c.table for c in load_contracts().values() if "provider_id" in c.key and c.has_period]
    query = " UNION ".join(f"SELECT DISTINCT delivery, provider_id FROM {quoted(table)}" for table in tables)
    return connection.execute(f"SELECT * FROM ({query}) ORDER BY ALL").pl()
