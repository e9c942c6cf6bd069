"""Command line, order of the measurements, exit code."""

import argparse
import signal
import sys

from harness import (batch, claims, cli_start, drain, express, history_drain, idle_polls, machine, memory, pickup,
                     queued_memory, reads, report, restart, stalls, submit)
from harness.errors import BenchError
from harness.scale import FULL, QUICK
from harness.workplace import Workplace

MEASUREMENTS = {
    "submit": submit.measure,
    "drain": drain.measure,
    "pickup": pickup.measure,
    "memory": memory.measure,
    "cli": cli_start.measure,
    "claims": claims.measure,
    "restart": restart.measure,
    "queued-memory": queued_memory.measure,
    "history-drain": history_drain.measure,
    "batch": batch.measure,
    "express": express.measure,
    "reads": reads.measure,
    "stalls": stalls.measure,
    "idle-polls": idle_polls.measure,
}


def parse_arguments():
    parser = argparse.ArgumentParser(prog="tests/bench/run")
    parser.add_argument("--quick", action="store_true",
                        help="one small round of everything: does the bench work; no verdict")
    parser.add_argument("--only", metavar="NAME[,NAME…]", type=lambda text: text.split(","),
                        help="some of " + ", ".join(MEASUREMENTS) + "; docs are left alone")
    arguments = parser.parse_args()
    unknown = set(arguments.only or []) - MEASUREMENTS.keys()
    if unknown:
        parser.error("no measurement is called " + ", ".join(sorted(unknown)))
    return arguments


def measure_all(names, scale):
    rows = []
    if "idle-polls" in names:
        idle_polls.check_ready()
    with Workplace.open() as place:
        facts = machine.facts(place, scale)
        for name in names:
            print(f"{name}:", file=sys.stderr, flush=True)
            measured = MEASUREMENTS[name](place, scale)
            for row in measured:
                print("  " + report.line(row), file=sys.stderr, flush=True)
            rows += measured
    return facts, rows


def leave_tidily(number, _):
    """As an exception, so that daemons and folders go with the blocks that own them."""
    sys.exit(128 + number)


def main():
    signal.signal(signal.SIGTERM, leave_tidily)
    arguments = parse_arguments()
    scale = QUICK if arguments.quick else FULL
    try:
        facts, rows = measure_all(arguments.only or MEASUREMENTS, scale)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(report.table(facts, rows, judged=not arguments.quick))
    if arguments.quick:
        return 0
    if not arguments.only:
        report.write(facts, rows)
    return 0 if all(row.is_met for row in rows) else 1
