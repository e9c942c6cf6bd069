"""A gated job from end to end: it waits, it is explained, approved, followed, and gives a result.

And the tour of the README, typed as it stands there.
"""
import json
import os
import re
import shutil
import subprocess

from harness import processes

from harness.entrypoints import DEPLOY, GATED, HELLO
from harness.problem import assert_problem
from harness.wait import always, until
from harness.world import ROOT, params_of, shell

JOB_ID = r"job_[0-9A-Z]{26}"


def start(world, **sections):
    world.configure({"deploy": DEPLOY, "gated": GATED, "hello": HELLO}, **sections)
    return world.start()


def me():
    import pwd
    return "os:" + pwd.getpwuid(os.getuid()).pw_name


def waiting(world, entrypoint="gated", params=None):
    job = world.api.submit(entrypoint, params or {"name": "a"})
    return world.wait_state(job["id"], "waiting_approval")


def test_gated_job_waits_is_explained_approved_followed_and_gives_its_result(world):
    """J22 N2: the tour of the README, by the CLI."""
    start(world)
    job_id = world.cli("--json", "submit", "deploy", "-p", "env=prod", code=0).json["id"]
    job = world.wait_state(job_id, "waiting_approval")
    assert job["step"] == "apply" and job["attempts"] == 1 and len(job["digest"]) == 64
    assert world.lines("ledger") == ["plan prod"]

    waiting_list = world.cli("waiting", code=0).out
    assert job_id[:12] in waiting_list or job_id in waiting_list
    assert job["digest"][:12] in world.cli("explain", job_id, code=0).out
    explained = world.cli("--json", "explain", job_id, code=0).json
    assert explained["state"] == "waiting_approval"
    condition, = [c for c in explained["conditions"] if c["what"] == "approval"]
    assert condition["until"] == job["approvalExpiresAt"]
    assert f"jobgate approve {job_id}" in condition["command"]
    assert condition["who"]
    assert world.lines("ledger") == ["plan prod"], "nothing runs before the approval"

    world.cli("approve", job_id, "--comment", "looks right", code=0)
    followed = world.cli("logs", job_id, "--follow", code=0)
    assert f"apply prod by {me()}" in followed.out
    job = world.wait_end(job_id)
    assert job["state"] == "succeeded" and job["result"] == {"applied": "prod"}
    assert world.lines("ledger") == ["plan prod", "apply prod"]
    assert [(a["by"], a["via"], a["digest"]) for a in job["approvals"]] == [
        (me(), "cli", job["digest"])]
    assert world.api.event_types(job_id) == [
        "job:submitted", "job:started", "job:waiting_approval", "job:approved", "job:resumed",
        "job:started", "job:succeeded"]
    shown = world.cli("show", job_id, code=0).out
    assert "succeeded" in shown and "applied" in shown


def tour():
    """(command, its output as shown) of every command in the README's first minute, in order."""
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        section = file.read().split("\n## 60 seconds\n")[1].split("\n## ")[0]
    steps = []
    for block in re.findall(r"```console\n(.*?)```", section, re.S):
        for line in block.splitlines():
            if line.startswith("$ "):
                steps.append((line[2:], []))
            else:
                steps[-1][1].append(line)
    return steps


def told(lines):
    """The lines without what differs from run to run: times, digests, and so some columns."""
    plain = []
    for line in lines:
        line = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", line)
        line = re.sub(r"\b[0-9a-f]{12}\b", "DIGEST", line)
        line = re.sub(r"took [\d.]+m?s$", "took SPAN", line)
        moved = re.sub(r"(?<= )(now|\d+s ago)(?= )", "MOMENT", line)
        plain.append(re.sub(" +", " ", moved) if moved != line or line.startswith("ID ") else line)
    return plain


def as_pattern(shown):
    """`…` stands for lines that the README leaves out."""
    return "".join("(.*\n)*" if line.strip() == "…" else re.escape(line) + "\n" for line in told(shown))


