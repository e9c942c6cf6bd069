"""Rounds of a measurement and its baseline, run in turns; what they come to."""

import statistics
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """Median, minimum and maximum of some values."""

    median: float
    low: float
    high: float

    @staticmethod
    def of(values):
        return Spread(statistics.median(values), min(values), max(values))


@dataclass(frozen=True)
class Row:
    """One line of the result table."""

    name: str
    baseline: Spread | None  # of `unit`, like jobgate
    jobgate: Spread
    unit: str
    verdict_on: Spread       # what `must` is about
    verdict_unit: str        # "×" for a ratio
    must: float | None       # None: told, not judged
    at_least: bool           # else at most

    @property
    def is_met(self):
        if self.must is None:
            return True
        value = self.verdict_on.median
        return value >= self.must if self.at_least else value <= self.must


def in_turns(rounds, label, baseline, jobgate):
    """Calls baseline() and jobgate() alternately; the two lists of what they returned."""
    pairs = []
    for number in range(1, rounds + 1):
        pairs.append((baseline(), jobgate()))
        print(f"  {label}: round {number} of {rounds}", file=sys.stderr, flush=True)
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def ratios(numerators, denominators):
    """Of each round by itself: the machine's speed drifts from round to round."""
    return Spread.of([a / b for a, b in zip(numerators, denominators)])


def percentile(values, share):
    ordered = sorted(values)
    return ordered[round(share * (len(ordered) - 1))]
