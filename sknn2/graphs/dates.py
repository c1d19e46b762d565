"""The nodes of a date: where it stands in the year, the week and the day."""

from typing import Any

import numpy as np

from sknn2.graphs.graph import Graph, side_by_side
from sknn2.preprocessing.columns import DATE_FEATURES

DAY = 86_400_000_000
"""Microseconds."""


CYCLE = 146_097
"""Days of 400 years, after which the calendar begins again."""


def add_date(g: Graph, t: str) -> str:
    """Add what `date_features` computes of int64 microseconds, from year 1 on.

    The calendar is that of Hinnant, "chrono-compatible low-level date
    algorithms": years that begin on 1 March, of which the leap day is the last.
    Everything is shifted by 2,000 years, so that no number is negative.
    """

    def whole(a: Any, n: int) -> str:
        return g("Div", a, np.int64(n))

    def less(a: str, b: str) -> str:
        return g("Sub", a, b)

    missing = g("Less", t, np.int64(-(2**62)))
    t = g("Where", missing, np.int64(0), t)
    shifted = g("Add", t, np.int64(5 * CYCLE * DAY))
    days = whole(shifted, DAY)
    time = less(shifted, g("Mul", days, np.int64(DAY)))
    days = g("Add", days, np.int64(719_468))  # since 1 March of the year 0
    day = less(days, g("Mul", whole(days, CYCLE), np.int64(CYCLE)))
    rest = less(
        g("Add", less(day, whole(day, 1460)), whole(day, 36_524)), whole(day, CYCLE - 1)
    )
    year = whole(rest, 365)
    past = less(
        g("Add", g("Mul", year, np.int64(365)), whole(year, 4)), whole(year, 100)
    )
    day = less(day, past)  # since 1 March
    turned = g("Less", np.int64(305), day)  # January or February of the next year
    year = g("Add", year, g.cast(turned, np.int64))
    remainders = [
        g("Equal", less(year, g("Mul", whole(year, n), np.int64(n))), np.int64(0))
        for n in (4, 100, 400)
    ]
    fourth, hundredth, fourhundredth = remainders
    leap = g("And", fourth, g("Or", g("Not", hundredth), fourhundredth))
    leap = g.cast(leap, np.int64)
    later = g("Add", g("Add", day, np.int64(59)), leap)
    day = g("Where", turned, less(day, g.constant(np.int64(306))), later)
    within = g("Add", g("Mul", day, np.int64(DAY)), time)
    length = g("Mul", g("Add", leap, np.int64(365)), np.int64(DAY))
    since = g("Div", g.cast(t, np.float64), 1e6)
    number = g("Div", since, 86400.0)
    turns = [
        g("Div", g.cast(within, np.float64), g.cast(length, np.float64)),
        g("Div", g("Add", number, 3.0), 7.0),
        number,
    ]
    features = [since]
    for turn in turns:
        angle = g("Mul", g("Sub", turn, g("Floor", turn)), 2 * np.pi)
        half = g("Sin", g("Div", angle, 2.0))
        # The cosine, which not every onnxruntime has in float64.
        cos = g("Sub", 1.0, g("Mul", 2.0, g("Mul", half, half)))
        features += [g("Sin", angle), cos]
    assert len(features) == len(DATE_FEATURES)
    return g("Where", missing, np.nan, side_by_side(g, features))
