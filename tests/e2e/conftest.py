"""Fixtures of the end-to-end tests: one jobgate a test, gone without a trace at its end."""
import os
import shutil
import sys
import tempfile

import pytest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(__file__))

pytest_plugins = ["tests.github.fixture", "harness.github_gate"]
pytest.register_assert_rewrite("harness.problem", "harness.api", "harness.world")

from harness import processes, store  # noqa: E402
from harness.openapi import Contract  # noqa: E402
from harness.recorder import Recorder, read_seen  # noqa: E402
from harness.world import BINARY, World  # noqa: E402

_SEEN_FOLDER = "JOBGATE_E2E_SEEN"
_MISSING = pytest.StashKey()


def pytest_configure(config):
    for kind in ("sqlite", "jsonl"):
        config.addinivalue_line("markers", f"{kind}: looks into the files of that kind of store")
    if _SEEN_FOLDER not in os.environ:
        os.environ[_SEEN_FOLDER] = tempfile.mkdtemp(prefix="jge-seen-")
    if not os.access(BINARY, os.X_OK):
        raise pytest.UsageError(f"no program at {BINARY}: build it, or name it in JOBGATE_BINARY")


def pytest_collection_modifyitems(config, items):
    """Tests of the files of one kind of store run where that kind is tested."""
    others = {"sqlite", "jsonl"} - {store.KIND}
    dropped = [item for item in items if any(item.get_closest_marker(kind) for kind in others)]
    config.hook.pytest_deselected(items=dropped)
    items[:] = [item for item in items if item not in dropped]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.when == "call":
        item.failed = report.failed


@pytest.fixture(scope="session")
def recorder():
    processes.become_subreaper()  # here: only where tests run, not in the controller of -n
    return Recorder(os.environ[_SEEN_FOLDER])


@pytest.fixture
def world(request, recorder):
    """A folder with its own settings, port and store. Call configure() and start()."""
    one = World(recorder)
    yield one
    one.close(getattr(request.node, "failed", True))


def _whole_suite_ran(session):
    """Whether nothing was left out, so that what was never seen is truly never exercised."""
    config = session.config
    chosen = [os.path.realpath(str(path).split("::")[0]) for path in config.args]
    whole = all(os.path.realpath(os.path.dirname(__file__)) == path for path in chosen)
    options = config.option
    narrowed = [options.keyword, options.markexpr, options.ignore, options.ignore_glob,
                options.deselect, getattr(options, "lf", False)]
    return whole and not any(narrowed)


def pytest_sessionfinish(session, exitstatus):
    if hasattr(session.config, "workerinput"):
        return  # a parallel worker; the controller looks at what all of them saw
    folder = os.environ.pop(_SEEN_FOLDER)
    document, seen = read_seen(folder)
    shutil.rmtree(folder)
    if exitstatus != 0 or not document or not _whole_suite_ran(session):
        return
    exercised = {(method, path) for method, path, status in seen if status < 400}
    missing = sorted(set(Contract(document).operations()) - exercised)
    if missing:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        session.config.stash[_MISSING] = missing


def pytest_terminal_summary(terminalreporter, config):
    for method, path in config.stash.get(_MISSING, []):
        terminalreporter.write_line(f"FAILED: never exercised: {method.upper()} {path}", red=True)
