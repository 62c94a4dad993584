"""Checks across datasets: what one delivery says that another one does not. They warn; each row was right by itself.

Each is a query over the fact tables of a release. It returns what breaks it, with the supplier to ask, and nothing if
all is well.
"""

from dataclasses import dataclass

from data_contracts.contract import Text


@dataclass(frozen=True)
class AcrossCheck:
    """One check: its name, what it holds, the query for what breaks it, and what to say of each row it returns.

    The query's columns are supplier, provider_id, period, care_product, and figures; a text may name them in braces.
    """

    name: str
    description: Text
    query: str
    message: Text


REVENUE_WITHOUT_VOLUME = AcrossCheck(
    name="revenue_without_volume",
    description=Text(
        en="Revenue belongs to care that was delivered: every care product with revenue has volume in that period",
        nl="Bij omzet hoort geleverde zorg: elk zorgproduct met omzet heeft volume in die periode",
    ),
    # A year and its quarters overlap. Volume without care products may hold any of them, so that nothing can be said.
    query="""
    SELECT supplier, provider_id, period, care_product, sum(units) AS units, sum(revenue_eur) AS revenue_eur
    FROM revenue
    WHERE (coalesce(revenue_eur, 0) <> 0 OR coalesce(units, 0) <> 0) AND NOT EXISTS (
        SELECT 1 FROM volume
        WHERE volume.provider_id = revenue.provider_id
        AND (starts_with(volume.period, revenue.period) OR starts_with(revenue.period, volume.period))
        AND (volume.care_product IS NULL OR revenue.care_product IS NULL OR volume.care_product = revenue.care_product)
    )
    GROUP BY supplier, provider_id, period, care_product
    ORDER BY supplier, provider_id, period, care_product
    """,
    message=Text(
        en="{provider_id} has revenue for care product {care_product} in {period}, and no volume. Its care cannot be "
        "moved in the model. Deliver the volume, or correct the code on one of the two sides.",
        nl="{provider_id} heeft in {period} omzet voor zorgproduct {care_product}, maar geen volume. Deze zorg kan in "
        "het model niet worden verplaatst. Lever het volume aan, of verbeter de code aan een van beide kanten.",
    ),
)

ACROSS_CHECKS = (REVENUE_WITHOUT_VOLUME,)
