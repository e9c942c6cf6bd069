"""The store as a whole, from the command line and over HTTP: with a daemon that has it open, and without one."""
import contextlib
import glob
import json
import os
import shutil
import signal
import sqlite3
import threading

import pytest

from harness import processes
from harness.entrypoints import GATED, HELLO, HOLD, NOTE
from harness.problem import assert_problem
from harness.store import KIND, broken_invariants, copy_of
from harness.wait import until
from harness.world import shell

ENTRYPOINTS = {"hello": HELLO, "gated": GATED, "note": {**NOTE, "dedupe": "none"}, "hold": HOLD,
               "fails": {"run": shell("exit 3"), "maxAttempts": 2, "dedupe": "none"}}


def worked(world):
    """A daemon with some history: jobs in several states."""
    world.configure(ENTRYPOINTS)
    world.start()
    world.run_job("hello", {"name": "a"}, idempotencyKey="k1")
    world.run_job("fails")
    world.api.submit("gated", {"name": "waits"})
    world.cli("submit", "hello", "-p", "name=b", "--delay", "10h", code=0)


def states(connection):
    return dict(connection.execute("SELECT state, count(*) FROM jobs GROUP BY state"))


def jobs_of(path):
    with copy_of(path) as connection:
        return sorted(row[0] for row in connection.execute("SELECT id FROM jobs"))


@pytest.fixture(params=["daemon", "files"])
def used(request, world):
    """A store with history, open in a daemon or in nobody's hands."""
    worked(world)
    if request.param == "files":
        assert world.stop() == 0
    return world


def test_store_stats_counts_everything_with_and_without_a_daemon(used):
    """J20."""
    stats = used.cli("--json", "store", "stats", code=0).json
    assert stats["states"] == {"queued": 1, "running": 0, "waiting_approval": 1, "interrupted": 0,
                               "dead_lettered": 1, "succeeded": 1, "failed": 0, "canceled": 0}
    assert stats["records"]["jobs"] == 4 and stats["records"]["attempts"] == 3
    assert stats["records"]["idempotencyKeys"] == 1
    assert stats["records"]["events"] == stats["lastEventSeq"] > 10
    assert stats["type"] == KIND and stats["path"] == used.store_path
    assert sum(stats["bytes"].values()) > 0
    page = used.cli("store", "stats", code=0).out
    assert "dead_lettered" in page and used.store_path in page


def test_store_verify_says_what_it_checked(used):
    """J20."""
    report = used.cli("--json", "store", "verify", code=0).json
    assert report["sound"] is True
    names = [check["name"] for check in report["checks"]]
    own = {"sqlite": {"pages", "schema"}, "jsonl": {"files", "records"}}[KIND]
    assert own | {"references", "events", "counts", "attempts", "documents", "keys"} <= set(names)
    assert all(check["findings"] == [] for check in report["checks"])
    page = used.cli("store", "verify", code=0).out
    assert "4 jobs by entrypoint" in page and "NOT" not in page


def make_newer(world):
    """The store as a later version would leave it; gives the word for its version."""
    if KIND == "sqlite":
        with sqlite3.connect(world.store_path) as connection:
            connection.execute("PRAGMA user_version = 99")
        connection.close()
        return "schema version 99"
    with open(world.store_path, "r+b") as file:
        text = file.read().replace(b'"format":2', b'"format":9', 1)
        file.seek(0)
        file.write(text)
    return "format 9"


def test_store_of_a_later_version_is_told_as_that_and_not_as_damage(world):
    worked(world)
    assert world.stop() == 0
    version = make_newer(world)
    verified = world.cli("store", "verify", code=7)
    assert version in verified.err and "this jobgate knows" in verified.err
    assert "upgrade jobgate" in verified.err
    assert "SOUND" not in verified.out and "not sound" not in verified.err
    report = world.cli("--json", "doctor", code=1).json
    store, = [one for one in report["checks"] if one["check"] == "store"]
    assert store["level"] == "fail" and version in store["message"]
    os.remove(world.store_path)  # no invariant of this version holds there


