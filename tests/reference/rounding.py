"""The page's rounding: a figure within 1e-9 · max(1, |limit|) of a limit counts as on it."""


def near(figure: float, limit: float) -> bool:
    return abs(figure - limit) <= 1e-9 * max(1.0, abs(limit))


def above(figure: float, limit: float) -> bool:
    return figure > limit and not near(figure, limit)


def below(figure: float, limit: float) -> bool:
    return figure < limit and not near(figure, limit)
