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
    history: dict        # ended jobs of a long history, by kind of store
    history_short: int
    queued: dict         # jobs of a long queue, by kind of store
    queued_fewer: int    # of a SQLite store
    claims: int          # in a round
    batch_ms: int
    express_queued: int
    express_samples: int  # in a round
    reads_ms: int
    folds: int           # in a round
    waiting: tuple       # jobs that wait for approval on GitHub; making an issue takes a second
    polls: int


FULL = Scale(rounds=5, clients=(1, 16, 64), warmup_ms=500, measure_ms=3000, drained_jobs=2000,
             concurrency=(1, 2, 4, 8), pickup_blocks=12, pickup_samples=25, idle_seconds=10,
             starts=50,
             history={"sqlite": 1_000_000, "jsonl": 100_000}, history_short=1000,
             queued={"sqlite": 1_000_000, "jsonl": 100_000}, queued_fewer=100_000, claims=1000,
             batch_ms=2000, express_queued=10_000, express_samples=100, reads_ms=2000, folds=2, waiting=(1, 200), polls=10)
QUICK = Scale(rounds=1, clients=(1, 64), warmup_ms=100, measure_ms=300, drained_jobs=100,
              concurrency=(2,), pickup_blocks=1, pickup_samples=5, idle_seconds=0.5, starts=3,
              history={"sqlite": 5000, "jsonl": 5000}, history_short=1000,
              queued={"sqlite": 5000, "jsonl": 5000}, queued_fewer=1000, claims=50, batch_ms=300,
              express_queued=500, express_samples=5, reads_ms=300, folds=1,
              waiting=(1, 3), polls=3)