DAMAGE = {
    "counts": "UPDATE job_counts SET succeeded = succeeded + 1 WHERE priority = 2",
    "attempts": "DELETE FROM attempts WHERE outcome = 'succeeded'",
    "events": "DELETE FROM events WHERE seq = 3",
    "documents": "UPDATE jobs SET params_json = '{oops}' WHERE state = 'succeeded'",
    "payloads": "UPDATE events SET payload_json = '{oops}' WHERE seq = 2",
    "keys": "UPDATE idempotency_keys SET ended_at = 1",
    "tries": "PRAGMA ignore_check_constraints = ON; UPDATE jobs SET attempts_max = 1",
    "schema": "UPDATE schema_migrations SET sha256 = 'another' WHERE version = 1",
}


@pytest.mark.sqlite
@pytest.mark.parametrize("document,why", [
    ("{oops}", "not valid JSON at line 1, column 2: no JSON value, read '{o'"),
    ("{}", "something else than jobgate writes there")])
def test_document_that_cannot_be_read_is_told_in_plain_words(world, document, why):
    worked(world)
    assert world.stop() == 0
    with sqlite3.connect(world.store_path) as connection:
        connection.execute("UPDATE jobs SET gate_json = ? WHERE state = 'waiting_approval'", (document,))
    connection.close()
    said = world.cli("store", "export", "-").err
    assert why in said and "json.exception" not in said, said


@pytest.mark.sqlite
@pytest.mark.parametrize("check", DAMAGE)
def test_store_verify_finds_what_no_jobgate_writes_and_exits_1(world, check):
    worked(world)
    assert world.stop() == 0
    with sqlite3.connect(world.store_path) as connection:
        connection.executescript(DAMAGE[check])
    connection.close()
    result = world.cli("--json", "store", "verify", code=1)
    found = {c["name"]: c["findings"] for c in result.json["checks"] if c["findings"]}
    chained = ["chain"] if check in ("events", "payloads") else []
    assert list(found) == [check, *chained], found
    assert check in world.cli("store", "verify", code=1).out
    refused = world.cli("store", "backup", world.path("b.db"))
    assert refused.code != 0 and not os.path.exists(world.path("b.db"))
    os.unlink(world.store_path)


@pytest.mark.sqlite
def test_store_verify_finds_a_damaged_page(world):
    worked(world)
    assert world.stop() == 0
    with open(world.store_path, "r+b") as file:
        file.seek(3 * 4096)
        file.write(b"\xff" * 4096)
    result = world.cli("--json", "store", "verify", code=1)
    assert any(c["name"] == "pages" and c["findings"] for c in result.json["checks"])
    os.unlink(world.store_path)


def test_backup_is_one_moment_of_the_store_while_jobs_run(world):
    world.configure(ENTRYPOINTS, queue={"maxQueueSize": 10000})
    world.start()
    done = threading.Event()
    acknowledged = []

    def load():
        while not done.is_set() and len(acknowledged) < 2000:  # that a slow machine drains in time
            acknowledged.append(world.api.submit("note", {"name": "a"})["id"])

    thread = threading.Thread(target=load)
    thread.start()
    try:
        until(lambda: len(acknowledged) > 50, "work is going on")
        before = list(acknowledged)
        report = world.cli("--json", "store", "backup", "backup.db", code=0).json
    finally:
        done.set()
        thread.join()
    copy = world.path("backup.db")
    assert report["file"] == copy and os.stat(copy).st_mode & 0o777 == 0o600
    assert report["sizeBytes"] == os.path.getsize(copy)
    assert set(before) <= set(jobs_of(copy)), "all that was acknowledged before it is in it"
    with copy_of(copy) as connection:
        assert broken_invariants(connection) == []
        [(last,)] = connection.execute("SELECT max(seq) FROM events")
        assert report["lastEventSeq"] == last
    assert [name for name in os.listdir(world.dir) if "unfinished" in name] == []
    world.wait_drained()


