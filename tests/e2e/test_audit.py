"""The history as evidence: docs/audit.md, its chain computed a second time, and what breaks it."""
import glob
import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess

import pytest

from harness import jsonl
from harness.entrypoints import GATED, HELLO
from harness.github_gate import asked, comments
from harness.problem import assert_problem
from harness.store import KIND, copy_of
from harness.wait import until
from harness.world import shell
from tests.github.faults import Status

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ZEROS = "0" * 64


def page():
    with open(os.path.join(ROOT, "docs/audit.md"), encoding="utf-8") as file:
        return file.read()


def chain_after_of_the_page():
    (source,) = re.findall(r"```python\n(.*?)```", page(), re.S)
    names = {"json": json, "hashlib": hashlib}
    exec(source, names)
    return names["chain_after"]


@pytest.fixture
def approved(world):
    """A daemon with a job that was approved, and some others."""
    world.configure({"hello": HELLO, "gated": GATED})
    world.start()
    world.run_job("hello", {"name": "a"})
    job = world.api.submit("gated", {"name": "prod"})
    world.api.approve(job["id"], comment="after the \"freeze\"")
    world.wait_end(job["id"])
    world.job = world.api.job(job["id"])
    return world


@pytest.fixture(params=["daemon", "files"])
def audited(request, approved):
    if request.param == "files":
        assert approved.stop() == 0
    return approved


@pytest.fixture
def stopped(approved):
    """Nobody has the store. What the test makes of it is no store that the harness should look at afterwards."""
    assert approved.stop() == 0
    yield approved
    if approved.daemon:
        approved.stop()
    for path in glob.glob(approved.store_path + "*"):
        os.unlink(path)


def verify(world, *arguments, code=0):
    return world.cli("--json", "audit", "verify", *arguments, code=code).json


def events_of(world):
    with copy_of(world.store_path) as connection:
        return [dict(row) for row in connection.execute("SELECT * FROM events ORDER BY seq")]


def compact(payload):
    return json.dumps(json.loads(payload), separators=(",", ":"), ensure_ascii=False)


def test_the_chain_is_what_the_page_says(audited):
    """N7: an independent program computes every hash anew."""
    report = verify(audited)
    assert report["sound"] is True and report["break"] is None
    chain_after, head = chain_after_of_the_page(), ""
    events = events_of(audited)
    for event in events:
        head = chain_after(head, event["seq"], event["at"], event["type"], event["job_id"],
                           event["actor"], compact(event["payload_json"]))
        assert event["chain"].hex() == head, event
    assert (report["head"], report["lastSeq"]) == (head, len(events))
    assert (report["events"], report["eventsBefore"], report["firstSeq"]) == (len(events), 0, 1)
    text = audited.cli("audit", "verify", code=0).out
    assert f"{len(events)}:{head}" in text and "sound" in text and "BROKEN" not in text


def test_heads_that_were_kept_outside_are_compared(audited):
    events = events_of(audited)
    kept = [f"{event['seq']}:{event['chain'].hex()}" for event in (events[0], events[-1])]
    report = verify(audited, "--head", kept[0], "--head", kept[1])
    assert [head["matches"] for head in report["heads"]] == [True, True]
    other = f"2:{events[0]['chain'].hex()}"
    late = f"{len(events) + 1}:{ZEROS}"
    report = verify(audited, "--head", kept[0], "--head", other, "--head", late, code=1)
    assert [head["matches"] for head in report["heads"]] == [True, False, False]
    assert report["sound"] is False and report["break"] is None
    assert events[1]["chain"].hex() in report["heads"][1]["what"]
    assert "there is no event" in report["heads"][2]["what"]
    assert "DIFFERS" in audited.cli("audit", "verify", "--head", other, code=1).out
    for wrong in ("", "2", "2:abc", f"x:{ZEROS}", f"0:{ZEROS}"):
        assert audited.cli("audit", "verify", "--head", wrong).code == 2, wrong


