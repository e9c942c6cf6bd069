"""The processes of one test, seen through /proc (proc(5)).

The test run is their subreaper (PR_SET_CHILD_SUBREAPER, prctl(2)): whatever a daemon, supervisor
or job leaves behind becomes our child, however often it forked and whatever it cleared from its
environment. So "no process is left" is exact.
"""
import ctypes
import os
import signal
import subprocess
import threading
import time

from harness.wait import PATIENCE_SECONDS, until

_PR_SET_CHILD_SUBREAPER = 36
_ours = set()  # pids that a Popen of ours waits for
_starting = threading.Lock()


def become_subreaper():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")
    threading.Thread(target=_reap_orphans, daemon=True).start()


def spawn(argv, **options):
    """subprocess.Popen; its own wait() reaps it. Every process of the tests starts here."""
    with _starting:
        popen = subprocess.Popen(argv, **options)
        _ours.add(popen.pid)
    return popen


def run(*argv):
    """(exit code, output) of a command that ends soon."""
    process = spawn(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT)
    output, _ = process.communicate(timeout=30)
    return process.returncode, output.decode(errors="replace")


def is_ours(pid):
    """Whether the tests themselves started `pid`."""
    return pid in _ours


def parent(pid):
    stat = _stat(pid)
    return stat["ppid"] if stat else 0


def session(pid):
    stat = _stat(pid)
    return stat["session"] if stat else 0


def _stat(pid):
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            text = file.read().decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text[text.rindex(")") + 2 :].split()
    return {"state": fields[0], "ppid": int(fields[1]), "session": int(fields[3])}


def _children(pid):
    kids = []
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
    except FileNotFoundError:
        return kids
    for task in tasks:
        try:
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                kids += [int(word) for word in file.read().split()]
        except (FileNotFoundError, ProcessLookupError):
            pass
    return kids


def _reap_orphans():
    me = os.getpid()
    while True:
        for pid in _children(me):
            with _starting:
                stat = _stat(pid)
                if pid in _ours or not stat or stat["state"] != "Z":
                    continue
                os.waitpid(pid, os.WNOHANG)
        time.sleep(0.02)


def alive(pid):
    stat = _stat(pid)
    return bool(stat) and stat["state"] not in "ZX"


def descendants(pid):
    """Living processes below `pid`, zombies left out."""
    found = []
    for kid in _children(pid):
        if alive(kid):
            found.append(kid)
        found += descendants(kid)
    return found


def command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode(errors="replace").strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def environment(pid):
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            items = file.read().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return {}
    return dict(item.decode(errors="replace").split("=", 1) for item in items if b"=" in item)


def named(pids):
    return [f"{pid} {command_line(pid)}" for pid in pids]


def kill(pid, number=signal.SIGKILL):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def wait_gone(pids, what="the processes are gone", seconds=PATIENCE_SECONDS):
    until(lambda: not any(alive(pid) for pid in pids),
          lambda: f"{what}; alive: {named([p for p in pids if alive(p)])}", seconds)
