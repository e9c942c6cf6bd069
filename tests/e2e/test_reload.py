"""Edits of jobs.json while the daemon runs: taken over whole, or not at all."""
import json
import os
import signal

import pytest

from harness.entrypoints import GATED, HELLO, HOLD, NOTE
from harness.problem import assert_problem
from harness.wait import always, until
from harness.world import shell


# --- how editors and tools save a file

def write_in_place(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def rename_over(path, text):
    write_in_place(path + ".new", text)
    os.rename(path + ".new", path)


def backup_and_rename(path, text):
    """As vim with 'backupcopy=no': the old file moves away, a new one is written."""
    os.rename(path, path + "~")
    write_in_place(path, text)
    os.unlink(path + "~")


def in_two_writes(path, text):
    half = len(text) // 2
    with open(path, "w", encoding="utf-8") as file:
        file.write(text[:half])
        file.flush()
        file.write(text[half:])


def swap_link(path, text):
    """`path` is a link into a folder of versions, and is pointed at another one (ln -sfn)."""
    folder = os.path.join(os.path.dirname(path), "versions")
    os.makedirs(folder, exist_ok=True)
    version = os.path.join(folder, f"{len(os.listdir(folder))}.json")
    write_in_place(version, text)
    os.symlink(version, path + ".link")
    os.rename(path + ".link", path)


def swap_data_folder(path, text):
    """As kubernetes does: jobs.json → ..data/jobs.json, ..data → a folder that is replaced."""
    base = os.path.dirname(path)
    number = sum(name.startswith("..version") for name in os.listdir(base))
    os.mkdir(os.path.join(base, f"..version{number}"))
    write_in_place(os.path.join(base, f"..version{number}", "jobs.json"), text)
    os.symlink(f"..version{number}", os.path.join(base, "..data_tmp"))
    os.rename(os.path.join(base, "..data_tmp"), os.path.join(base, "..data"))
    if not os.path.islink(path):
        os.symlink(os.path.join("..data", "jobs.json"), path + ".link")
        os.rename(path + ".link", path)


EDITORS = [write_in_place, rename_over, backup_and_rename, in_two_writes, swap_link,
           swap_data_folder]


def settings(world, entrypoints, **sections):
    """The text that world.configure writes."""
    return json.dumps(world.settings(entrypoints, **sections), indent=2)


def config_events(world, kind):
    return [event for event in world.api.events() if event["type"] == f"config:{kind}"]


def reloaded(world, count=1, seconds=10):
    """The last config:reloaded event, once there are `count`."""
    until(lambda: len(config_events(world, "reloaded")) >= count,
          lambda: f"{count} reloads: {config_events(world, 'reloaded')}; {world.log_tail()}", seconds)
    return config_events(world, "reloaded")[-1]


def running(world):
    return world.api.ok("GET", "/api/v1/stats")["states"]["running"]


@pytest.mark.parametrize("save", EDITORS)
def test_edit_that_raises_max_concurrent_under_load_has_five_running_within_a_second(world, save):
    """J10, N5."""
    world.configure({"hold": {**HOLD, "dedupe": "none"}}, queue={"maxConcurrent": 3})
    if save in (swap_link, swap_data_folder):
        save(world.config_path, open(world.config_path, encoding="utf-8").read())
    world.start()
    hold = world.hold("a")
    for _ in range(8):
        world.api.submit("hold", {"name": "a"})
    until(lambda: running(world) == 3, "three run")
    with open(world.config_path, encoding="utf-8") as file:
        text = file.read().replace('"maxConcurrent": 3', '"maxConcurrent": 5')
    save(world.config_path, text)
    until(lambda: running(world) == 5, lambda: f"five run: {world.log_tail()}", 1)
    event = reloaded(world)
    assert event["payload"]["changes"] == [
        {"pointer": "/queue/maxConcurrent", "old": 3, "new": 5}]
    assert event["payload"]["trigger"] == "file"
    always(lambda: running(world) == 5, "and no more", 0.2)
    assert not config_events(world, "rejected")
    health = world.api.health()["data"]["jobs"]
    assert health["queue"]["maxConcurrent"] == 5
    assert health["config"]["revision"] == event["payload"]["revision"]
    for job in world.api.list(state="queued"):
        world.api.cancel(job["id"])
    until(lambda: len(world.lines("ledger")) == 5, "all five read")
    hold.wait_reader()
    for job in world.api.list(state="running"):
        world.api.cancel(job["id"])


def test_queue_size_and_thresholds_of_an_edit_hold_at_once(world):
    world.configure({"note": NOTE}, queue={"maxQueueSize": 1}, worker={"enabled": False})
    world.start()
    world.api.submit("note", {"name": "a"})
    assert world.api.post("/api/v1/jobs", {"entrypoint": "note", "params": {"name": "b"}}
                          ).status == 429
    world.configure({"note": NOTE}, queue={"maxQueueSize": 10}, worker={"enabled": False},
                    health={"thresholds": {"queueDepthWarning": 2, "queueDepthCritical": 3}})
    changes = reloaded(world)["payload"]["changes"]
    assert {"pointer": "/queue/maxQueueSize", "old": 1, "new": 10} in changes
    world.api.submit("note", {"name": "b"})
    checks = {issue["check"]: issue["severity"] for issue in world.api.health()["issues"]}
    assert checks.get("queue_depth") == "warning", checks
    world.configure({"note": NOTE}, queue={"maxQueueSize": 1}, worker={"enabled": False})
    reloaded(world, 2)
    refused = world.api.post("/api/v1/jobs", {"entrypoint": "note", "params": {"name": "c"}})
    assert refused.status == 429 and "2 of 1 places" in refused.json["detail"]


def test_worker_enabled_is_switched_while_the_daemon_runs(world):
    """J18."""
    world.configure({"note": NOTE}, worker={"enabled": False})
    world.start()
    job = world.api.submit("note", {"name": "a"})
    assert world.api.health()["data"]["jobs"]["worker"]["enabled"] is False
    world.configure({"note": NOTE}, worker={"enabled": True})
    assert world.wait_end(job["id"])["state"] == "succeeded"
    world.configure({"note": NOTE}, worker={"enabled": False})
    reloaded(world, 2)
    job = world.api.submit("note", {"name": "b"})
    always(lambda: world.api.job(job["id"])["state"] == "queued", "nothing is started", 0.3)


def test_invalid_edit_keeps_the_old_settings_and_says_where_it_is_wrong(world):
    world.configure({"hello": HELLO})
    world.start()
    good = open(world.config_path, encoding="utf-8").read()
    in_use = world.api.ok("GET", "/api/v1/config")
    write_in_place(world.config_path, '{\n  "queue": {\n    "maxConcurrent": 0\n  }\n}')
    until(lambda: config_events(world, "rejected"), "the edit is rejected", 5)
    place = "jobs.json:3: /queue/maxConcurrent: "
    [event] = config_events(world, "rejected")
    assert place in event["payload"]["reason"]
    assert event["payload"]["errors"][0]["pointer"] == "/queue/maxConcurrent"
    health = world.api.health()
    assert health["status"] == "degraded" and place in health["data"]["jobs"]["config"]["error"]
    assert [i["severity"] for i in health["issues"] if i["check"] == "config"] == ["warning"]
    assert place in world.cli("config", "check", code=2).err
    lines = [json.loads(line) for line in world.log_tail(10**6).splitlines()]
    [line] = [line for line in lines if line["message"] == "config:rejected"]
    assert line["level"] == "warning" and place in line["payload"]["reason"]
    now = world.api.ok("GET", "/api/v1/config")
    assert now["config"] == in_use["config"] and now["revision"] == in_use["revision"]
    assert world.run_job("hello", {"name": "as before"})["state"] == "succeeded"

    write_in_place(world.config_path, good)
    until(lambda: world.api.health()["data"]["jobs"]["config"]["error"] is None, "it is mended")
    assert reloaded(world)["payload"]["changes"] == []
    assert len(config_events(world, "rejected")) == 1, "told once"


def test_half_saved_settings_keep_nobody_from_asking_the_daemon_what_is_wrong(world):
    """The CLI went to the default address, and said that no daemon answers."""
    world.configure({"hello": HELLO})
    world.start()
    with open(world.config_path, encoding="utf-8") as file:
        write_in_place(world.config_path, file.read().rstrip()[:-1])
    until(lambda: config_events(world, "rejected"), "the edit is rejected", 5)
    health = world.cli("health", code=1)
    assert "the file is not in use: " in health.out and "jobs.json:" in health.out
    assert "is not valid" in world.cli("config", "check", code=2).err
    assert world.cli("config", "reload", code=2).out == ""
    assert world.cli("run", "hello", "-p", "name=as before", code=0).out == "hello as before\n"


def test_file_that_is_still_being_written_is_no_error(world):
    world.configure({"hello": HELLO})
    world.start()
    for _ in range(2):  # the second one is answered after the look that follows the start
        world.cli("config", "reload", code=0)
    text = settings(world, {"hello": HELLO}, queue={"maxConcurrent": 7})
    with open(world.config_path, "w", encoding="utf-8") as file:
        file.write(text[:len(text) // 2])
        file.flush()
        always(lambda: not config_events(world, "rejected"), "nothing is rejected", 0.8)
        assert world.api.health()["data"]["jobs"]["config"]["error"] is None
        file.write(text[len(text) // 2:])
    reloaded(world)
    assert world.api.health()["data"]["jobs"]["queue"]["maxConcurrent"] == 7
    assert not config_events(world, "rejected")


def test_file_that_is_removed_is_rejected_and_taken_up_again_when_it_is_back(world):
    world.configure({"hello": HELLO})
    world.start()
    text = settings(world, {"hello": HELLO}, queue={"maxConcurrent": 7})
    os.rename(world.path("config"), world.path("elsewhere"))
    until(lambda: config_events(world, "rejected"), "a missing file is told", 5)
    os.mkdir(world.path("config"))
    write_in_place(world.config_path, text)
    reloaded(world)
    assert world.api.health()["data"]["jobs"]["queue"]["maxConcurrent"] == 7


def test_config_reload_answers_with_the_revision_and_the_differences(world):
    world.configure({"hello": HELLO})
    world.start()
    def revision():
        return world.api.ok("GET", "/api/v1/config")["revision"]

    # The watch begins after the first answers, with a look at the file: that has been, once an edit
    # was taken over.
    started_with = revision()
    write_in_place(world.config_path, settings(world, {"hello": HELLO}, queue={"maxQueueSize": 8}))
    until(lambda: revision() != started_with, "the edit is taken over")
    first = revision()
    text = settings(world, {"hello": HELLO, "note": NOTE}, queue={"maxQueueSize": 7})
    # Without a close nobody hears of it: the command alone takes it over.
    with open(world.config_path, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        told = world.cli("config", "reload", "--json", code=0).json
    assert told["changed"] and told["previousRevision"] == first != told["revision"]
    assert {"pointer": "/queue/maxQueueSize", "old": 8, "new": 7} in told["changes"]
    [added] = [c for c in told["changes"] if c["pointer"] == "/entrypoints/note"]
    assert added["old"] is None and added["new"]["run"] == NOTE["run"]
    assert told["needsRestart"] == []
    event = config_events(world, "reloaded")[-1]
    assert event["payload"]["trigger"] == "api" and event["actor"].startswith("os:")
    again = world.cli("config", "reload", code=0).out
    assert told["revision"] in again and "already" in again
    assert world.run_job("note", {"name": "new"})["state"] == "succeeded"
    assert len(config_events(world, "reloaded")) == 2


def test_config_reload_of_an_invalid_file_names_every_place_and_exits_2(world):
    world.configure({"hello": HELLO})
    world.start()
    write_in_place(world.config_path, '{"http": {"listen": "127.0.0.1:%d"}, "queue": {\n'
                   '"maxConcurrent": 0,\n"maxQueueSize": "x"}}' % world.port)
    problem = assert_problem(world.api.post("/api/v1/config/reload", {}), 400, "invalid",
                             "/queue/maxConcurrent", "jobs.json:2")
    assert [e["pointer"] for e in problem["errors"]] == ["/queue/maxConcurrent",
                                                         "/queue/maxQueueSize"]
    said = world.cli("config", "reload", code=2).err
    assert "/queue/maxQueueSize" in said and "jobs.json:3" in said
    assert world.run_job("hello", {"name": "as before"})["state"] == "succeeded"


def test_what_needs_a_restart_is_told_and_the_rest_of_the_edit_applies(world):
    world.configure({"hello": HELLO})
    world.start()
    before = world.api.ok("GET", "/api/v1/config")["config"]
    write_in_place(world.config_path, settings(
        world, {"hello": HELLO}, http={"listen": "127.0.0.1:1"}, store={"path": "data/other.db"},
        queue={"maxConcurrent": 9}))
    told = world.api.ok("POST", "/api/v1/config/reload", {})
    assert told["needsRestart"] == ["/store/path", "/http/listen"]
    now = world.api.ok("GET", "/api/v1/config")
    assert now["needsRestart"] == told["needsRestart"]
    assert now["config"]["queue"]["maxConcurrent"] == 9
    assert now["config"]["http"] == before["http"] and now["config"]["store"] == before["store"]
    said = [i["message"] for i in world.api.health()["issues"] if i["check"] == "config"]
    assert len(said) == 2 and all("restart" in message for message in said), said
    assert world.run_job("hello", {"name": "here"})["state"] == "succeeded"
    assert not os.path.exists(world.path("data", "other.db"))


def test_the_cli_finds_the_daemon_where_it_still_listens(world):
    world.configure({"hello": HELLO})
    world.start()
    write_in_place(world.config_path, settings(world, {"hello": HELLO}, http={"listen": "127.0.0.1:1"}))
    assert world.cli("run", "hello", "-p", "name=a", code=0).out == "hello a\n"
    world.kill()
    refused = world.cli("list", code=6).err
    assert "127.0.0.1:1 " in refused, "the next one will listen there"
    assert "still runs with another store.path or http.listen has to be restarted" in refused


def test_the_cli_finds_a_daemon_on_ipv6_where_it_still_listens(world):
    world.configure({"hello": HELLO}, http={"listen": f"[::1]:{world.port}"})
    world.daemon = world.spawn_daemon()
    until(lambda: world.cli("list").code == 0, "it answers")
    write_in_place(world.config_path, settings(world, {"hello": HELLO}, http={"listen": "127.0.0.1:1"}))
    assert world.cli("run", "hello", "-p", "name=a", code=0).out == "hello a\n"
    world.kill()


def test_sighup_takes_the_file_over(world):
    world.configure({"hello": HELLO})
    world.start()
    text = settings(world, {"hello": HELLO}, queue={"maxConcurrent": 8})
    with open(world.config_path, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        world.daemon.send_signal(signal.SIGHUP)
        assert reloaded(world)["payload"]["trigger"] == "signal"


STEPS = {"steps": [{"name": "one", "run": shell('echo "one $JOBGATE_ATTEMPT" >> ledger; read _ < hold/s')},
                   {"name": "two", "run": shell("echo old two >> ledger")}]}


@pytest.mark.parametrize("restart", [False, True], ids=["hot", "restart"])
def test_running_job_keeps_the_declaration_it_was_started_by(world, restart):
    world.configure({"s": STEPS})
    world.start()
    hold = world.hold("s")
    job = world.api.submit("s")
    hold.wait_reader()
    world.configure({"s": {**STEPS, "steps": [STEPS["steps"][0], {
        "name": "two", "run": shell("echo new two >> ledger")}]}})
    if restart:
        world.restart()
    event = reloaded(world)
    assert event["payload"]["trigger"] in (("file", "start") if restart else ("file",))
    hold.release()
    assert world.wait_end(job["id"])["state"] == "succeeded"
    assert world.lines("ledger") == ["one 1", "old two"]


def test_next_try_of_an_ungated_job_follows_the_declaration_of_its_start(world):
    first = shell('echo first >> ledger; read _ < hold/s; exit 64')
    world.configure({"s": {"run": first}})
    world.start()
    hold = world.hold("s")
    job = world.api.submit("s")
    hold.wait_reader()
    # By the new declaration 64 is permanent; the attempt that runs knows nothing of it.
    world.configure({"s": {"run": shell("echo second >> ledger"), "permanentExitCodes": [64]}})
    reloaded(world)
    hold.release()
    assert world.wait_end(job["id"])["state"] == "succeeded"
    assert world.lines("ledger") == ["first", "second"]


def test_jobs_of_a_removed_entrypoint_dead_letter_with_that_reason_and_running_ones_go_on(world):
    world.configure({"s": {"run": shell("read _ < hold/s"), "dedupe": "none"}},
                    queue={"maxConcurrent": 1})
    world.start()
    hold = world.hold("s")
    runs = world.api.submit("s")
    waits = world.api.submit("s")
    hold.wait_reader()
    world.configure({"hello": HELLO}, queue={"maxConcurrent": 1})
    reloaded(world)
    hold.release()
    assert world.wait_end(runs["id"])["state"] == "succeeded"
    assert world.wait_end(waits["id"])["state"] == "dead_lettered"
    [entry] = world.api.dlq()
    assert "'s' is no longer declared" in entry["reason"]


def test_gated_job_is_held_to_the_declaration_it_was_submitted_with(world):
    world.configure({"gated": GATED})
    world.start()
    job = world.api.submit("gated", {"name": "a"})
    edited = {**GATED, "steps": [{**GATED["steps"][0],
                                  "run": shell('echo "apply other" >> ledger; : "$1"', "{name}")}]}
    world.configure({"gated": edited})
    reloaded(world)
    world.api.approve(job["id"])
    until(lambda: "job:drifted" in world.api.event_types(job["id"]), "the difference is noticed")
    assert world.wait_state(job["id"], "waiting_approval") and world.lines("ledger") == []
    world.api.approve(job["id"])
    assert world.wait_end(job["id"])["state"] == "succeeded"
    assert world.lines("ledger") == ["apply other"]


def test_log_level_and_path_of_an_edit_hold_at_once(world):
    world.configure({"hello": HELLO})
    world.start()
    world.run_job("hello", {"name": "a"})
    assert "job:succeeded" not in world.log_tail(10**6)
    world.configure({"hello": HELLO}, log={"level": "debug", "path": "data/new.log"})
    reloaded(world)
    world.run_job("hello", {"name": "b"})

    def logged():
        with open(world.path("data", "new.log"), encoding="utf-8") as file:
            return "job:succeeded" in file.read()
    until(logged, "the new log has it")
    assert "job:succeeded" not in world.log_tail(10**6)
    world.configure({"hello": HELLO}, log={"path": "nowhere/x.log"})
    until(lambda: config_events(world, "rejected"), "a log that cannot be opened is rejected", 5)
    [event] = config_events(world, "rejected")
    assert event["payload"]["errors"][0]["pointer"] == "/log/path"


def test_secrets_of_an_edited_file_reach_the_next_attempt_and_no_record(world):
    secret = {"run": shell('echo "$(printf %s "$KEY" | wc -c)" >> ledger'), "secrets": ["KEY"],
              "dedupe": "none"}
    world.write("keys", "KEY=canary-one\n", 0o600)
    world.configure({"s": secret}, secretsFile="keys")
    world.start()
    world.run_job("s")
    world.write("keys", "KEY=canary-number-two\n", 0o600)
    event = reloaded(world)
    assert event["payload"]["secretsChanged"] == ["KEY"] and event["payload"]["changes"] == []
    world.run_job("s")
    assert world.lines("ledger") == ["10", "17"]
    assert "canary" not in json.dumps(world.api.events()) + world.log_tail(10**6)
    world.write("keys", "OTHER=x\n", 0o600)
    until(lambda: config_events(world, "rejected"), "a secret without a value is rejected", 5)
    assert "KEY has no value" in config_events(world, "rejected")[0]["payload"]["reason"]
    world.run_job("s")
    assert world.lines("ledger")[-1] == "17"


def test_edit_while_no_daemon_runs_is_told_at_the_start(world):
    world.configure({"hello": HELLO})
    world.start()
    world.restart()
    assert not config_events(world, "reloaded"), "the same file is nothing to tell"
    assert world.stop() == 0
    world.configure({"hello": HELLO}, queue={"maxConcurrent": 4})
    world.start()
    [event] = config_events(world, "reloaded")
    assert event["payload"]["trigger"] == "start"
    assert event["payload"]["changes"] == [{"pointer": "/queue/maxConcurrent", "old": 3, "new": 4}]


def test_many_edits_end_with_the_last_one_in_use(world):
    world.configure({"hello": HELLO})
    world.start()
    texts = [settings(world, {"hello": HELLO}, queue={"maxConcurrent": n}) for n in range(1, 60)]
    for number, text in enumerate(texts):
        EDITORS[number % 3](world.config_path, text)
    until(lambda: world.api.health()["data"]["jobs"]["queue"]["maxConcurrent"] == 59,
          "the last one is in use")
    assert not config_events(world, "rejected")
    assert world.run_job("hello", {"name": "a"})["state"] == "succeeded"
