"""What a job finds and leaves: its user, its umask, and no secret in what is kept of it."""
import json
import os
import pwd
import stat

from harness.entrypoints import HOLD
from harness.world import shell


def said(world, script, environment=None):
    """What a job prints that runs `script` under a fresh daemon."""
    world.configure({"it": {"run": shell(script), "maxAttempts": 1}})
    world.start(environment=environment)
    job = world.run_job("it")
    assert job["state"] == "succeeded", world.api.logs(job["id"], stream="stderr")
    return world.api.logs(job["id"])


def test_user_and_home_are_the_daemons_account_where_the_environment_names_none(world):
    user = pwd.getpwuid(os.geteuid())
    seen = said(world, 'echo "$USER:$HOME"', environment={"USER": "", "HOME": ""})
    assert seen == f"{user.pw_name}:{user.pw_dir}\n"


def test_user_is_the_account_even_where_the_environment_names_another(world):
    seen = said(world, 'echo "$USER"', environment={"USER": "somebody-else"})
    assert seen == pwd.getpwuid(os.geteuid()).pw_name + "\n"


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def test_job_has_the_umask_that_serve_was_started_with(world):
    before = os.umask(0o022)
    try:
        seen = said(world, "umask; mkdir site; echo hello > site/index.html")
    finally:
        os.umask(before)
    assert seen == "0022\n"
    assert mode_of(world.path("site")) == 0o755
    assert mode_of(world.path("site", "index.html")) == 0o644


def test_umask_stays_that_of_the_supervisors_start_while_a_job_runs_on(world):
    world.configure({"hold": HOLD, "it": {"run": shell("umask"), "maxAttempts": 1}})
    brake = world.hold("x")
    before = os.umask(0o027)
    try:
        world.start()
        held = world.api.submit("hold", {"name": "x"})
        brake.wait_reader()
        os.umask(0o002)
        world.restart()
        assert world.api.logs(world.run_job("it")["id"]) == "0027\n"
    finally:
        os.umask(before)
    brake.release()
    assert world.wait_end(held["id"])["state"] == "succeeded"


def test_what_jobgate_writes_is_private_whatever_the_umask(world):
    before = os.umask(0)
    try:
        said(world, "echo out; echo 1 > $JOBGATE_RESULT.mine")
    finally:
        os.umask(before)
    theirs = []
    for folder, folders, names in os.walk(world.store_dir):
        theirs += [os.path.join(folder, name) for name in [*folders, *names]
                   if mode_of(os.path.join(folder, name)) & 0o077 and not name.endswith(".mine")]
    assert not theirs, [(path, oct(mode_of(path))) for path in theirs]


def test_secret_in_a_result_is_redacted_however_it_is_written(world):
    secret = 'p"a\\ss-4711'
    world.extra_environment = {"TOK": secret, "PIN": "90210"}
    world.write("leak.py", "import json, os\n"
                "tok = os.environ['TOK']\n"
                "json.dump({'url': f'https://u:{tok}@h/', 'pin': 90210, tok: [tok], 'kept': 17},\n"
                "          open(os.environ['JOBGATE_RESULT'], 'w'))\n")
    world.configure({"leak": {"run": ["/usr/bin/python3", "-I", world.path("leak.py")],
                              "secrets": ["TOK", "PIN"], "maxAttempts": 1}})
    world.start()
    job = world.run_job("leak")
    assert job["state"] == "succeeded" and job["lastError"] is None
    assert job["result"] == {"url": "https://u:[redacted]@h/", "pin": "[redacted]",
                             "[redacted]": ["[redacted]"], "kept": 17}
    everything = json.dumps([world.api.job(job["id"]),
                             world.api.ok("GET", f"/api/v1/jobs/{job['id']}/events")])
    for spelling in (secret, json.dumps(secret)[1:-1], "90210"):
        assert spelling not in everything
        assert spelling not in world.cli("--json", "show", job["id"], code=0).out


def test_secret_in_a_result_that_is_no_json_or_in_a_request_is_not_shown(world):
    world.extra_environment = {"TOK": "canary-81"}
    world.configure({
        "broken": {"run": shell('printf \'["%s"\' "$TOK" > $JOBGATE_RESULT'),
                   "secrets": ["TOK"]},
        "asks": {"run": shell('printf \'{{"needsApproval": {{"reason": "with %s"}}}}\' "$TOK"'
                              ' > $JOBGATE_REQUEST'), "secrets": ["TOK"]}})
    world.start()
    broken = world.run_job("broken")
    assert "JOBGATE_RESULT" in broken["lastError"] and "canary" not in json.dumps(broken)
    waiting = world.wait_state(world.api.submit("asks")["id"], "waiting_approval")
    approvals = json.dumps(world.api.ok("GET", "/api/v1/approvals"))
    assert "with [redacted]" in approvals and "canary" not in approvals + json.dumps(waiting)