def test_tour_of_the_readme_prints_exactly_what_it_shows(world):
    steps = tour()
    assert len(steps) >= 9
    shutil.copytree(os.path.join(ROOT, "config"), world.path("config"), dirs_exist_ok=True)
    with open(world.config_path, encoding="utf-8") as file:
        world.write("config/jobs.json", file.read().replace(":8787", f":{world.port}"))
    world.start()
    os.mkdir(world.path("bin"))
    os.symlink(world.binary, world.path("bin", "jobgate"))
    names = {"/home/you/jobgate": os.path.realpath(world.dir), "os:you": me()}

    def here(text):
        for shown, real in names.items():
            text = text.replace(shown, real)
        return text

    for command, shown in steps:
        if command.startswith("alias "):
            continue
        process = processes.spawn(["/bin/sh", "-c", here(command)], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=world.dir,
                                  env={"PATH": world.path("bin") + ":/usr/bin:/bin",
                                       "HOME": world.dir, "LANG": "C.UTF-8"})
        printed = process.communicate(timeout=30)[0].decode()
        # What the README calls one job is one job here too.
        for ours, theirs in zip(re.findall(JOB_ID, "\n".join(shown)), re.findall(JOB_ID, printed)):
            names.setdefault(ours, theirs)
        expected = as_pattern([here(line) for line in shown])
        assert re.fullmatch(expected, "".join(line + "\n" for line in told(printed.splitlines()))), (
            f"$ {command}\n{printed}--- but the README shows\n" + "\n".join(shown))
        world.wait_drained()


def test_job_whose_first_step_is_gated_runs_nothing_before_its_approval(world):
    start(world)
    job = world.api.submit("gated", {"name": "a"})
    assert job["state"] == "waiting_approval" and job["attempts"] == 0
    always(lambda: not world.lines("ledger"), "it ran before its approval", 0.3)
    approved = world.api.approve(job["id"])
    assert approved["state"] in ("queued", "running", "succeeded")
    assert world.wait_end(job["id"])["state"] == "succeeded"
    assert world.lines("ledger") == ["apply a"]


def test_approvals_list_shows_what_will_run(world):
    start(world)
    job = waiting(world)
    entry, = world.api.ok("GET", "/api/v1/approvals")["approvals"]
    assert entry["job"]["id"] == job["id"]
    assert entry["digest"] == job["digest"]
    assert entry["expiresAt"] == job["approvalExpiresAt"]
    assert entry["argv"][-1] == "a" and entry["argv"][:2] == ["/bin/sh", "-c"]
    assert world.api.ok("GET", "/api/v1/approvals?expiringWithinMs=1000")["approvals"] == []
    assert len(world.api.ok("GET", "/api/v1/approvals?expiringWithinMs=90000000")["approvals"]) == 1


def test_rejected_job_is_canceled_with_the_reason_and_never_runs(world):
    """J22: rejected."""
    start(world)
    job = waiting(world)
    rejected = world.api.act(job["id"], "reject", {"reason": "not on a Friday"})
    assert rejected["state"] == "canceled"
    assert "not on a Friday" in rejected["lastError"]
    assert "job:rejected" in world.api.event_types(job["id"])
    assert_problem(world.api.post(f"/api/v1/jobs/{job['id']}/approve", {}), 409, "conflict")
    assert world.lines("ledger") == []


def test_expired_request_fails_the_job(world):
    """J22: expired. The shortest ttlMs is a second."""
    start(world)
    job = world.api.submit("gated", {"name": "a"}, ttlMs=1000)
    failed = world.wait_end(job["id"])
    assert failed["state"] == "failed" and failed["lastError"]
    assert "job:expired" in world.api.event_types(job["id"])
    assert_problem(world.api.post(f"/api/v1/jobs/{job['id']}/approve", {}), 409)
    assert world.lines("ledger") == []


def test_request_that_is_about_to_expire_is_warned_of_once(world):
    """J22: expiring."""
    start(world)
    job = world.api.submit("gated", {"name": "a"}, ttlMs=10000)  # less than expiryWarningHours: at half of it
    until(lambda: "job:expiring" in world.api.event_types(job["id"]), "the warning comes")
    world.api.submit("hello", {"name": "another turn"})
    assert world.api.event_types(job["id"]).count("job:expiring") == 1
    assert world.api.health()["data"]["jobs"]["approvals"]["expiringSoon"] == 1
    assert job["id"][-6:] in world.cli("waiting", "--expiring", code=0).out


def test_extended_request_outlives_its_first_expiry(world):
    start(world)
    job = world.api.submit("gated", {"name": "a"}, ttlMs=1200)
    extended = world.api.act(job["id"], "extend", {"ttlMs": 3600000})
    assert extended["approvalExpiresAt"] > job["approvalExpiresAt"]
    short = world.api.submit("gated", {"name": "b"}, ttlMs=1300)
    world.wait_state(short["id"], "failed")  # the clock has passed the first expiry
    assert world.api.job(job["id"])["state"] == "waiting_approval"
    world.cli("extend", job["id"], "--ttl", "2h", code=0)
    world.api.approve(job["id"])
    assert world.wait_end(job["id"])["state"] == "succeeded"


