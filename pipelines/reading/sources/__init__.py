"""Source mappings: files in a publisher's or supplier's own layout, described in YAML instead of coded.

`load_mappings` gives the mappings that count in a workspace, `match` the one that describes a file, `read_source` its
tables, `translate` a text table for each dataset it yields. Those go through `pipelines.judging` as any other
delivery does.
"""

from pipelines.reading.formats.raw import LeftOut
from pipelines.reading.sources.files import FOLDER, Faulty, Mappings, known_mappings, load_mappings, read_mapping
from pipelines.reading.sources.mapping import Mapping
from pipelines.reading.sources.nearest import nearest, seen_headings, told
from pipelines.reading.sources.recognition import belongs_to, find_companions, match, misfit, named, read_source
from pipelines.reading.sources.translation import Translated, translate

__all__ = [
    "FOLDER",
    "Faulty",
    "LeftOut",
    "Mapping",
    "Mappings",
    "Translated",
    "belongs_to",
    "find_companions",
    "known_mappings",
    "load_mappings",
    "match",
    "misfit",
    "named",
    "nearest",
    "read_mapping",
    "read_source",
    "seen_headings",
    "told",
    "translate",
]
