"""How much of everything: the full run that gives figures, the quick one that gives none."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    rounds: int
    clients: tuple
    warmup_ms: int
    measure_ms: int
    drained_jobs: int
    concurrency: tuple
    pickup_blocks: int   # in a round
    pickup_samples: int  # in a block
    idle_seconds: float
    starts: int          # in a round


FULL = Scale(rounds=5, clients=(1, 16, 64), warmup_ms=500, measure_ms=3000, drained_jobs=2000,
             concurrency=(1, 2, 4, 8), pickup_blocks=12, pickup_samples=25, idle_seconds=10,
             starts=50)
QUICK = Scale(rounds=1, clients=(1, 64), warmup_ms=100, measure_ms=300, drained_jobs=100,
              concurrency=(2,), pickup_blocks=1, pickup_samples=5, idle_seconds=0.5, starts=3)
