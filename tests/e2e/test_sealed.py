"""Runs from a git commit and from sealed copies, seen from outside."""
import os
import subprocess

import pytest
from harness.wait import until


def git(world, *words, repo="."):
    return subprocess.run(
        ["git", "-C", world.path(repo), "-c", "user.name=t", "-c", "user.email=t@example.invalid",
         *words], check=True, capture_output=True, text=True).stdout.strip()


def commit(world, text, name="deploy.sh", mode=0o755):
    """Writes a file of the repository in the world's folder and commits it."""
    if not os.path.isdir(world.path(".git")):
        git(world, "init", "-q", "-b", "main")
        world.write(".gitignore", "data\nconfig\ndaemon.*\nledger\n")
    world.write(name, text, mode=mode)
    git(world, "add", "-A")
    git(world, "commit", "-q", "-m", "x")
    return git(world, "rev-parse", "HEAD")


def script(text):
    return "#!/bin/sh\n" + text + "\n"


def ledger(world, line):
    return script(f'echo "{line} $(pwd)" >> {world.path("ledger")}')


def gated(run, **more):
    return {"steps": [{"name": "apply", "run": run, "gate": True}], "dedupe": "none", **more}


def approved_but_not_started(world, entrypoint):
    world.cli("worker", "stop", code=0)
    job = world.api.submit(entrypoint, {})
    world.api.approve(job["id"])
    return job


def start_worker(world):
    world.cli("worker", "start", code=0)


def back_at_its_gate(world, job):
    """Starts the worker, waits until the job is refused, and returns the differences."""
    start_worker(world)
    back = world.wait_state(job["id"], "waiting_approval")
    drifted, = [e for e in world.api.events(job["id"]) if e["type"] == "job:drifted"]
    assert world.lines("ledger") == []
    explained = world.cli("explain", back["id"], code=0).out
    assert "no longer what was approved" in explained
    return drifted["payload"]["differences"]


def nothing_is_left(world):
    until(lambda: os.listdir(world.path("data", "runs.sealed")) == [], "the sealed folders are gone")


PINNED = {"git": {"ref": "main"}, "dedupe": "none"}


def test_a_git_job_runs_a_clean_export_of_its_commit(world):
    head = commit(world, ledger(world, "committed"))
    world.configure({"deploy": {"run": ["./deploy.sh"], **PINNED}})
    world.write("deploy.sh", ledger(world, "edited"), mode=0o755)
    world.write("untracked", "x")
    world.start()
    assert head in world.cli("submit", "deploy", "--dry-run", code=0).out
    job = world.api.submit("deploy", {})
    assert job["gitCommit"] == head
    assert world.wait_state(job["id"], "succeeded")["gitCommit"] == head
    line, = world.lines("ledger")
    folder = line.split()[1]
    assert line.startswith("committed ") and folder.endswith(f"/data/runs.sealed/{job['id']}.1")
    nothing_is_left(world)


def test_a_git_job_finds_its_place_its_files_and_nothing_else(world):
    commit(world, "shared\n", name="lib/shared.txt", mode=0o644)
    commit(world, script(f'ls -A .. > {world.path("seen")}; cat ../lib/shared.txt >> '
                         f'{world.path("seen")}; touch made'), name="infra/run.sh")
    world.configure({"deploy": {"run": ["./run.sh"], "cwd": "infra", **PINNED}})
    world.start()
    world.wait_state(world.api.submit("deploy", {})["id"], "succeeded")
    assert world.lines("seen") == [".gitignore", "infra", "lib", "shared"]
    assert not os.path.exists(world.path("infra", "made"))


def test_an_unknown_ref_or_repository_refuses_the_submission(world):
    commit(world, script("true"))
    world.configure({"lost": {"run": ["./deploy.sh"], "git": {"ref": "nowhere"}},
                     "none": {"run": ["./x"], "git": {"repo": "data", "ref": "main"}}})
    world.start()
    for entrypoint, words in (("lost", "names no commit"), ("none", "is no git repository")):
        answer = world.api.post("/api/v1/jobs", {"entrypoint": entrypoint, "params": {}})
        assert answer.status == 400
        assert answer.json["errors"][0]["pointer"] == "/entrypoint"
        assert words in answer.json["errors"][0]["detail"]
    refused = world.cli("submit", "lost")
    assert refused.code == 2 and "correct git.ref" in refused.err


def test_a_moved_ref_runs_the_commit_that_was_approved(world):
    first = commit(world, ledger(world, "first"))
    world.configure({"deploy": gated(["./deploy.sh"], git={"ref": "main"})})
    world.start()
    job = approved_but_not_started(world, "deploy")
    commit(world, ledger(world, "second"))
    start_worker(world)
    assert world.wait_state(job["id"], "succeeded")["gitCommit"] == first
    assert world.lines("ledger")[0].startswith("first ")