def test_approval_of_another_digest_is_a_conflict(world):
    start(world)
    job = waiting(world)
    response = world.api.post(f"/api/v1/jobs/{job['id']}/approve", {"digest": "0" * 64})
    assert_problem(response, 409, "conflict")
    assert_problem(world.api.post(f"/api/v1/jobs/{job['id']}/approve", {"digest": "abc"}), 400,
                   "invalid", "/digest")
    assert world.api.job(job["id"])["approvals"] == []
    assert world.api.approve(job["id"], digest=job["digest"][:12])["state"] != "waiting_approval"
    assert world.wait_end(job["id"])["state"] == "succeeded"


def test_approval_of_one_job_does_not_fit_another_with_the_same_params(world):
    declared = {**GATED, "dedupe": "none"}
    world.configure({"gated": declared})
    world.start()
    first, second = (world.api.submit("gated", {"name": "same"}) for _ in range(2))
    assert first["digest"] != second["digest"]
    response = world.api.post(f"/api/v1/jobs/{second['id']}/approve", {"digest": first["digest"]})
    assert_problem(response, 409)
    world.api.approve(first["id"], digest=first["digest"])
    assert world.wait_end(first["id"])["state"] == "succeeded"
    assert world.api.job(second["id"])["state"] == "waiting_approval"
    assert world.lines("ledger") == ["apply same"]


def test_approved_job_drifts_when_its_declaration_changed_before_the_start(world):
    """J22: drifted. It was approved while the worker was stopped, then the settings changed."""
    start(world)
    world.api.ok("POST", "/api/v1/worker/stop", {})
    job = waiting(world)
    approved = world.api.approve(job["id"])
    assert approved["state"] == "queued"
    assert world.stop() == 0
    changed = {**GATED, "steps": [{**GATED["steps"][0],
                                   "run": shell('echo "other $1" >> ledger', "{name}")}]}
    world.configure({"gated": changed, "hello": HELLO, "deploy": DEPLOY})
    world.start()
    world.api.ok("POST", "/api/v1/worker/start", {})
    drifted = world.wait_state(job["id"], "waiting_approval")
    assert drifted["digest"] != job["digest"] and drifted["approvals"] == []
    event, = [e for e in world.api.events(job["id"]) if e["type"] == "job:drifted"]
    assert "argv" in json.dumps(event["payload"])
    assert world.lines("ledger") == []
    assert_problem(world.api.post(f"/api/v1/jobs/{job['id']}/approve", {"digest": job["digest"]}),
                   409)
    world.api.approve(job["id"], digest=drifted["digest"])
    assert world.wait_end(job["id"])["state"] == "succeeded"
    assert world.lines("ledger") == ["other a"]


def test_change_of_queue_wide_limits_is_no_drift(world):
    start(world)
    world.api.ok("POST", "/api/v1/worker/stop", {})
    job = waiting(world)
    world.api.approve(job["id"])
    assert world.stop() == 0
    world.configure({"deploy": DEPLOY, "gated": GATED, "hello": HELLO},
                    queue={"maxConcurrent": 1, "maxQueueSize": 7})
    world.start()
    world.api.ok("POST", "/api/v1/worker/start", {})
    assert world.wait_end(job["id"])["state"] == "succeeded"
    assert "job:drifted" not in world.api.event_types(job["id"])


def test_approval_older_than_its_ttl_at_the_start_is_asked_for_again(world):
    start(world)
    world.api.ok("POST", "/api/v1/worker/stop", {})
    job = world.api.submit("gated", {"name": "a"}, ttlMs=1000)
    world.api.approve(job["id"])
    canary = world.api.submit("gated", {"name": "b"}, ttlMs=1100)
    world.wait_state(canary["id"], "failed")
    world.api.ok("POST", "/api/v1/worker/start", {})
    again = world.wait_state(job["id"], "waiting_approval", "succeeded")
    assert again["state"] == "waiting_approval" and again["approvals"] == []
    assert world.lines("ledger") == []


ASKS = {"run": shell(
    'if [ -n "$JOBGATE_APPROVED_BY" ]; then echo "approved by $JOBGATE_APPROVED_BY" >> ledger; '
    'else echo "asks" >> ledger; '
    'echo "{{\\"needsApproval\\": {{\\"issue\\": 123, \\"reason\\": \\"drops a table\\"}}}}" '
    '> "$JOBGATE_REQUEST"; fi'), "maxAttempts": 1}


