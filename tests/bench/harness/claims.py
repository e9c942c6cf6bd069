"""What claiming a job costs with a long history ÷ with a short one."""

import statistics

from harness.rounds import Row, Spread, ratios
from harness.stores import FILES, copy_store, count, made_store

MUST = 1.15


def round_of_both(place, scale, number):
    """Medians in µs: short history, long history."""
    stores = []
    for history in (scale.history_short, scale.history["sqlite"]):
        folder = place.folder / f"claims-{number}-{history}"
        copy_store(made_store(place, "sqlite", history), folder)
        stores.append(folder / FILES["sqlite"])
    result = place.run_tool("bench_two_claims", *stores, scale.claims)
    for store in stores:
        store.unlink()
    return [statistics.median(ns) / 1e3 for ns in result["ns"]]


def measure(place, scale):
    rounds = [round_of_both(place, scale, number) for number in range(scale.rounds)]
    short, long = ([figures[side] for figures in rounds] for side in (0, 1))
    name = f"claim p50, {count(scale.history['sqlite'])} ÷ {count(scale.history_short)} jobs of " \
           "history, SQLite"
    return [Row(name, Spread.of(short), Spread.of(long), "µs", ratios(long, short), "×", MUST,
                False)]
