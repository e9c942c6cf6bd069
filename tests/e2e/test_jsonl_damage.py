"""Files of the JSONL store that something else changed: found by verify, refused at the start, and left
behind by the command that the refusal names."""
import glob
import json
import os
import re
import shutil
import subprocess

import pytest

from harness import jsonl, processes
from harness.entrypoints import HELLO, NOTE
from harness.store import broken_invariants, copy_of
from harness.wait import until

pytestmark = pytest.mark.jsonl

CANNOT_START = 1  # docs/cli.md
NAMES = "abcdefghijkl"


def run_hellos(world, names):
    """With a daemon of its own, which has stopped in the end."""
    world.start()
    for name in names:
        world.run_job("hello", {"name": name})
    assert world.stop() == 0
    until(lambda: not world.supervisor_pids(), "the supervisor has left")


def restored(world):
    world.cli("store", "backup", world.path("backup"), code=0)
    world.cli("store", "restore", world.path("backup"), code=0)
    forget_kept(world)


def imported(world):
    world.cli("store", "export", world.path("export"), code=0)
    world.cli("store", "reset", "--yes", code=0)
    world.cli("store", "import", world.path("export"), code=0)
    forget_kept(world)


def forget_kept(world):
    for path in glob.glob(world.store_path + ".before-*"):
        os.unlink(path)


@pytest.fixture
def configured(world):
    world.configure({"hello": HELLO, "note": {**NOTE, "dedupe": "none"}})
    return world


def with_sealed_logs(world):
    """With sealed logs of five turns each, none of them folded."""
    run_hellos(world, NAMES)
    jsonl.seal(world.store_path, 5)
    assert len(logs(world)) >= 4
    return world


@pytest.fixture
def sealed(configured):
    """A stopped store of nothing but logs."""
    return with_sealed_logs(configured)


@pytest.fixture(params=[None, restored, imported])
def sealed_or_rebuilt(request, configured):
    """The same, or logs behind what a command has built at once."""
    if request.param:
        run_hellos(configured, "xyz")
        request.param(configured)
    return with_sealed_logs(configured)


def logs(world):
    """Paths of the logs, oldest first."""
    return sorted(glob.glob(world.store_path + ".log-*")) + [world.store_path]


def read(path):
    with open(path, "rb") as file:
        return file.read()


def change(path, content):
    with open(path, "wb") as file:
        file.write(content)


def turn(path, number):
    """What the turn of that place in the log is numbered."""
    return json.loads(read(path).splitlines()[0])["after"] + number


def place(path, line):
    """What is said of a damaged line; numbered from 1."""
    start = len(b"".join(read(path).splitlines(keepends=True)[:line - 1]))
    return f"{path} is damaged at line {line}, byte {start}"


def flip(path, line):
    """One bit in the middle of a line; returns its place."""
    lines = read(path).splitlines(keepends=True)
    at = len(b"".join(lines[:line - 1])) + len(lines[line - 1]) // 2
    content = read(path)
    change(path, content[:at] + bytes([content[at] ^ 1]) + content[at + 1:])
    return place(path, line)


def flipped(world):
    return [flip(logs(world)[1], 3)]


def flipped_at_two_places(world):
    return [flip(logs(world)[0], 4), flip(logs(world)[2], 4)]


def wrong_checksum(world):
    path = logs(world)[1]
    content = read(path)
    at = content.index(b'"crc":"', content.index(b"\n")) + 7
    change(path, content[:at] + (b"0" if content[at:at + 1] != b"0" else b"1") + content[at + 1:])
    return [place(path, 2)]


def cut_line_in_the_middle(world):
    path = logs(world)[1]
    lines = read(path).splitlines(keepends=True)
    change(path, b"".join(lines[:2] + [lines[2][:20]] + lines[3:]))
    return [place(path, 3), place(path, 4) + f": turn {turn(path, 4)} follows turn {turn(path, 2)}"]


def cut_sealed_log(world):
    path = logs(world)[1]
    change(path, read(path)[:-30])
    return [place(path, 6)]


def missing_turn(world):
    path = logs(world)[1]
    lines = read(path).splitlines(keepends=True)
    change(path, b"".join(lines[:2] + lines[3:]))
    return [place(path, 3) + f": turn {turn(path, 3)} follows turn {turn(path, 1)}"]


def repeated_turn(world):
    path = logs(world)[1]
    lines = read(path).splitlines(keepends=True)
    change(path, b"".join(lines[:3] + lines[2:]))
    return [place(path, 4) + f": turn {turn(path, 2)} follows turn {turn(path, 2)}"]