def test_backup_never_writes_over_a_file_and_names_its_folder(used):
    taken = used.write("taken.db", "precious")
    refused = used.cli("store", "backup", taken)
    assert refused.code == 7 and taken in refused.err and open(taken).read() == "precious"
    refused = used.cli("store", "backup", used.path("nowhere", "b.db"))
    assert refused.code == 2 and used.path("nowhere") in refused.err


OWN_ENDINGS = ("-wal", "-journal", ".snapshot", ".snapshot.new", ".next", ".log-000001", ".log-000099",
               ".replacing-20260101T000000.000Z", ".before-20260101T000000.000Z")


def test_nothing_takes_the_name_of_a_file_of_the_store(world):
    worked(world)
    path = world.store_path
    before = world.api.ok("GET", "/api/v1/stats")["states"]
    free = [path + ending for ending in OWN_ENDINGS if not os.path.exists(path + ending)]
    assert len(free) >= 7
    for name in free:
        for command in ("backup", "export"):
            refused = world.cli("store", command, name)
            assert refused.code == 2 and name in refused.err
        assert_problem(world.api.post("/api/v1/store/backup", {"path": name}), 400, "invalid", "/path")
        assert not os.path.exists(name)
    assert world.cli("store", "backup", path + ".monday").code == 0
    world.kill()
    world.start()
    assert world.api.ok("GET", "/api/v1/stats")["states"] == before


def test_backup_over_http_takes_an_absolute_path_alone(world):
    worked(world)
    for body in ({}, {"path": "relative.db"}, {"path": "/"}, {"path": 7}):
        assert_problem(world.api.post("/api/v1/store/backup", body), 400, "invalid", "/path")
    answer = world.api.ok("POST", "/api/v1/store/backup", {"path": world.path("b.db")})
    assert answer["jobs"] == 4 and len(jobs_of(world.path("b.db"))) == 4


def test_query_answers_in_sql_and_cannot_change_anything(used):
    """N7."""
    answer = used.cli("--json", "store", "query",
                      "SELECT state, count(*) AS n FROM jobs GROUP BY state ORDER BY state",
                      code=0).json
    assert answer["columns"] == ["state", "n"] and answer["cutBy"] is None
    assert answer["rows"] == [["dead_lettered", 1], ["queued", 1], ["succeeded", 1],
                              ["waiting_approval", 1]]
    trail = used.cli("store", "query", "SELECT actor, type FROM events WHERE actor IS NOT NULL",
                     code=0).out
    assert "os:" in trail and "job:submitted" in trail
    for sql in ("DELETE FROM jobs", "UPDATE jobs SET state = 'failed'", "DROP TABLE jobs",
                "PRAGMA journal_mode = DELETE", "PRAGMA query_only = OFF",
                "ATTACH '/tmp/x.db' AS x", "VACUUM INTO '/tmp/x.db'", "SELECT 1; DELETE FROM jobs",
                "SELECT load_extension('x')", "CREATE TEMP TABLE t (a)", "BEGIN", "nonsense",
                "EXPLAIN DELETE FROM jobs"):
        refused = used.cli("store", "query", sql)
        assert refused.code == 2 and "/sql" in refused.err, (sql, refused)
    assert "SQL" in used.cli("store", "query", "", code=2).err
    assert len(jobs_of(used.store_path)) == 4


def test_query_shows_no_key_of_the_store(used):
    answer = used.cli("--json", "store", "query", "SELECT key, value FROM settings", code=0).json
    assert ["digest.key", None] in answer["rows"]
    hidden = used.cli("--json", "store", "query",
                      "SELECT count(*) FROM settings WHERE value LIKE '%'", code=0).json
    assert hidden["rows"] == [[0]]