def test_a_commit_that_was_pruned_is_drift(world):
    commit(world, ledger(world, "kept"))
    world.configure({"deploy": gated(["./deploy.sh"], git={"ref": "main"})})
    world.start()
    gone = commit(world, ledger(world, "gone"))
    job = approved_but_not_started(world, "deploy")
    git(world, "reset", "-q", "--hard", "HEAD~1")
    git(world, "reflog", "expire", "--expire=now", "--all")
    git(world, "gc", "-q", "--prune=now")
    differences = back_at_its_gate(world, job)
    assert f'gitCommit: "{gone}" → null' in differences
    world.api.approve(job["id"])
    world.wait_state(job["id"], "succeeded")
    assert world.lines("ledger")[0].startswith("kept ")


def test_a_link_out_of_the_commit_runs_nothing_and_says_why(world):
    commit(world, ledger(world, "ran"))
    os.symlink("/etc/passwd", world.path("link"))
    git(world, "add", "-A")
    git(world, "commit", "-q", "-m", "x")
    world.configure({"deploy": {"run": ["./deploy.sh"], "maxAttempts": 1, **PINNED}})
    world.start()
    ended = world.wait_state(world.api.submit("deploy", {})["id"], "dead_lettered")
    assert "the link link leads out of the repository" in ended["lastError"]
    assert world.lines("ledger") == []
    nothing_is_left(world)


DRIFTS = {
    "content": (lambda world: world.write("deploy.sh", script("true"), mode=0o755),
                "files: deploy.sh: "),
    "listed file": (lambda world: world.write("lib/a.sh", "other"), "files: lib/a.sh: "),
    "missing": (lambda world: os.remove(world.path("lib", "a.sh")), "files: lib/a.sh: "),
    "mode": (lambda world: os.chmod(world.path("deploy.sh"), 0o644), "files: deploy.sh: "),
    "link": (lambda world: (os.rename(world.path("lib"), world.path("lib2")),
                            os.symlink(world.path("lib2"), world.path("lib"))),
             "files: lib/a.sh: "),
}


@pytest.mark.parametrize("name", sorted(DRIFTS))
def test_whatever_changes_after_the_approval_is_shown_and_not_run(world, name):
    change, begin = DRIFTS[name]
    world.write("deploy.sh", ledger(world, "approved"), mode=0o755)
    world.write("lib/a.sh", "lib")
    world.configure({"deploy": gated(["./deploy.sh"], files=["lib/a.sh"])})
    world.start()
    job = approved_but_not_started(world, "deploy")
    change(world)
    if name == "link":  # nothing that can be sealed any more: it is shown as it is
        assert any(one.endswith("→ symbolic link") for one in back_at_its_gate(world, job))
        return
    assert [one for one in back_at_its_gate(world, job) if one.startswith(begin)]


def test_a_gated_job_runs_the_copy_and_works_in_its_own_folder(world):
    world.write("deploy.sh", script('. "$JOBGATE_SEALED/lib.sh"; echo "$0 $(pwd)" >> ledger'),
                mode=0o755)
    world.write("lib.sh", "echo lib >> ledger\n")
    world.configure({"deploy": gated(["./deploy.sh"], files=["lib.sh"])})
    world.start()
    job = world.api.submit("deploy", {})
    world.api.approve(job["id"])
    world.wait_state(job["id"], "succeeded")
    lib, ran = world.lines("ledger")
    program, folder = ran.split()
    assert lib == "lib" and folder == os.path.realpath(world.dir)
    assert program.endswith(f"/data/runs.sealed/{job['id']}.1/deploy.sh")
    nothing_is_left(world)


def test_a_file_that_is_not_there_refuses_the_submission(world):
    world.write("deploy.sh", script("true"), mode=0o755)
    world.configure({"deploy": gated(["./deploy.sh"], files=["lib.sh"])})
    world.start()
    answer = world.api.post("/api/v1/jobs", {"entrypoint": "deploy", "params": {}})
    assert answer.status == 400
    assert "executes lib.sh, which is not there" in answer.json["errors"][0]["detail"]


def test_a_daemon_killed_between_approval_and_start_compares_again(world):
    world.write("deploy.sh", ledger(world, "approved"), mode=0o755)
    world.configure({"deploy": gated(["./deploy.sh"])})
    world.start()
    same = approved_but_not_started(world, "deploy")
    world.kill()
    world.start()
    start_worker(world)
    world.wait_state(same["id"], "succeeded")
    os.remove(world.path("ledger"))
    other = approved_but_not_started(world, "deploy")
    world.kill()
    world.write("deploy.sh", ledger(world, "changed"), mode=0o755)
    world.start()
    assert back_at_its_gate(world, other)


def test_a_sealed_job_that_is_canceled_or_too_slow_leaves_nothing(world):
    head = commit(world, script("sleep 1000"))
    world.configure({"slow": {"run": ["./deploy.sh"], "maxAttempts": 1, "timeoutMs": 300, **PINNED},
                     "long": {"run": ["./deploy.sh"], **PINNED}})
    world.start()
    long = world.api.submit("long", {})
    slow = world.api.submit("slow", {})
    assert "timed out" in world.wait_state(slow["id"], "dead_lettered")["lastError"]
    assert world.wait_state(long["id"], "running")["gitCommit"] == head
    world.cli("cancel", long["id"], code=0)
    world.wait_state(long["id"], "canceled")
    nothing_is_left(world)