def missing_log(world):
    path = logs(world)[1]
    os.unlink(path)
    return [path + " is missing"]


def missing_last_log(world):
    os.unlink(world.store_path)
    return [world.store_path + " is missing"]


def flipped_first_line(world):
    return [flip(logs(world)[1], 1).partition(" is damaged")[0]]


def emptied_log(world):
    """A start has read the files before it, and names the turn that they end with."""
    change(world.store_path, b"")
    return [world.store_path + " is "]


def flipped_last_turn(world):
    """It stands there whole, as no crash would leave it: somebody may have been told that it was done."""
    return [flip(world.store_path, len(read(world.store_path).splitlines()))]


DAMAGES = [flipped, flipped_last_turn, flipped_at_two_places, wrong_checksum, cut_line_in_the_middle, cut_sealed_log,
           missing_turn, repeated_turn, missing_log, missing_last_log, emptied_log, flipped_first_line]


def files(world):
    return {path: read(path) for path in glob.glob(world.store_path + "*")
            if not path.endswith(".lock")}


def serve(world):
    process = world.spawn_daemon()
    world.daemon = process
    until(lambda: process.poll() is not None, "it ends by itself")
    return process.returncode, world.log_tail()


@pytest.mark.parametrize("damage", DAMAGES)
def test_verify_names_every_damage_and_a_start_the_way_out(sealed_or_rebuilt, damage):
    """J20: found with file, line and byte; refused; left behind by the command that is named."""
    sealed = sealed_or_rebuilt
    whole = {state["id"]: state["state"] for state in jobs(sealed.store_path)}
    places = damage(sealed)
    found = files(sealed)
    result = sealed.cli("--json", "store", "verify", code=1).json
    (check,) = [check for check in result["checks"] if check["findings"]]
    assert check["name"] == "files" and len(check["findings"]) == len(places), check
    for said, expected in zip(check["findings"], places):
        assert said.startswith(expected), (said, expected)

    code, said = serve(sealed)
    assert code == CANNOT_START and places[0] in said and files(sealed) == found
    (turn,) = re.findall(r"`jobgate store import --until (\d+)`", said)
    assert sealed.cli("store", "import", "--until", str(int(turn) + 1)).code == 2
    assert files(sealed) == found, "nothing was changed yet"

    report = sealed.cli("--json", "store", "import", "--until", turn, code=0).json
    kept = report["keptAs"]
    moved = {path.replace(sealed.store_path, kept): content for path, content in found.items()}
    assert {path: content for path, content in files(sealed).items() if path in moved} == moved
    left = report["leftOut"]
    assert left["firstTurn"] == int(turn) + 1 and left["lastTurn"] >= left["firstTurn"] - 1
    assert 0 < left["bytes"] < sum(map(len, found.values())) or damage in (missing_last_log, emptied_log)
    assert left["why"] == check["findings"]

    assert sealed.cli("store", "verify", code=0)
    with copy_of(sealed.store_path) as connection:
        assert not [wrong for wrong in broken_invariants(connection) if "live" not in wrong]
        events = connection.execute("SELECT max(seq) FROM events").fetchone()[0]
        assert report["lastEventSeq"] == events
    left_in = {state["id"] for state in jobs(sealed.store_path)}
    assert left_in == set(whole) if damage is flipped_last_turn else left_in < set(whole)
    sealed.start()
    status = sealed.cli("--json", "worker", "status").json
    assert status["stopped"] is True, "nothing is run again before somebody looked"
    sealed.cli("worker", "start", code=0)
    for job in sealed.api.list(state="interrupted"):
        sealed.cli("resolve", job["id"], "--as", "failed", code=0)
    sealed.wait_drained()
    assert sealed.run_job("hello", {"name": "goes on"})["state"] == "succeeded"


def flipped_part(world):
    flip(world.store_path + ".snapshot", 2)


def cut_in_a_part(world):
    change(world.store_path + ".snapshot", read(world.store_path + ".snapshot")[:-200])


def cut_line_break(world):
    change(world.store_path + ".snapshot", read(world.store_path + ".snapshot")[:-1])


def cut_line_break_of_the_log(world):
    change(world.store_path, read(world.store_path)[:-1])


def missing_snapshot(world):
    os.unlink(world.store_path + ".snapshot")


@pytest.mark.parametrize("damage", [flipped_part, cut_in_a_part, cut_line_break, cut_line_break_of_the_log,
                                    missing_snapshot])
