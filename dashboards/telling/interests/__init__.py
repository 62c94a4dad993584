"""What each party has at stake and where interests clash, as frames and as sentences that can be read aloud.

What belongs here: the release's tables `interest` and `conflict` with names, sizes and capacity beside them (`stakes`,
`clashes`), and their sentences (`speech`). The words are in `texts/`; how a page shows them is decided in `pages`.
"""

from dashboards.telling.interests.speech import (
    all_clashes,
    clash_points,
    conflict_sentences,
    interest_sentence,
    interest_sentences,
    tension_sentences,
)

__all__ = [
    "all_clashes",
    "clash_points",
    "conflict_sentences",
    "interest_sentence",
    "interest_sentences",
    "tension_sentences",
]