def test_heads_are_compared_over_http(approved):
    report = approved.api.ok("GET", "/api/v1/audit/verify")
    head = f"{report['lastSeq']}:{report['head']}"
    again = approved.api.ok("GET", f"/api/v1/audit/verify?head={head}&head=1:{ZEROS}")
    assert [one["matches"] for one in again["heads"]] == [True, False]
    assert_problem(approved.api.get("/api/v1/audit/verify?head=1:xyz"), 400)
    of_another = {"head": f"1:{ZEROS}", "jobId": "job_x", "origin": ZEROS[:12]}
    report = approved.api.ok("POST", "/api/v1/audit/verify", {"heads": [{"head": head}, of_another]})
    assert [(one["matches"], one["ofAnotherStore"]) for one in report["heads"]] == [(True, False), (False, True)]
    assert report["sound"] is True
    wrong = approved.api.post("/api/v1/audit/verify", {"heads": [{"head": head}, {"head": "1:xyz", "origin": "0"}]})
    assert [e["pointer"] for e in assert_problem(wrong, 400)["errors"]] == ["/heads/1/head", "/heads/1/origin"]
    assert_problem(approved.api.post("/api/v1/audit/verify", {"heads": [{"head": head}] * 2001}), 413)
    assert approved.api.get("/api/v1/audit/verify", token=None).status == 401


# --- what somebody with access to the files may do

def sqlite3_program(world, sql):
    subprocess.run(["sqlite3", world.store_path, sql], check=True, capture_output=True)


def change_events(world, change):
    """Every event of a JSONL log through `change`, the lines as good as before."""
    def of_op(op):
        if "event" not in op:
            return op
        event = change(op["event"])
        return None if event is None else {"event": event}
    jsonl.rewrite(world.store_path, of_op)


def edited_actor(world, seq):
    if KIND == "sqlite":
        sqlite3_program(world, f"UPDATE events SET actor = 'os:eve' WHERE seq = {seq}")
    else:
        change_events(world, lambda e: {**e, "actor": "os:eve"} if e["seq"] == seq else e)
    return seq


def edited_payload(world, seq):
    if KIND == "sqlite":
        sqlite3_program(world, f"UPDATE events SET payload_json = '{{}}' WHERE seq = {seq}")
    else:
        change_events(world, lambda e: {**e, "payload": {}} if e["seq"] == seq else e)
    return seq


def edited_with_its_own_hash_anew(world, seq):
    """The one behind it gives it away."""
    events = events_of(world)
    before, event = events[seq - 2]["chain"].hex(), events[seq - 1]
    anew = chain_after_of_the_page()(before, seq, event["at"], event["type"], event["job_id"],
                                     "os:eve", compact(event["payload_json"]))
    if KIND == "sqlite":
        sqlite3_program(world, f"UPDATE events SET actor = 'os:eve', chain = x'{anew}' "
                               f"WHERE seq = {seq}")
    else:
        change_events(world, lambda e: {**e, "actor": "os:eve", "chain": anew}
                      if e["seq"] == seq else e)
    return seq + 1


def removed(world, seq):
    if KIND == "sqlite":
        sqlite3_program(world, f"DELETE FROM events WHERE seq = {seq}")
    else:
        change_events(world, lambda e: None if e["seq"] == seq else e)
    return seq + 1


def removed_and_numbered_anew(world, seq):
    if KIND == "sqlite":
        sqlite3_program(world, f"DELETE FROM events WHERE seq = {seq};"
                               f"UPDATE events SET seq = seq - 1 WHERE seq > {seq}")
    else:
        change_events(world, lambda e: None if e["seq"] == seq else
                      {**e, "seq": e["seq"] - 1} if e["seq"] > seq else e)
    return seq


def exchanged(world, seq):
    if KIND == "sqlite":
        sqlite3_program(world, f"UPDATE events SET seq = 1000000 WHERE seq = {seq};"
                               f"UPDATE events SET seq = {seq} WHERE seq = {seq + 1};"
                               f"UPDATE events SET seq = {seq + 1} WHERE seq = 1000000")
    else:
        found = {}
        change_events(world, lambda e: found.setdefault(e["seq"], e))
        change_events(world, lambda e: {**found[2 * seq + 1 - e["seq"]], "seq": e["seq"]}
                      if e["seq"] in (seq, seq + 1) else e)
    return seq


def forged_behind_the_last(world, _, chain=None):
    seq = len(events_of(world)) + 1
    if KIND == "sqlite":
        value = f"x'{chain}'" if chain else "NULL"
        sqlite3_program(world, f"INSERT INTO events SELECT {seq}, at, 'job:approved', job_id, "
                               f"'os:eve', payload_json, {value} FROM events WHERE seq = {seq - 1}")
    else:
        forged = {"seq": seq, "atMs": 1, "type": "job:approved", "actor": "os:eve", "payload": {}}
        jsonl.append_turn(world.store_path,
                          [{"event": {**forged, **({"chain": chain} if chain else {})}}])
    return seq


def forged_with_some_hash(world, seq):
    return forged_behind_the_last(world, seq, chain="ab" * 32)