@pytest.mark.parametrize("build", [restored, imported])
def test_what_a_command_built_at_once_has_no_torn_end_and_no_turns_to_go_back_to(configured, build, damage):
    """A cut in it is no turn that a crash has torn; the way out that is named works."""
    world = configured
    run_hellos(world, NAMES[:3])
    world.cli("store", "backup", world.path("before"), code=0)
    whole = jobs(world.store_path)
    build(world)
    damage(world)
    found = files(world)
    assert world.cli("store", "verify").code == 1
    code, said = serve(world)
    assert code == CANNOT_START and "is damaged" in said and files(world) == found
    turns = re.findall(r"`jobgate store import --until (\d+)`", said)
    if turns:
        assert damage is cut_line_break_of_the_log
        world.cli("store", "import", "--until", turns[0], code=0)
    else:
        assert "`jobgate store restore FILE`" in said
        world.cli("store", "restore", world.path("before"), code=0)
    assert jobs(world.store_path) == whole and world.cli("store", "verify", code=0)
    with copy_of(world.store_path) as connection:
        assert connection.execute("SELECT count(*) FROM attempts").fetchone()[0] == 3


def jobs(path):
    with copy_of(path) as connection:
        return [dict(row) for row in connection.execute("SELECT id, state FROM jobs")]


def without_an_attempt(op):
    return None if op.get("attempt", {}).get("number") == 1 else op


def without_event_2(op):
    return None if op.get("event", {}).get("seq") == 2 else op


def with_a_job_that_may_not_be(op):
    if "job" in op:
        op["job"]["maxAttempts"] = 0
    return op


def with_a_try_too_many(op):
    if "job" in op:
        op["job"]["attempts"] = op["job"]["tries"] = op["job"]["maxAttempts"] + 1
    return op


def without_ends_of_attempts(op):
    return None if op.get("attempt", {}).get("endedAtMs") else op


def with_an_attempt_of_no_job(op):
    if "attempt" in op:
        op["attempt"]["jobId"] += "X"
    return op


@pytest.mark.parametrize("change_op, checks", [
    (without_an_attempt, ["attempts"]), (without_event_2, ["events", "chain"]),
    (with_a_job_that_may_not_be, ["records"]), (with_an_attempt_of_no_job, ["records"]),
    (with_a_try_too_many, ["records"]), (without_ends_of_attempts, ["records"])])
def test_verify_finds_what_no_jobgate_writes(world, change_op, checks):
    """Lines that are whole, and say what cannot be."""
    world.configure({"hello": HELLO, "fails": {"run": ["false"], "maxAttempts": 2}})
    world.start()
    world.run_job("hello", {"name": "a"})
    world.run_job("fails")
    assert world.stop() == 0
    jsonl.rewrite(world.store_path, change_op)
    result = world.cli("--json", "store", "verify", code=1).json
    found = {c["name"]: c["findings"] for c in result["checks"] if c["findings"]}
    assert list(found) == checks, found
    refused = world.cli("store", "backup", world.path("b"))
    assert refused.code != 0 and not os.path.exists(world.path("b")), refused
    os.unlink(world.store_path)


