"""GET /metrics: valid exposition text whose values are those of the store."""
import re
import shutil
import subprocess

import pytest

from harness import processes, store
from harness.entrypoints import EXIT, GATED, HELLO, HOLD

SAMPLE = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')


@pytest.fixture
def api(world):
    world.configure({"hello": HELLO, "exit": EXIT, "hold": HOLD, "gated": GATED})
    return world.start()


def samples(api):
    """{(name, labels): value} of the exposition."""
    response = api.get("/metrics", token=None)
    assert response.status == 200 and response.media_type == "text/plain"
    assert "version=0.0.4" in response.headers["content-type"]
    found = {}
    for line in response.text.splitlines():
        if line.startswith("#") or not line:
            continue
        name, labels, value = SAMPLE.match(line).groups()
        key = (name, tuple(sorted(LABEL.findall(labels or ""))))
        assert key not in found, f"twice: {line}"
        found[key] = float(value)
    return found


def decide(api):
    """One request approved, one rejected, one waiting."""
    api.approve(api.submit("gated", {"name": "approved"})["id"])
    api.act(api.submit("gated", {"name": "rejected"})["id"], "reject", {"reason": "no"})
    return api.submit("gated", {"name": "waiting"})


def by_label(found, name, label):
    return {dict(labels)[label]: value for (n, labels), value in found.items()
            if n == name and label in dict(labels)}


def test_text_is_valid_and_every_metric_is_documented(world, api):
    world.run_job("hello", {"name": "a"})
    text = api.get("/metrics").text
    names = {SAMPLE.match(line).group(1) for line in text.splitlines()
             if line and not line.startswith("#")}
    described = set(re.findall(r"^# HELP (\S+) \S", text, re.M))
    typed = dict(re.findall(r"^# TYPE (\S+) (\S+)", text, re.M))
    for name in names:
        family = re.sub(r"_(bucket|sum|count)$", "", name)
        base = name if name in typed else family
        assert base in typed and base in described, name
        assert name.startswith(("jobgate_", "process_")), name
        if typed[base] == "counter":
            assert name.endswith("_total"), name


def test_prometheus_own_parser_reads_every_family(world, api):
    parser = pytest.importorskip("prometheus_client.parser")
    world.run_job("hello", {"name": "a"})
    families = {family.name: family for family in
                parser.text_string_to_metric_families(api.get("/metrics").text)}
    assert families["jobgate_jobs"].type == "gauge"
    assert families["jobgate_attempts"].type == "counter"
    assert families["jobgate_attempt_duration_seconds"].type == "histogram"
    parsed = {sample.labels["state"]: sample.value for sample in families["jobgate_jobs"].samples}
    assert parsed["succeeded"] == 1


def test_promtool_accepts_the_text(world, api):
    if not shutil.which("promtool"):
        pytest.skip("promtool (Debian's package prometheus) is not installed")
    world.run_job("hello", {"name": "a"})
    world.run_job("exit", {"code": 1})
    decide(api)
    process = processes.spawn(["promtool", "check", "metrics"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said, _ = process.communicate(api.get("/metrics").body, timeout=60)
    assert process.returncode == 0, said.decode()


def test_values_agree_with_health_and_store(world, api):
    """I11."""
    for name in "abc":
        world.run_job("hello", {"name": name})
    world.run_job("exit", {"code": 1})
    world.hold("h")
    api.submit("hold", {"name": "h"})
    world.wait_lines("ledger", 1)
    api.submit("gated", {"name": "g"})
    found = samples(api)
    health = api.health()["data"]["jobs"]
    states = next(by_label(found, name, "state") for name, labels in found
                  if dict(labels).get("state") == "succeeded")
    assert {state: states[state] for state in store.STATES} == {
        state: health["store"][state] for state in store.STATES}
    assert states["succeeded"] == 3 and states["dead_lettered"] == 1
    buckets = [(dict(labels), value) for (name, labels), value in found.items()
               if name.endswith("_bucket") and dict(labels).get("entrypoint") == "hello"]
    assert buckets and max(value for _, value in buckets) == 3
    ordered = sorted(buckets, key=lambda row: float(row[0]["le"].replace("+Inf", "inf")))
    values = [value for _, value in ordered]
    assert values == sorted(values), "cumulative"


def test_figures_of_the_gates_are_there_after_a_restart(world, api):
    decide(api)
    for _ in range(2):
        found = samples(api)
        ends = {"approved": 1, "rejected": 1, "expired": 0}
        assert by_label(found, "jobgate_gate_requests_total", "end") == ends
        counts = by_label(found, "jobgate_approval_decision_seconds_count", "decision")
        assert counts == {"approved": 1, "rejected": 1}
        voices = {dict(labels)["said"]: value for (name, labels), value in found.items()
                  if name == "jobgate_approval_voices_total"}
        assert voices == {"approve": 1, "reject": 1}
        assert set(by_label(found, "jobgate_approval_refusals_total", "cause").values()) == {0}
        assert found[("jobgate_gates_never_rejected", ())] == 0
        assert found[("jobgate_approval_oldest_seconds", ())] > 0
        world.restart()


def test_label_values_are_escaped_or_bounded(world, api):
    """A submitter cannot invent label values."""
    api.post("/api/v1/jobs", {"entrypoint": "no-such-entrypoint", "params": {}})
    api.submit("gated", {"name": 'x"} 1\nforged 1'})
    text = api.get("/metrics").text
    assert "no-such-entrypoint" not in text and "forged" not in text


def test_counters_never_fall_between_two_scrapes(world, api):
    before = samples(api)
    world.run_job("hello", {"name": "a"})
    world.run_job("exit", {"code": 2})
    after = samples(api)
    for (name, labels), value in before.items():
        if name.endswith(("_total", "_count", "_bucket")):
            assert after[(name, labels)] >= value, name
