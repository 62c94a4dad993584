"""Source mappings: files in a publisher's or supplier's own layout, described in YAML instead of coded.

`load_mappings` gives the mappings that count in a workspace, `match` the one that describes a file, `read_source` its
tables, `translate` a text table for each dataset it yields. Those go through `pipelines.validation` as any other
delivery does.
"""

from pipelines.readers.raw import LeftOut
from pipelines.sources.files import FOLDER, load_mappings, read_mapping
from pipelines.sources.mapping import Mapping
from pipelines.sources.recognition import belongs_to, find_companions, match, misfit, read_source
from pipelines.sources.translation import Translated, translate

__all__ = [
    "FOLDER",
    "LeftOut",
    "Mapping",
    "Translated",
    "belongs_to",
    "find_companions",
    "load_mappings",
    "match",
    "misfit",
    "read_mapping",
    "read_source",
    "translate",
]
