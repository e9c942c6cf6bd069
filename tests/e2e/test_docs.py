"""The pages of docs/ name only what is there."""
import ast
import os
import re
import shlex
import shutil

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STORES = {"sqlite", "jsonl"}
# What these rows are about has nothing to do with the store.
ONE_STORE_IS_ENOUGH = {"J12", "J13", "J14", "J15", "J16", "N7", "M9", "M10"}
ROWS = {"J": 28, "N": 11, "S": 10, "B": 14, "M": 10}


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def rows_of_the_matrix():
    for line in read("docs/operators.md").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and re.fullmatch(r"[JNSBM]\d+", cells[0]):
            yield cells


def named_tests(cell):
    """(file, name) of each."""
    return [named.strip("` ").split("::") for named in cell.split(",")]


def names_in(path):
    tree = ast.parse(read(os.path.join("tests/e2e", path)))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def run_on_both_stores():
    """Names of the files that tools/run-tests runs on both kinds of store."""
    for node in ast.parse(read("tools/run-tests")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ON_BOTH_STORES":
            return {f"test_{name}.py" for name in ast.literal_eval(node.value)}


def stores_of(path, name):
    """Kinds of store that the test runs on."""
    marks = []
    for node in ast.parse(read(os.path.join("tests/e2e", path))).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            marks.append(ast.unparse(node.value))
        elif isinstance(node, ast.FunctionDef) and node.name == name:
            marks += map(ast.unparse, node.decorator_list)
    marked = {kind for kind in STORES if any(mark.startswith(f"pytest.mark.{kind}") for mark in marks)}
    return (STORES if path in run_on_both_stores() else {"sqlite"}) & (marked or STORES)


def test_matrix_has_every_row_once():
    expected = [f"{system}{number}" for system, count in ROWS.items()
                for number in range(1, count + 1)]
    assert [row[0] for row in rows_of_the_matrix()] == expected
    assert len(expected) == 73


def test_every_test_named_in_the_matrix_exists():
    for row, _, how, test in rows_of_the_matrix():
        if not test:
            assert "not yet" in how, f"{row} names neither a test nor what is missing"
            continue
        for path, name in named_tests(test):
            assert name in names_in(path), f"{row} names {path}::{name}"


def test_rows_of_queue_and_store_are_shown_on_both_kinds_of_store():
    assert stores_of("test_store.py", "test_checkpoint_folds_the_log_into_the_snapshot") == {"jsonl"}
    assert stores_of("test_github.py", "test_a_deleted_issue_is_replaced") == {"sqlite"}
    shown = {row: set().union(*(stores_of(*named) for named in named_tests(test)))
             for row, _, _, test in rows_of_the_matrix() if test}
    assert {row for row, stores in shown.items() if stores != STORES} <= ONE_STORE_IS_ENOUGH


def test_every_test_of_what_somebody_might_try_exists():
    tests = {}
    for folder, _, files in os.walk(os.path.join(ROOT, "tests")):
        tests.update({name: os.path.join(folder, name) for name in files if "test" in name})
    named = re.findall(r"`(\w+\.(?:py|cc))::([^`]+)`", read("docs/github.md"))
    assert len(named) >= 20
    for file, name in named:
        begin = "def " if file.endswith(".py") else '"'
        assert begin + name in read(tests[file]), f"docs/github.md names {file}::{name}"


def test_every_runbook_section_that_health_names_exists():
    source = read("src/api/health_json.cc")
    checks = set(re.findall(r'(?:Warn|Critical|AtLeast|Below)\("([a-z_]+)"', source))
    sections = set(re.findall(r"^## ([a-z_]+)$", read("docs/runbook.md"), re.M))
    assert len(checks) >= 10
    assert checks <= sections, checks - sections


def examples(text):
    """Arguments of each `jobgate submit`, `run` and `list` that is shown, without the shell's part."""
    for line in re.findall(r"^ *jobgate ((?:submit|run|list) .*)$", text, re.M):
        yield shlex.split(re.split(" [|>] ", line)[0])


def test_every_example_of_a_submission_works_with_the_shipped_settings(world):
    shutil.copytree(os.path.join(ROOT, "config"), world.path("config"), dirs_exist_ok=True)
    world.write("config/jobs.json", read("config/jobs.json").replace(":8787", f":{world.port}"))
    world.start()
    shown = list(examples(read("docs/cli.md") + read("docs/runbook.md")))
    for command in ("submit", "run", "list"):
        shown += examples(world.cli(command, "--help", code=0).out)
    assert len(shown) >= 15
    for arguments in shown:
        if arguments[0] in ("submit", "run"):
            arguments = ["submit", *arguments[1:], "--dry-run"]
        world.cli(*arguments, code=0)


def test_every_error_of_the_api_is_in_the_status_table():
    source, page = read("src/base/error.cc"), read("docs/http-api.md")
    rows = re.findall(r'Code::k\w+, "([a-z-]+)", "[^"]*", (\d+)', source)
    missing = [word for word, status in rows
               if word != "unreachable" and not re.search(rf"\| .*{status}.* \| .*`{word}`", page)]
    assert len(rows) >= 15 and not missing, missing


def test_links_between_the_pages_lead_somewhere():
    pages = ["README.md"] + [os.path.join("docs", name)
                             for name in os.listdir(os.path.join(ROOT, "docs"))]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", read(page)):
            path = os.path.join(ROOT, os.path.dirname(page), target)
            assert os.path.exists(path), f"{page} links to {target}"
