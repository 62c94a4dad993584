"""The region: the base year's accepted facts as arrays, with everything derived from them that no scenario changes.

`facts` reads the base year out of the delivered tables, `codes` numbers what they name, and `prices`, `costs`, `uses`,
`contracts` and `geography` answer the questions that the model asks of them.
"""

from models.region.codes import Flag
from models.region.region import Region

__all__ = ["Flag", "Region"]
