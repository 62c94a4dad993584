"""Section 3: revenue as a function of production value, per contract form, in term and after it."""

from reference.facts import Facts, Row, known

FIXED_FORMS = ("lump_sum", "capitation")


def contract_in(facts: Facts, provider: str, payer: str | None, year: int) -> Row | None:
    """Of several rows for one (p,q) the one with the latest valid_from not after the year; None: fee for service."""
    rows = [
        row
        for row in facts.contracts
        if row["provider_id"] == provider and row["payer_id"] == payer and row["valid_from"] <= year
    ]
    return max(rows, key=lambda row: row["valid_from"], default=None)


def agreed_amount(contract: Row, year: int) -> float | None:
    """C, with agreed_growth per year from valid_from."""
    if contract.get("agreed_amount_eur") is None:
        return None
    growth = known(contract.get("agreed_growth"), 0.0)
    return float(contract["agreed_amount_eur"]) * (1 + growth) ** (year - contract["valid_from"])


def revenue(contract: Row | None, production: float, year: int) -> float | None:
    """F(B). None where the agreed amount is unknown."""
    if contract is None or contract["form"] == "fee_for_service":
        return production
    agreed = agreed_amount(contract, year)
    if agreed is None or contract["form"] in FIXED_FORMS:
        return agreed
    over, under = known(contract.get("rate_over"), 0.0), known(contract.get("rate_under"), 0.0)
    if contract["form"] == "ceiling":
        return min(production, agreed) + over * max(0.0, production - agreed)
    half_width = known(contract.get("half_width"), 0.0)
    above = max(0.0, production - agreed * (1 + half_width))
    below = max(0.0, agreed * (1 - half_width) - production)
    return agreed + over * above - under * below


def revenue_step(contract: Row | None, before: float, after: float, year: int) -> float:
    """ΔR of one step in production value; after valid_to π of it is taken out (or put in) at full price."""
    if contract is None or contract["form"] == "fee_for_service":
        return after - before
    # Reading (l): what is fixed does not change, known or not.
    change = 0.0
    if contract["form"] not in FIXED_FORMS:
        change = revenue(contract, after, year) - revenue(contract, before, year)
    if contract.get("valid_to") is None or year <= contract["valid_to"]:
        return change
    default = 0.0 if contract["form"] == "capitation" else 1.0
    passed_on = known(contract.get("renewal_pass_through"), default)
    return passed_on * (after - before) + (1 - passed_on) * change