def stripped_of_every_hash(world, _):
    """As if all of it were from before the chain."""
    if KIND == "sqlite":
        sqlite3_program(world, "UPDATE events SET chain = NULL")
    else:
        change_events(world, lambda e: {k: v for k, v in e.items() if k != "chain"})
    return 1


TAMPERINGS = [stripped_of_every_hash, edited_actor, edited_payload, edited_with_its_own_hash_anew, removed,
              removed_and_numbered_anew, exchanged, forged_behind_the_last, forged_with_some_hash]


def submission(world):
    """The event of the second submission: others stand before it, behind it and in its turn."""
    return [e["seq"] for e in events_of(world) if e["type"] == "job:submitted"][1]


@pytest.mark.parametrize("tamper", TAMPERINGS)
def test_what_somebody_did_to_the_history_is_named_with_and_without_a_daemon(stopped, tamper):
    """N7."""
    assert verify(stopped)["sound"] is True
    kept = stopped.cli("--json", "audit", "verify").json
    expected = tamper(stopped, submission(stopped))
    report = verify(stopped, code=1)
    assert report["sound"] is False and report["break"]["seq"] == expected, report
    assert f"event {expected}" in report["break"]["what"]
    text = stopped.cli("audit", "verify", code=1)
    assert "BROKEN" in text.out and "docs/audit.md" in text.err
    found = {check["name"]: check["findings"] for check in
             stopped.cli("--json", "store", "verify", code=1).json["checks"] if check["findings"]}
    assert found["chain"] == [report["break"]["what"]]

    stopped.start()
    assert verify(stopped, code=1)["break"] == report["break"]
    assert stopped.run_job("hello", {"name": "goes on"})["state"] == "succeeded"
    assert verify(stopped, code=1)["break"] == report["break"]
    if tamper in (edited_actor, edited_payload):  # what is missing is no sound copy
        assert stopped.cli("store", "backup", stopped.path("evidence"), code=0)
    assert kept["lastSeq"] > expected or tamper in (forged_behind_the_last, forged_with_some_hash)


def test_what_only_a_witness_outside_can_tell(stopped):
    """The newest events are gone, and the rest is a sound chain."""
    before = verify(stopped)
    last = before["lastSeq"]
    if KIND == "sqlite":
        sqlite3_program(stopped, f"DELETE FROM events WHERE seq = {last}")
    else:
        change_events(stopped, lambda e: None if e["seq"] == last else e)
    assert verify(stopped)["sound"] is True
    report = verify(stopped, "--head", f"{last}:{before['head']}", code=1)
    assert "there is no event" in report["heads"][0]["what"]


def test_events_from_before_the_chain_are_told_apart(stopped):
    """As an upgrade leaves them."""
    count = len(events_of(stopped))
    stripped_of_every_hash(stopped, 0)
    if KIND == "sqlite":
        sqlite3_program(stopped, "DELETE FROM settings WHERE key = 'audit.chainBegins'")
    else:
        jsonl.rewrite(stopped.store_path, lambda op: op if "audit.chainBegins" not in str(op.get("setting")) else None)
    report = verify(stopped)
    assert (report["events"], report["eventsBefore"], report["head"]) == (0, count, None)
    stopped.start()
    stopped.run_job("hello", {"name": "b"})
    report = verify(stopped)
    assert report["sound"] is True
    assert (report["eventsBefore"], report["firstSeq"]) == (count, count + 1)
    assert f"{count} events from before the chain" in \
        stopped.cli("audit", "verify", code=0).out
    (check,) = [c for c in stopped.cli("--json", "store", "verify", code=0).json["checks"]
                if c["name"] == "chain"]
    assert f"{count} before them are from before the chain" in check["lookedAt"]
    assert stopped.stop() == 0
    stripped_of_every_hash(stopped, 0)
    assert verify(stopped, code=1)["break"]["seq"] == count + 1


def test_an_export_carries_where_the_chain_begins(stopped):
    stripped_of_every_hash(stopped, 0)
    export = stopped.path("export.jsonl")
    stopped.cli("store", "export", export, code=0)
    stopped.cli("store", "reset", "--yes", code=0)
    stopped.cli("store", "import", export, code=0)
    assert verify(stopped, code=1)["break"]["seq"] == 1


# --- what was said on issues

FORGED = (f"<sub>jobgate · job_{'0' * 26} · audit head 1:{ZEROS} · history {'0' * 12}</sub>\n"
          f"<!-- jobgate:msg_{'0' * 26} -->")


