"""Holds a delivery against its contract: which rows count, which do not and why, in both languages.

`validate` is the door in. Row-level refusals come from the contract's columns and rules, nowhere else; what Great
Expectations says of the same rules afterwards is in `pipelines.judging.suite`.
"""

from data_contracts.contract import DataContract
from pipelines.judging.judgement import PROVIDERS, validate
from pipelines.judging.verdict import Refusal, Register, Stored, Validated, refused, refused_unseen
from pipelines.reading.formats.raw import Unreadable

__all__ = [
    "PROVIDERS",
    "Refusal",
    "Register",
    "Stored",
    "Validated",
    "refused",
    "refused_unseen",
    "unreadable",
    "validate",
]


def unreadable(contract: DataContract, problem: Unreadable) -> Validated:
    """Returns the refusal of a file that could not be read as a table."""
    return refused(contract, Refusal("unreadable", problem.message))
