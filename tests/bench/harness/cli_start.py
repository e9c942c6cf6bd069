"""`jobgate version` beside /bin/true, from posix_spawn to the end."""

import statistics

from harness.rounds import Row, Spread

MUST_MS = 10


def measure(place, scale):
    base, program, difference, ratio = [], [], [], []
    for _ in range(scale.rounds):
        times = place.run_tool("bench_start", scale.starts, place.binary, "version")
        base.append(statistics.median(times["baseNs"]) / 1e6)
        program.append(statistics.median(times["programNs"]) / 1e6)
        difference.append(program[-1] - base[-1])
        ratio.append(program[-1] / base[-1])

    def row(name, verdict, unit, must):
        return Row(name, Spread.of(base), Spread.of(program), "ms", Spread.of(verdict), unit, must,
                   False)

    return [row("CLI start, `jobgate version` − /bin/true", difference, "ms", MUST_MS),
            row("CLI start, `jobgate version` ÷ /bin/true", ratio, "×", None)]
