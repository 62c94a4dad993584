"""What a reader is told of a setting that cannot be computed: every fault in three parts, in the reader's language."""

from dashboards.what_if.budget import TooLargeError
from dashboards.words.wording import Wording
from models.scenario import ScenarioError


def refusals(refused: ScenarioError, words: Wording) -> list[str]:
    """Returns a sentence a fault: where, what was found, what was expected, what to do."""
    if isinstance(refused, TooLargeError):
        return [_too_large(refused, words)]
    return [words.text("what_if.fault", place=one.key, **one.said(words.language)) for one in refused.faults]


def _too_large(refused: TooLargeError, words: Wording) -> str:
    size, numbers = refused.size, words.numbers
    return words.text(
        "what_if.too_large",
        results=numbers.number(size.results),
        years=numbers.number(size.years),
        draws=numbers.number(max(1, size.draws)),
        parties=numbers.number(size.parties),
        initiatives=numbers.number(size.initiatives),
        most=numbers.number(refused.most),
    )