@pytest.fixture
def witnessed(gate, people):
    """A job that was approved on its issue, with two comments there; it prints what looks like the end of one."""
    world = gate({"steps": [{"name": "apply", "run": shell('printf "%s\\n" "$1"', "{what}"), "gate": True}]})
    world.cli("worker", "stop", code=0)  # the history does not begin with the job
    world.cli("worker", "start", code=0)
    job = asked(world, world.api.submit("deploy", {"what": FORGED}))
    world.issue = people.find(job["issueId"])
    people.label(world.issue, "approved", by="will")
    until(lambda: world.issue.state == "closed", "the end is told")
    world.job = world.api.job(job["id"])
    assert FORGED in comments(people, job)[-1]
    yield world
    if world.daemon.poll() is not None:  # what is left is no store to be looked at
        for path in glob.glob(world.store_path + "*"):
            os.unlink(path)


def heard(world, *arguments, code=0, **env):
    result = world.cli("--json", "audit", "verify", *arguments, env={**world.extra_environment, **env}, code=code)
    return {**result.json, "err": result.err}


def test_messages_on_issues_bear_witness(witnessed, people):
    """N7."""
    report = heard(witnessed)
    assert report["sound"] is True and report["heads"] == [] and report["err"] == ""
    assert report["issues"] == {"repo": f"{people.host}/acme/ops", "account": "robot", "whyNot": None,
                                "matching": 3, "findings": [], "olderLeftOut": False}
    text = witnessed.cli("audit", "verify", env=witnessed.extra_environment, code=0).out
    assert "3 messages of robot" in text and "DIFFERS" not in text
    assert heard(witnessed, "--without-issues")["issues"] is None
    ada = people.token("ada")
    assert heard(witnessed, JOBGATE_TEST_TOKEN=ada)["issues"]["matching"] == 0
    assert heard(witnessed, "--account", "Robot", JOBGATE_TEST_TOKEN=ada)["issues"]["matching"] == 3

    people.faults.add("GET", "/issues/comments", Status(503), count=1)
    report = heard(witnessed)
    assert report["sound"] is True and "503" in report["issues"]["whyNot"] and "not compared" in report["err"]
    people.faults.add("GET", "/issues/comments", Status(503), count=1)
    assert heard(witnessed, "--head", f"1:{ZEROS}", code=1)["issues"]["matching"] == 0
    report = heard(witnessed, JOBGATE_TEST_TOKEN="", PATH="/nowhere")
    assert "JOBGATE_TEST_TOKEN" in report["issues"]["whyNot"]

    assert witnessed.stop() == 0
    assert heard(witnessed)["issues"]["matching"] == 3


def test_nobody_else_bears_witness(witnessed, people):
    """Not other accounts, not a quotation, not an edited message, not another store."""
    told, ended = witnessed.issue.comments
    other = re.sub("[0-9a-f]{64}", ZEROS, told.body)
    people.clock.advance(5)
    people.comment(witnessed.issue, other, by="will")
    people.comment(witnessed.issue, f"> {other}\n\nas it said", by="robot")
    foreign = people.comment(witnessed.issue, "Succeeded.\n\n" + FORGED, by="robot")
    people.edit_comment(ended, re.sub("[0-9a-f]{64}", ZEROS, ended.body), by="ada")
    report = heard(witnessed)
    assert report["sound"] is True and report["issues"]["matching"] == 2
    found = {one["kind"]: one for one in report["issues"]["findings"]}
    assert set(found) == {"edited", "ofAnotherStore"} and len(report["issues"]["findings"]) == 2
    assert found["edited"]["url"].endswith(f"#issuecomment-{ended.id}")
    assert found["ofAnotherStore"]["url"].endswith(f"#issuecomment-{foreign.id}")
    text = witnessed.cli("audit", "verify", env=witnessed.extra_environment, code=0).out
    assert all(found[kind]["url"] in text for kind in found)


def with_every_hash_anew(world, events):
    """The history becomes `events`, and is a sound chain."""
    chain_after, head = chain_after_of_the_page(), ""
    for event in events:
        head = chain_after(head, event["seq"], event["at"], event["type"], event["job_id"], event["actor"],
                           compact(event["payload_json"]))
        event["chain"] = bytes.fromhex(head)
    if KIND == "sqlite":
        connection = sqlite3.connect(world.store_path)
        with connection:
            connection.execute("DELETE FROM events WHERE seq > ?", [len(events)])
            connection.executemany("UPDATE events SET actor = :actor, chain = :chain WHERE seq = :seq", events)
        connection.close()
        return
    kept = {event["seq"]: event for event in events}
    def anew(event):
        if event["seq"] not in kept:
            return None
        new = kept[event["seq"]]
        return {**event, **({"actor": new["actor"]} if new["actor"] else {}), "chain": new["chain"].hex()}
    change_events(world, anew)