def test_query_is_bounded_in_rows_bytes_and_time(used):
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT {} FROM n"
    cut = used.cli("--json", "store", "query", endless.format("i"), "--limit", "7", code=0).json
    assert len(cut["rows"]) == 7 and cut["cutBy"] == "7 rows"
    cut = used.cli("--json", "store", "query", endless.format("hex(zeroblob(50000))"), code=0).json
    assert cut["cutBy"] == "4194304 bytes" and len(cut["rows"]) < 50
    slow = used.cli("store", "query", endless.format("count(*)"))
    assert slow.code == 2 and "longer than 5" in slow.err
    huge = used.cli("store", "query", "SELECT length(zeroblob(1000000000))")
    assert huge.code == 2 and "/sql" in huge.err
    assert used.cli("store", "query", "SELECT 1", "--limit", "10001").code == 2


# One call of each takes from seconds to hours where nothing stops it, and SQLite looks at the clock between calls only.
SLOW_CALLS = {
    "instr": "SELECT instr(zeroblob(4000000), zeroblob(250000) || x'01')",
    "replace": "SELECT length(replace(hex(zeroblob(2000000)), hex(zeroblob(900000)) || '1', ''))",
    "trim": "SELECT length(trim(hex(zeroblob(2000000)), hex(zeroblob(100000)) || '0'))",
    "printf": "SELECT printf('%.2147483647c', 'x')",
    "format": "SELECT format('%.2147483647c', 'x')",
    "json_patch": "SELECT length(json_patch((SELECT json_group_object(seq, 1) FROM events), '{}'))",
}


@pytest.mark.parametrize("function", SLOW_CALLS)
def test_no_function_is_asked_that_outlasts_the_bound_in_one_call(used, function):
    refused = used.cli("store", "query", SLOW_CALLS[function])
    assert refused.code == 2 and "/sql" in refused.err and f"function {function}" in refused.err


MANY_ROWS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT {} FROM n"
SLOW_QUESTIONS = {
    "many calls": MANY_ROWS.format(" + ".join(["max(length(upper(hex(zeroblob(2000000 + i % 7)))))"] * 9)),
    "many patterns": MANY_ROWS.format(" + ".join(
        ["sum(hex(zeroblob(1900000 + i % 7)) LIKE '%' || hex(zeroblob(60)) || '1%')"] * 9)),
    "a large sort": MANY_ROWS.format("i") + " ORDER BY hex(randomblob(100))",
    "a large group": MANY_ROWS.format("length(group_concat(i, hex(zeroblob(100))))"),
    "a window": "SELECT sum(length(w)) FROM (" + MANY_ROWS.format(
        "group_concat(hex(zeroblob(1000))) OVER (ORDER BY i ROWS 1000 PRECEDING) AS w") + ")",
}


@pytest.mark.parametrize("question", SLOW_QUESTIONS)
def test_question_of_slow_calls_is_bounded_in_time(used, question):
    refused = used.cli("store", "query", SLOW_QUESTIONS[question])
    assert refused.code == 2 and "/sql" in refused.err, refused
    assert used.cli("store", "stats").code == 0, "the next one is answered"


@pytest.mark.parametrize("sql", [
    "SELECT " + " + ".join(["length(hex(zeroblob(2000000)))"] * 17),
    "SELECT x" + " || x" * 900 + " FROM (SELECT zeroblob(4000) AS x)" + " UNION ALL SELECT 1" * 400,
])
def test_question_of_very_many_parts_is_refused(used, sql):
    refused = used.cli("store", "query", sql)
    assert refused.code == 2 and "ask for less" in refused.err, refused


