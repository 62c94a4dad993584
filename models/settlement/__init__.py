"""Who compensates whom (section 10): what would make an agreement acceptable to everyone.

Begin at `settle`: it gives a `Deal`, which answers everything else. `flows` says what each step of the deal is worth
and who is needed for it, `rules` how that can be divided, `core` who would rather do without the others, `break_even`
what payment or tariff leaves a party as it is, `tables` fills the result tables.
"""

from models.settlement.deal import Deal, settle
from models.settlement.division import RULES, Rule

__all__ = ["RULES", "Deal", "Rule", "settle"]