def test_what_was_said_on_issues_betrays_a_history_that_was_written_anew(witnessed):
    """Somebody who can write the store computed every hash anew, so that the chain is sound."""
    assert witnessed.stop() == 0
    before = events_of(witnessed)
    kept = [(path, witnessed.path(os.path.basename(path))) for path in glob.glob(witnessed.store_path + "*")]
    for path, copy in kept:
        shutil.copyfile(path, copy)
    def first(type_):
        return next(event["seq"] for event in before if event["type"] == type_)
    told, ended = witnessed.issue.comments

    def tampered(events, differing, what):
        for path in glob.glob(witnessed.store_path + "*"):
            os.unlink(path)
        for path, copy in kept:
            shutil.copyfile(copy, path)
        with_every_hash_anew(witnessed, [dict(event) for event in events])
        assert heard(witnessed, "--without-issues")["sound"] is True
        report = heard(witnessed, code=1)
        assert report["sound"] is False and report["break"] is None
        assert report["issues"]["matching"] == 3 - len(differing)
        found = {one["url"].rpartition("#")[2]: one for one in report["issues"]["findings"]}
        assert {one["kind"] for one in found.values()} == {"differs"} and len(found) == len(differing)
        for comment in differing:
            one = found[f"issuecomment-{comment.id}"] if comment else found[next(iter(set(found) - {
                f"issuecomment-{told.id}", f"issuecomment-{ended.id}"}))]
            assert what(one) in one["what"] and before[one["seq"] - 1]["chain"].hex() == one["hash"]
        return report

    approved, asked_for = first("job:approved"), first("job:submitted")
    forged = [{**event, "actor": "github:eve"} if event["seq"] == approved else event for event in before]
    def hash_here(one):
        return events_of(witnessed)[one["seq"] - 1]["chain"].hex()
    tampered(forged, [told, ended], hash_here)
    text = witnessed.cli("audit", "verify", env=witnessed.extra_environment, code=1).out
    assert "DIFFERS" in text and f"#issuecomment-{ended.id}" in text
    witnessed.start()
    assert len(heard(witnessed, code=1)["issues"]["findings"]) == 2
    assert witnessed.stop() == 0

    def gone(one):
        return f"there is no event {one['seq']}"
    tampered(before[:approved], [ended], gone)
    tampered(before[:asked_for - 1], [None, told, ended], gone)  # nothing is left of the job


# --- the questions of the page

def questions():
    return dict(re.findall(r"\*\*([^*]+)\*\*[^`]*```sql\n(.*?)```", page(), re.S))


def rows(world, sql):
    answer = world.cli("--json", "store", "query", sql, code=0).json
    return [dict(zip(answer["columns"], row)) for row in answer["rows"]]


def test_every_question_of_the_page_is_answered(audited):
    """N7: who approved what, when, and what ran."""
    found = questions()
    assert len(found) == page().count("```sql") == 7
    answers = {name.split(",")[0].split(" (")[0].rstrip(":"): rows(audited, sql)
               for name, sql in found.items()}
    job = audited.job
    (approval,) = answers["Who approved what"]
    assert approval["actor"] == job["approvals"][0]["by"] and approval["job_id"] == job["id"]
    assert approval["digest"] == job["approvals"][0]["digest"] and approval["step"] == "apply"
    assert "prod" in json.loads(approval["ran"])
    assert approval["approved_at"] <= approval["started_at"]
    (ran,) = answers["What ran under an approval"]
    assert (ran["job_id"], ran["outcome"], ran["exit_code"]) == (job["id"], "succeeded", 0)
    assert ran["approved_by"] == approval["actor"] and ran["digest"] == approval["digest"]
    assert answers["What ran under an approval that the history does not know"] == []
    assert [row["id"] for row in answers["Who approved what they had asked for themselves"]] == \
        [job["id"]]
    assert answers["What was refused"] == []
    assert "job:approved" in [row["type"] for row in answers["Everything that people and tokens did"]]
    story = answers["The whole story of the newest job that was approved"]
    assert [row["type"] for row in story][:4] == ["job:submitted", "job:waiting_approval",
                                                  "job:approved", "job:resumed"]
    assert verify(audited, "--head", f"{story[2]['seq']}:{story[2]['hash']}")["sound"] is True
