"""The files of a JSONL store as json and zlib see them: an independent reader of
docs/store-format.md, which loads them into the tables of migrations/ so that one set of questions
is asked of both kinds of store."""
import glob
import json
import os
import re
import sqlite3
import zlib

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
RENAMED = {"max_attempts": "attempts_max", "max_rss_bytes": "rss_bytes_max"}


class Damaged(sqlite3.DatabaseError):
    """As sqlite3 says it of its own files."""


def _lines(path, is_active=False):
    """The lines of one file, each checked; a last turn of the log that is torn is left out."""
    with open(path, "rb") as file:
        content = file.read()
    whole, _, torn = content.rpartition(b"\n")
    if torn and not is_active:
        raise Damaged(f"{path} does not end with a line break")
    for number, line in enumerate(whole.split(b"\n"), 1):
        found = re.search(rb'"crc":"([0-9a-f]{8})"', line)
        if not found:
            raise Damaged(f"{path}, line {number}: no checksum")
        rest = line[:found.start(1)] + line[found.end(1):]
        if zlib.crc32(rest) != int(found.group(1), 16):
            raise Damaged(f"{path}, line {number}: the checksum is wrong")
        yield json.loads(line)


def _with_crc(line):
    """A line, given with `"crc":""`, as it stands in a file."""
    at = line.index(b'"crc":"') + len(b'"crc":"')
    return line[:at] + b"%08x" % zlib.crc32(line) + line[at:] + b"\n"


def header(segment, after, kind="log"):
    """The first line of a file."""
    return _with_crc(f'{{"jobgate":"jsonl","format":2,"kind":"{kind}","segment":{segment},'
                     f'"after":{after},"crc":""}}'.encode())


def rewrite(path, change):
    """Gives every op of the log to `change`, which returns it changed, or None to leave it out. The lines are as good
    as before; at least one op of each turn has to stay."""
    with open(path, "rb") as file:
        first, *lines = file.read().splitlines(keepends=True)
    turns_ = [json.loads(line) for line in lines]
    for turn in turns_:
        turn["crc"] = ""
        turn["ops"] = [op for op in map(change, turn["ops"]) if op is not None]
        assert turn["ops"]
    with open(path, "wb") as file:
        file.write(first)
        for turn in turns_:
            file.write(_with_crc(json.dumps(turn, separators=(",", ":"),
                                            ensure_ascii=False).encode()))


def append_turn(path, ops):
    """One more turn with these ops at the end of the log, as good as any."""
    with open(path, "rb") as file:
        last = json.loads(file.read().splitlines()[-1])
    turn = {**last, "seq": last["seq"] + 1, "crc": "", "ops": ops}
    with open(path, "ab") as file:
        file.write(_with_crc(json.dumps(turn, separators=(",", ":"), ensure_ascii=False).encode()))


def seal(path, turns_each):
    """Parts the log of a stopped store into sealed ones of so many turns and a last one."""
    with open(path, "rb") as file:
        first, *lines = file.read().splitlines(keepends=True)
    segment, after = json.loads(first)["segment"], json.loads(first)["after"]
    while len(lines) > turns_each:
        with open(f"{path}.log-{segment:06}", "wb") as file:
            file.writelines([header(segment, after), *lines[:turns_each]])
        os.chmod(file.name, 0o600)
        lines, segment, after = lines[turns_each:], segment + 1, after + turns_each
    with open(path, "wb") as file:
        file.writelines([header(segment, after), *lines])


