"""Many measurements become few figures."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle and the slow end of ``count`` measurements, in milliseconds."""

    count: int
    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Raises ``ValueError`` without a measurement."""
        return cls(len(values), percentile(values, 0.50), percentile(values, 0.95), percentile(values, 0.99))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest measurement that at least ``share`` of all do not exceed: one that was made, nothing between two.

    Raises ``ValueError`` without a measurement, or for a share outside 0 to 1.
    """
    if not values or not 0 <= share <= 1:
        raise ValueError("a percentile needs measurements and a share from 0 to 1")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def ratio(of: float, to: float) -> float:
    """How many times ``to`` goes into ``of``; infinite for nothing, which is no pass."""
    return of / to if to > 0 else math.inf


def growth(small: float, large: float) -> float:
    """By which share ``large`` exceeds ``small`` (0.25 is a quarter more); negative when it is less."""
    return ratio(large, small) - 1
