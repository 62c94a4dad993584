"""What each party has at stake and where interests clash and meet, as frames and as sentences that can be read aloud.

What belongs here: the release's tables `interest` and `conflict` with names, sizes and capacity beside them (`stakes`,
`clashes`), and their sentences (`speech`). The words are in `texts/`; how a page shows them is decided in `pages`.
"""

from dashboards.telling.interests.clashes import Clashes, ClashPair, ClashSide
from dashboards.telling.interests.heat_map import DIMENSIONS, Extreme, InterestTile, PartyRow, extremes, party_rows
from dashboards.telling.interests.speech import Speech

__all__ = [
    "DIMENSIONS",
    "ClashPair",
    "ClashSide",
    "Clashes",
    "Extreme",
    "InterestTile",
    "PartyRow",
    "Speech",
    "extremes",
    "party_rows",
]