def turns(path):
    """Every op of the store whose log is `path`, or of the backup `path`, oldest first."""
    seq, segment = 0, 0
    with open(path, "rb") as file:
        is_backup = b'"kind":"snapshot"' in file.readline()
    if is_backup or os.path.exists(path + ".snapshot"):
        lines = list(_lines(path if is_backup else path + ".snapshot"))
        seq, segment = lines[0]["after"], lines[0]["segment"]
        if [line["seq"] for line in lines[1:]] != list(range(1, len(lines))) or lines[-1]["ops"]:
            raise Damaged("the snapshot has a part too few or too many")
        for line in lines[1:]:
            yield from line["ops"]
    if is_backup:
        return
    sealed = [(int(name.rpartition("-")[2]), name) for name in glob.glob(path + ".log-*")]
    logs = [name for number, name in sorted(sealed) if number > segment] + [path]
    for name in logs:
        segment += 1
        header, *lines = _lines(name, is_active=name == path)
        if (header["kind"], header["segment"], header["after"]) != ("log", segment, seq):
            raise Damaged(f"{name} does not go on behind turn {seq}")
        for line in lines:
            seq += 1
            if line["seq"] != seq or not line["ops"]:
                raise Damaged(f"{name}: turn {line['seq']} stands where {seq} should")
            yield from line["ops"]


def _text(value):
    if isinstance(value, dict) and list(value) == ["$hex"]:
        return bytes.fromhex(value["$hex"]).decode(errors="replace")
    return value


def _snake(name):
    snake = re.sub(r"[A-Z]", lambda letter: "_" + letter.group().lower(), name)
    return RENAMED.get(snake, snake)


def _columns(connection, table):
    return {row[1]: row for row in connection.execute(f"PRAGMA table_info({table})")}


def _row(record, columns):
    row = {}
    for name, value in record.items():
        snake = _snake(name)
        if snake.removesuffix("_ms") in columns:
            row[snake.removesuffix("_ms")] = _text(value)
        elif snake in columns:
            row[snake] = _text(value)
        else:
            row[snake + "_json"] = _text(value) if isinstance(_text(value), str) else json.dumps(value)
    if "chain" in row:
        row["chain"] = bytes.fromhex(row["chain"])
    if "priority" in row:
        row["priority"] = ["critical", "high", "normal", "low", "background"].index(row["priority"])
    for name, (_, _, kind, required, default, _) in columns.items():
        if required and default is None:
            row.setdefault(name, 1 if name == "due" else 0 if kind == "INTEGER" else "")
    return row


def load(path):
    """A connection to a database in memory with what the files say."""
    kept = {"job": {}, "attempt": {}, "event": {}, "key": {}, "outbox": {},
            "setting": {}}
    ids = {"job": lambda r: r["id"], "attempt": lambda r: (r["jobId"], r["number"]),
           "event": lambda r: r["seq"], "key": lambda r: str(r["key"]),
           "outbox": lambda r: r["id"], "setting": lambda r: r["key"]}
    for op in turns(path):
        (kind, record), = op.items()
        if kind == "dropKey":
            del kept["key"][str(record)]
        elif kind == "dropOutbox":
            del kept["outbox"][record]
        elif kind == "dropJob":
            del kept["job"][record]
            kept["attempt"] = {of: attempt for of, attempt in kept["attempt"].items()
                               if of[0] != record}
        elif kind == "forget":
            kept["event"][record]["payload"] = {"forgotten": "sha256:…"}
        else:
            kept[kind][ids[kind](record)] = record
    connection = sqlite3.connect(":memory:")
    for name in sorted(glob.glob(os.path.join(ROOT, "migrations", "*.sql"))):
        with open(name, encoding="utf-8") as file:
            connection.executescript(file.read())
    tables = {"job": "jobs", "attempt": "attempts", "event": "events", "key": "idempotency_keys",
              "outbox": "outbox", "setting": "settings"}
    for kind, table in tables.items():
        columns = _columns(connection, table)
        for record in kept[kind].values():
            row = _row(record, columns)
            connection.execute(f"INSERT INTO {table} ({', '.join(row)}) "
                               f"VALUES ({', '.join('?' * len(row))})", list(row.values()))
    # The files keep no counts.
    states = [name for name in _columns(connection, "job_counts") if name not in ("entrypoint", "priority")]
    connection.execute(f"INSERT INTO job_counts (entrypoint, priority, {', '.join(states)}) SELECT entrypoint, priority, "
                       + ", ".join(f"sum(state = '{state}')" for state in states)
                       + " FROM jobs GROUP BY entrypoint, priority")
    connection.commit()
    return connection