def test_patterns_compare_as_those_of_sqlite_do(used):
    texts = ["", "abc", "ABC", "a%c", "ab", "Ä", "ä", "a_c", "aXc", "a*c", "[a]"]
    patterns = ["", "%", "a%", "A_C", "a\\%c", "ä", "%B%", "a*", "a?c", "[a-b]*", "*c", "[[]a]", "a^%c"]
    def rows(values):
        return ", ".join(f"('{value}')" for value in values)
    sql = (f"WITH texts(t) AS (VALUES {rows(texts)}), patterns(p) AS (VALUES {rows(patterns)}) "
           "SELECT t, p, t LIKE p, t NOT LIKE p ESCAPE '^', t GLOB p, NULL LIKE p, t GLOB NULL, 12 LIKE p "
           "FROM texts, patterns")
    answer = used.cli("--json", "store", "query", sql, code=0).json
    expected = sqlite3.connect(":memory:").execute(sql).fetchall()
    assert len(expected) == len(texts) * len(patterns)
    assert answer["rows"] == [list(row) for row in expected]


def test_slow_question_delays_no_job(world):
    worked(world)
    endless = ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
               "SELECT count(*) FROM n")
    asked = world.spawn_cli("store", "query", endless)
    for number in range(5):
        assert world.run_job("note", {"name": str(number)})["state"] == "succeeded"
        assert world.api.list(state="queued")
    assert asked.poll() is None, "it is asking still"
    assert asked.wait(30) == 2


def test_daemon_stops_at_once_whatever_is_asked(world):
    worked(world)
    endless = ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
               "SELECT count(*) FROM n")
    asked = [world.spawn_cli("store", "query", sql)
             for sql in (SLOW_CALLS["instr"], SLOW_QUESTIONS["many patterns"], endless)]
    until(lambda: world.api.health(), "the daemon answers")
    assert world.stop() == 0
    for process in asked:
        process.wait(30)


@pytest.mark.sqlite
def test_checkpoint_brings_the_log_into_the_file(used):
    """J21."""
    stats = used.cli("--json", "store", "checkpoint", code=0).json
    assert stats["records"]["jobs"] == 4
    alone = used.path("alone.db")
    shutil.copy(used.store_path, alone)  # without its log
    assert len(jobs_of(alone)) == 4


@pytest.mark.jsonl
def test_checkpoint_folds_the_log_into_the_snapshot(used):
    """J21."""
    assert used.cli("--json", "store", "checkpoint", code=0).json["records"]["jobs"] == 4

    def folded():
        stats = used.cli("--json", "store", "stats", code=0).json
        return stats["bytes"]["snapshot"] > 0 and stats["bytes"]["sealed"] == 0
    until(folded, "what was sealed is folded")
    assert len(jobs_of(used.store_path + ".snapshot")) == 4
    assert used.cli("store", "verify", code=0)


def test_restore_puts_a_backup_in_place_and_keeps_what_was_there(world):
    worked(world)
    copy = world.path("b.db")
    world.cli("store", "backup", copy, code=0)
    before = jobs_of(copy)
    later = world.run_job("hello", {"name": "later"})
    refused = world.cli("store", "restore", copy)
    assert refused.code == 7 and "stop it" in refused.err
    assert world.stop() == 0
    report = world.cli("--json", "store", "restore", copy, code=0).json
    assert report["jobs"] == 4 and jobs_of(world.store_path) == before
    assert later["id"] in jobs_of(report["keptAs"])
    world.start()
    assert world.api.get(f"/api/v1/jobs/{later['id']}").status == 404
    assert world.api.submit("hello", {"name": "a"}, status=200, idempotencyKey="k1")
    assert world.run_job("hello", {"name": "goes on"})["state"] == "succeeded"
    assert world.cli("store", "verify", code=0)


