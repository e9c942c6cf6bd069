"""Durable submits over HTTP ÷ a bare cpp-httplib echo, driven by the same load program."""

import subprocess
from contextlib import contextmanager

from harness.daemon import Daemon
from harness.errors import BenchError
from harness.rounds import Row, Spread, in_turns, ratios
from harness.store_check import check_acknowledged

MUST = {1: 0.20, 16: 0.50, 64: 0.50}
P99_MS_MAX = 50  # at 64 clients

ENTRYPOINTS = {"noop": {
    "run": ["/bin/true"],
    "dedupe": "none",
    "params": {"type": "object", "required": ["n"], "additionalProperties": False,
               "properties": {"n": {"type": "string", "maxLength": 64}}},
}}


@contextmanager
def echo_port(place):
    process = subprocess.Popen([place.tools / "bench_echo"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(10)


def load(place, scale, clients, *arguments):
    result = place.run_tool("bench_load", "--clients", clients, "--warmup-ms", scale.warmup_ms,
                            "--measure-ms", scale.measure_ms, *arguments)
    if result["refused"]:
        raise BenchError(f"{result['refused']} requests were refused, first {result['refusal']}")
    return result


def load_echo(place, scale, clients):
    with echo_port(place) as port:
        return load(place, scale, clients, "--port", port, "--path", "/echo", "--expect", 200)


def load_daemon(place, scale, clients):
    ids_file = place.folder / "ids"
    with Daemon(place, ENTRYPOINTS, worker_enabled=False) as daemon:
        result = load(place, scale, clients, "--port", daemon.port, "--path", "/api/v1/jobs",
                      "--token-file", daemon.token_file, "--expect", 201, "--ids", ids_file)
        daemon.kill()
        check_acknowledged(daemon.store, ids_file.read_text().split())
    return result


def rows_of(clients, echo, daemon):
    clients_text = "1 client" if clients == 1 else f"{clients} clients"

    def figures(results, key, scale=1.0):
        return [result[key] * scale for result in results]

    def latency(name, key, must):
        spread = Spread.of(figures(daemon, key, 1e-3))
        return Row(f"submit latency {name}, {clients_text}",
                   Spread.of(figures(echo, key, 1e-3)), spread, "ms", spread, "ms", must, False)

    rate = Row(f"durable submits, {clients_text}",
               Spread.of(figures(echo, "perSecond")), Spread.of(figures(daemon, "perSecond")),
               "1/s", ratios(figures(daemon, "perSecond"), figures(echo, "perSecond")), "×",
               MUST[clients], True)
    p99_must = P99_MS_MAX if clients == 64 else None
    return [rate, latency("p50", "p50Us", None), latency("p99", "p99Us", p99_must)]


def measure(place, scale):
    rows = []
    for clients in scale.clients:
        echo, daemon = in_turns(scale.rounds, f"{clients} clients",
                                lambda: load_echo(place, scale, clients),
                                lambda: load_daemon(place, scale, clients))
        rows += rows_of(clients, echo, daemon)
    return rows
