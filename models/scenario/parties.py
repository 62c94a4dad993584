"""Who takes part in an initiative: the providers that its ids and kinds name together."""

import numpy as np

from models.region.codes import Integers
from models.region.region import Region
from models.scenario.schema import Initiative


def recipients_of(initiative: Initiative, region: Region) -> Integers:
    """Returns who receives the care of an initiative, by position: of prevention nobody, of `shares` its keys."""
    to = initiative.recipients
    if to is None:
        return np.zeros(0, dtype=np.int64)
    return region.members(providers=to.providers if to.shares is None else tuple(to.shares), kind=to.kind)


def donors_of(initiative: Initiative, region: Region) -> Integers:
    """Returns who gives care away, by position: who is named on both sides keeps what it has."""
    named = region.members(providers=initiative.donors.providers, kind=initiative.donors.kind)
    return np.setdiff1d(named, recipients_of(initiative, region))