def test_restore_of_something_else_changes_nothing(world):
    worked(world)
    copy = world.path("b.db")
    world.cli("store", "backup", copy, code=0)
    assert world.stop() == 0
    content = jobs_of(world.store_path)
    with open(copy, "rb") as file:
        whole = file.read()
    other = sqlite3.connect(world.path("other.db"))
    other.execute("CREATE TABLE t (a)")
    other.commit()
    other.close()
    torn = whole[:len(whole) // 2]
    at, size = {"sqlite": (2 * 4096, 4096), "jsonl": (len(whole) // 2, 1)}[KIND]
    flipped = whole[:at] + bytes(size) + whole[at + size:]
    for name, data in (("torn", torn), ("flipped", flipped), ("text", b"hello\n" * 1000),
                       ("empty", b"")):
        with open(world.path(name), "wb") as file:
            file.write(data)
    for name in ("torn", "flipped", "text", "empty", "other.db", "nowhere"):
        refused = world.cli("store", "restore", world.path(name))
        assert refused.code == 2 and world.path(name) in refused.err, (name, refused)
        assert "unfinished" not in refused.err and world.store_path not in refused.err, (name, refused)
        assert jobs_of(world.store_path) == content
    assert [n for n in os.listdir(world.store_dir) if "unfinished" in n or "before" in n] == []
    world.start()


def test_store_that_was_emptied_is_refused_and_one_that_is_gone_is_told(world):
    """Both would be a new store without a word, and everything acknowledged gone."""
    worked(world)
    copy = world.path("b.db")
    world.cli("store", "backup", copy, code=0)
    assert world.stop() == 0
    until(lambda: not world.processes(), "the supervisor has left")
    whole = jobs_of(world.store_path)
    os.truncate(world.store_path, 0)
    code, said = serve_until_it_ends(world)
    assert code == 1 and world.store_path + " is empty" in said and "store restore" in said, said
    assert os.path.getsize(world.store_path) == 0
    world.cli("store", "restore", copy, code=0)
    assert jobs_of(world.store_path) == whole
    world.start()
    assert "there is no store" not in world.log_tail() and world.stop() == 0
    os.unlink(world.store_path)
    for name in os.listdir(world.store_dir):
        if name.startswith(os.path.basename(world.store_path) + "."):
            os.unlink(os.path.join(world.store_dir, name))
    world.start()
    assert "there is no store " + world.store_path in world.log_tail(20000)


def serve_until_it_ends(world):
    world.daemon = process = world.spawn_daemon()
    until(lambda: process.poll() is not None, "it ends by itself")
    return process.returncode, world.log_tail()


def test_first_start_has_nothing_to_say_of_a_store_that_is_not_there(world):
    world.configure(ENTRYPOINTS)
    world.start()
    assert "there is no store" not in world.log_tail(20000)


@pytest.mark.skipif(os.getuid() != 0, reason="drops root to meet a file that it may not read")
def test_stats_of_a_store_that_may_not_be_read_is_what_the_exit_codes_call_it(world):
    worked(world)
    assert world.stop() == 0
    os.chmod(world.dir, 0o755)
    os.chown(world.store_dir, 65534, 65534)
    code, said = processes.run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", world.binary,
                               "--config", world.config_path, "store", "stats")
    assert code == 4 and world.store_path in said, (code, said)


def test_restore_onto_a_fresh_folder_makes_the_store(world):
    worked(world)
    copy = world.path("b.db")
    world.cli("store", "backup", copy, code=0)
    assert world.stop() == 0
    until(lambda: not world.supervisor_pids(), "the supervisor has left")
    shutil.rmtree(world.store_dir)
    report = world.cli("--json", "store", "restore", copy, code=0).json
    assert report["keptAs"] is None
    world.start()
    assert len(world.api.list()) == 4


def test_restore_waits_for_jobs_that_run_under_their_supervisor(world):
    worked(world)
    copy = world.path("b.db")
    world.cli("store", "backup", copy, code=0)
    hold = world.hold("r")
    job = world.api.submit("hold", {"name": "r"})
    hold.wait_reader()
    assert world.stop() == 0
    for command in (("restore", copy), ("reset", "--yes")):
        refused = world.cli("store", *command)
        assert refused.code == 7 and "supervisor" in refused.err, refused
    hold.release()
    until(lambda: any(line.startswith("end r ") for line in world.lines("ledger")), "the job has ended")
    refused = world.cli("store", "reset", "--yes")
    assert refused.code == 7 and "start `jobgate serve`" in refused.err, "how it ended is still to be heard"
    world.start()
    assert world.wait_end(job["id"])["state"] == "succeeded"
    assert world.stop() == 0
    world.cli("store", "reset", "--yes", code=0)


def test_reset_asks_first_and_keeps_what_was_there(world):
    """J21."""
    worked(world)
    assert world.cli("store", "reset", "--yes").code == 7, "not under a daemon"
    assert world.stop() == 0
    refused = world.cli("store", "reset", input="no\n")
    assert refused.code == 2 and "4 jobs" in refused.err and len(jobs_of(world.store_path)) == 4
    assert world.cli("store", "reset", input="").code == 2
    report = world.cli("--json", "store", "reset", "--yes", code=0).json
    assert report["jobs"] == 0 and len(jobs_of(report["keptAs"])) == 4
    world.start()
    assert world.api.list() == []
    assert world.run_job("hello", {"name": "a"})["state"] == "succeeded"


def test_migrate_without_a_daemon_says_the_version(world):
    worked(world)
    assert world.cli("store", "migrate").code == 7
    assert world.stop() == 0
    report = world.cli("--json", "store", "migrate", code=0).json
    assert report["from"] == report["to"] >= 1


def test_store_that_is_not_there_is_said(world):
    world.configure(ENTRYPOINTS)
    for command in ("stats", "verify", "checkpoint", "migrate"):
        result = world.cli("store", command)
        assert result.code == 3 and world.store_path in result.err, (command, result)
    assert not os.path.exists(world.store_path)


def test_store_in_the_hands_of_another_command_is_said_with_its_holder(world):
    worked(world)
    assert world.stop() == 0
    asked = world.spawn_cli("store", "query", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT "
                            "i + 1 FROM n) SELECT count(*) FROM n")

    def held():
        with open(world.store_path + ".lock", encoding="utf-8") as file:
            return f'"pid":{asked.pid}' in file.read()
    until(held, "the other one has it")
    result = world.cli("store", "stats", code=7)
    assert f"pid {asked.pid}" in result.err
    asked.send_signal(signal.SIGKILL)
    asked.wait()
    assert json.loads(world.cli("--json", "store", "stats", code=0).out)["records"]["jobs"] == 4


def has_socket(pid):
    for descriptor in glob.glob(f"/proc/{pid}/fd/*"):
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            if os.readlink(descriptor).startswith("socket:"):
                return True
    return False


def test_command_whose_daemon_dies_before_it_answers_uses_the_files(world):
    worked(world)
    world.daemon.send_signal(signal.SIGSTOP)
    copy = world.path("copy")
    asking = world.spawn_cli("store", "backup", copy)
    until(lambda: has_socket(asking.pid), "it asks the daemon that has the store")
    world.kill()
    _, err = asking.communicate(timeout=60)
    assert asking.returncode == 0, err
    assert len(jobs_of(copy)) == 4


def test_store_is_looked_after_over_http(world):
    worked(world)
    stats = world.api.ok("GET", "/api/v1/store/stats")
    assert stats["records"]["jobs"] == 4
    assert world.api.ok("POST", "/api/v1/store/verify", {})["sound"] is True
    assert world.api.ok("POST", "/api/v1/store/checkpoint", {})["lastEventSeq"] == \
        stats["lastEventSeq"]
    answer = world.api.ok("POST", "/api/v1/store/query",
                          {"sql": "SELECT id FROM jobs ORDER BY id", "limit": 2})
    assert len(answer["rows"]) == 2 and answer["cutBy"] == "2 rows"
    for body in ({}, {"sql": 1}, {"sql": "SELECT 1; SELECT 2"}, {"sql": "DELETE FROM jobs"}):
        assert_problem(world.api.post("/api/v1/store/query", body), 400, "invalid", "/sql")
    assert_problem(world.api.post("/api/v1/store/query", {"sql": "SELECT 1", "limit": 0}), 400,
                   "invalid", "/limit")
    assert world.api.get("/api/v1/store/stats", token=None).status == 401