def test_job_asks_for_approval_itself_and_is_run_again_once_approved(world):
    """J25: a job asks while it runs, naming an issue; the rerun is no try."""
    world.configure({"asks": ASKS})
    world.start()
    job = world.wait_state(world.api.submit("asks")["id"], "waiting_approval")
    assert job["issueId"] == 123 and job["attempts"] == 1 and job["tries"] == 0
    assert job["digest"]
    explained = world.api.ok("GET", f"/api/v1/jobs/{job['id']}/explain")
    assert "drops a table" in json.dumps(explained)
    assert world.api.attempts(job["id"])[0]["outcome"] == "asked_approval"
    world.api.approve(job["id"], digest=job["digest"])
    done = world.wait_end(job["id"])
    assert done["state"] == "succeeded" and done["attempts"] == 2 and done["tries"] == 1
    assert world.lines("ledger") == ["asks", f"approved by {me()}"]


def test_job_that_asked_and_was_rejected_does_not_run_again(world):
    """J25."""
    world.configure({"asks": ASKS})
    world.start()
    job = world.wait_state(world.api.submit("asks")["id"], "waiting_approval")
    assert world.api.act(job["id"], "reject", {})["state"] == "canceled"
    assert world.lines("ledger") == ["asks"]


def test_approval_request_that_is_no_valid_json_fails_the_attempt_and_says_so(world):
    """J25."""
    world.configure({"bad": {"run": shell('echo "{{broken" > "$JOBGATE_REQUEST"'),
                             "maxAttempts": 1}})
    world.start()
    job = world.run_job("bad")
    assert job["state"] == "dead_lettered" and "JOBGATE_REQUEST" in job["lastError"]


def test_gate_with_named_approvers_refuses_everybody_else(world):
    declared = {**GATED, "steps": [{**GATED["steps"][0],
                                    "gate": {"approvers": ["os:somebody-else"]}}]}
    world.configure({"gated": declared})
    world.start()
    job = world.api.submit("gated", {"name": "a"})
    response = world.api.post(f"/api/v1/jobs/{job['id']}/approve", {})
    assert_problem(response, 403, "forbidden")
    assert world.cli("approve", job["id"]).code == 5
    assert "job:approval_refused" in world.api.event_types(job["id"])
    assert world.api.job(job["id"])["state"] == "waiting_approval"


def test_gate_without_self_approval_refuses_the_requester(world):
    declared = {**GATED, "steps": [{**GATED["steps"][0], "gate": {"allowSelfApproval": False}}]}
    world.configure({"gated": declared})
    world.start()
    job = world.api.submit("gated", {"name": "a"})
    assert_problem(world.api.post(f"/api/v1/jobs/{job['id']}/approve", {}), 403, "forbidden")
    assert world.api.job(job["id"])["state"] == "waiting_approval"
    assert world.api.act(job["id"], "reject", {})["state"] == "canceled", "rejecting is theirs"


def test_tries_inside_the_approved_retry_policy_need_no_further_approval(world):
    declared = {"steps": [{"name": "flaky", "gate": True, "run": shell(
        'echo "$JOBGATE_ATTEMPT" >> ledger; test "$JOBGATE_ATTEMPT" -ge 3')}], "maxAttempts": 3}
    world.configure({"flaky": declared})
    world.start()
    job = world.api.submit("flaky")
    world.api.approve(job["id"])
    done = world.wait_end(job["id"])
    assert done["state"] == "succeeded" and done["tries"] == 3
    assert world.lines("ledger") == ["1", "2", "3"]
    assert world.api.event_types(job["id"]).count("job:approved") == 1
    assert {a["digest"] for a in world.api.attempts(job["id"])} == {job["digest"]}


def test_more_waiting_jobs_than_max_waiting_are_refused(world):
    world.configure({"gated": GATED, "hello": HELLO}, approval={"maxWaiting": 2})
    world.start()
    for name in "ab":
        world.api.submit("gated", {"name": name})
    response = world.api.post("/api/v1/jobs", {"entrypoint": "gated", "params": {"name": "c"}})
    assert_problem(response, 429)
    assert response.headers["retry-after"]
    assert world.run_job("hello", {"name": "still works"})["state"] == "succeeded"


def test_params_reach_the_gate_document_in_the_approvals_list(world):
    world.configure({"gated": {**GATED, "params": params_of("name")}})
    world.start()
    job = world.api.submit("gated", {"name": "a; rm -rf /"})
    entry, = world.api.ok("GET", "/api/v1/approvals")["approvals"]
    assert entry["argv"][-1] == "a; rm -rf /"
    world.api.approve(job["id"])
    assert world.wait_end(job["id"])["state"] == "succeeded"
    assert world.lines("ledger") == ["apply a; rm -rf /"]