def test_damage_under_a_running_daemon_is_found(sealed):
    sealed.start()
    assert sealed.cli("store", "verify", code=0)
    path = logs(sealed)[1]
    content = read(path)
    with open(path, "r+b") as file:  # the very file that the daemon has open
        file.seek(len(content) // 2)
        file.write(bytes([content[len(content) // 2] ^ 1]))
    report = sealed.cli("--json", "store", "verify", code=1).json
    assert path + " is damaged at line" in json.dumps(report)
    with open(path, "r+b") as file:
        file.write(content)
    assert sealed.cli("store", "verify", code=0)


def test_verify_looks_at_one_moment_while_jobs_run(world):
    world.configure({"note": {**NOTE, "dedupe": "none"}}, queue={"maxQueueSize": 10000})
    world.start()
    for _ in range(5):
        for n in range(20):
            world.api.submit("note", {"name": str(n)})
        assert world.cli("store", "verify", code=0)
    world.wait_drained()


def test_damaged_snapshot_is_left_to_a_backup(sealed):
    sealed.cli("store", "checkpoint", code=0)
    assert os.path.exists(sealed.store_path + ".snapshot") and len(logs(sealed)) == 1
    sealed.cli("store", "backup", sealed.path("backup"), code=0)
    flip(sealed.store_path + ".snapshot", 2)
    code, said = serve(sealed)
    assert code == CANNOT_START and "line 2" in said and "`jobgate store restore FILE`" in said
    assert sealed.cli("store", "import", "--until", "3").code == 2
    found = files(sealed)
    report = sealed.cli("--json", "store", "restore", sealed.path("backup"), code=0).json
    assert read(report["keptAs"] + ".snapshot") == found[sealed.store_path + ".snapshot"]
    sealed.start()
    assert len(sealed.api.list(state="succeeded")) == len(NAMES)


def test_sound_store_is_not_cut(sealed):
    found = files(sealed)
    refused = sealed.cli("store", "import", "--until", "3")
    assert refused.code == 7 and "sound" in refused.err and files(sealed) == found
    torn = found[sealed.store_path] + b'{"seq":99,"at":"2026-'
    change(sealed.store_path, torn)
    assert sealed.cli("store", "import", "--until", "3").code == 7, "the next start cuts that off"
    sealed.start()


def test_torn_end_is_told_and_is_no_damage(sealed):
    """J20: what a crash may leave, with how much of it there is and where; whoever cuts it off says so."""
    whole, torn = files(sealed)[sealed.store_path], b'{"seq":99,"at":"2026-'
    change(sealed.store_path, whole + torn)
    where = f"{len(torn)} bytes at line {len(whole.splitlines()) + 1}, byte {len(whole)}"
    report = sealed.cli("--json", "store", "verify", code=0).json
    (said,) = [note for check in report["checks"] for note in check["notes"]]
    assert sealed.store_path in said and where in said and "the next start cuts them off" in said
    assert report["sound"] is True and where in sealed.cli("store", "verify", code=0).out
    cut = sealed.cli("store", "checkpoint", code=0)
    assert where in cut.err and read(sealed.store_path + ".cut") == torn
    report = sealed.cli("--json", "store", "verify", code=0).json
    assert not any(check["notes"] for check in report["checks"])


def test_what_was_moved_aside_can_be_restored(sealed):
    found = {job["id"] for job in jobs(sealed.store_path)}
    report = sealed.cli("--json", "store", "reset", "--yes", code=0).json
    assert jobs(sealed.store_path) == []
    sealed.cli("store", "restore", report["keptAs"], code=0)
    assert {job["id"] for job in jobs(sealed.store_path)} == found


def test_replacement_that_was_killed_halfway_is_finished_at_the_next_start(sealed):
    """Everything that the command does after its one step is done anew."""
    old = files(sealed)
    sealed.cli("store", "reset", "--yes", code=0)
    empty = read(sealed.store_path + ".snapshot")
    os.unlink(sealed.store_path + ".snapshot")
    for path in glob.glob(sealed.store_path + ".before-*"):
        os.unlink(path)
    for path, content in old.items():
        change(path, content)
    stamp = "20261126T013000.123Z"
    change(f"{sealed.store_path}.replacing-{stamp}", empty)
    first = logs(sealed)[0]
    os.rename(first, first.replace(sealed.store_path, f"{sealed.store_path}.before-{stamp}"))
    sealed.start()
    assert sealed.api.list() == [] and f"before-{stamp}" in sealed.log_tail(20000)
    kept = f"{sealed.store_path}.before-{stamp}"
    assert {path.replace(sealed.store_path, kept) for path in old} <= set(files(sealed))
    assert len(jobs(kept)) == len(NAMES)


def test_damaged_store_can_be_reset(sealed):
    flipped(sealed)
    refused = sealed.cli("store", "reset", input="no\n")
    assert refused.code == 2 and "cannot be read" in refused.err
    assert sealed.cli("--json", "store", "reset", "--yes", code=0).json["jobs"] == 0
    sealed.start()
    assert sealed.api.list() == []


def test_kept_files_are_read_by_jq(sealed):
    sealed.cli("store", "backup", sealed.path("backup"), code=0)
    out = subprocess.run(["jq", "-r", ".ops[]? | .job // empty | .state", sealed.path("backup")],
                         check=True, capture_output=True, text=True).stdout.split()
    assert out == ["succeeded"] * len(NAMES)


@pytest.mark.skipif(os.getuid() != 0, reason="drops root to meet a file that it may not write")
def test_unwritable_log_is_said_in_one_line_and_left_alone(sealed):
    os.chmod(sealed.dir, 0o755)
    found = files(sealed)
    os.chown(sealed.store_dir, 65534, 65534)
    for name in os.listdir(sealed.store_dir):
        if not name.startswith("jobs.jsonl") or name.endswith(".lock"):
            path = os.path.join(sealed.store_dir, name)
            shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
    as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sealed.binary,
                 "--config", sealed.config_path]
    for command in (["serve"], ["store", "stats"], ["store", "verify"]):
        code, said = processes.run(*as_nobody, *command)
        assert code != 0 and sealed.store_path in said and "terminate" not in said, (command, said)
        assert len(said.strip().splitlines()) == 1, (command, said)
    assert {path: read(path) for path in found} == found
