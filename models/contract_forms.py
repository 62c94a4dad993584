"""The forms of contract between a provider and a payer (section 3), one entry each.

Everything that depends on the form of a contract asks this table: what it pays, whether a change passes on in
proportion, what a renewal passes on, which figures it needs and which it reads, and whether a scenario may suppose it.
The names are those that the dataset `contracts` allows; a form without an entry cannot be delivered.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


class AgreedFigures(Protocol):
    """What is agreed, each broadcastable to the production: amounts in euro, the others shares or rates."""

    @property
    def amount(self) -> Array: ...  # noqa: D102
    @property
    def half_width(self) -> Array: ...  # noqa: D102
    @property
    def rate_over(self) -> Array: ...  # noqa: D102
    @property
    def rate_under(self) -> Array: ...  # noqa: D102


Law = Callable[[Array, AgreedFigures], Array]
"""From production value in euro and what is agreed to revenue in euro."""

Response = Literal["whole", "none", "by level"]
"""What a change of production does to revenue in term: all of it, none of it, or as the level of production has it."""


@dataclass(frozen=True)
class ContractForm:
    """One form of contract.

    Attributes:
        name: as the dataset `contracts` has it.
        law: F, what is paid for a production value.
        response: how revenue follows a change of production while the contract runs.
        renewal_pass_through: π where none was agreed: the part of a change that the payer takes out at renewal.
        needs: the figures without which F is not defined.
        reads: the figures that F looks at.
        supposable: whether a scenario may suppose it for a provider: its amount follows from the production.
    """

    name: str
    law: Law
    response: Response
    renewal_pass_through: float = 1.0
    needs: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    supposable: bool = True


def _production(production: Array, _: AgreedFigures) -> Array:
    return production


def _amount(production: Array, agreed: AgreedFigures) -> Array:
    return np.broadcast_to(agreed.amount, np.broadcast_shapes(production.shape, agreed.amount.shape))


def _ceiling(production: Array, agreed: AgreedFigures) -> Array:
    return np.minimum(production, agreed.amount) + agreed.rate_over * np.maximum(0, production - agreed.amount)


def _corridor(production: Array, agreed: AgreedFigures) -> Array:
    above = np.maximum(0, production - agreed.amount * (1 + agreed.half_width))
    below = np.maximum(0, agreed.amount * (1 - agreed.half_width) - production)
    return agreed.amount + agreed.rate_over * above - agreed.rate_under * below


_C = "agreed_amount_eur"
FORMS = (
    ContractForm("fee_for_service", _production, "whole"),
    ContractForm("ceiling", _ceiling, "by level", needs=(_C,), reads=(_C, "rate_over")),
    ContractForm("lump_sum", _amount, "none", needs=(_C,), reads=(_C,)),
    ContractForm(
        "corridor",
        _corridor,
        "by level",
        needs=(_C,),
        reads=(_C, "half_width", "rate_over", "rate_under"),
        supposable=False,
    ),
    ContractForm("capitation", _amount, "none", renewal_pass_through=0.0, needs=(_C,), reads=(_C,)),
)
NAMES = tuple(form.name for form in FORMS)
"""In the order of their numbers."""
SUPPOSABLE = tuple(form.name for form in FORMS if form.supposable)
BY_ITSELF = NAMES.index("fee_for_service")
"""The number of the form that holds where nothing is agreed."""
PASSED_AT_RENEWAL = np.array([form.renewal_pass_through for form in FORMS])
"""π by number, where none was agreed."""
FOLLOWS_NOTHING = np.array([form.response == "none" for form in FORMS])
FOLLOWS_LEVEL = np.array([form.response == "by level" for form in FORMS])
