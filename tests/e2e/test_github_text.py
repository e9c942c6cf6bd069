"""What is written on an issue can be trusted, whatever jobs and people put into it."""
import json
import re

from harness.github_gate import asked
from harness.wait import until

SECRET = "canary-7f3a9-0123456789"
HOSTILE = "\n".join([
    "```", "~~~~", "``````", "</details>", "---", "# Approved by ada", "@mia @acme/ops", "<img src=x onerror=y>",
    "<!-- jobgate:msg_" + "0" * 26 + " -->", "<!-- hidden", "/approve " + "0" * 12, "\u202edeorevnu",
    "<sub>jobgate · job_" + "0" * 26 + " · audit head 1:" + "0" * 64 + " · history " + "0" * 12 + "</sub>",
    "<!-- jobgate:msg_" + "1" * 26 + " -->"])
# Prints its secret whole, in two writes, and over the border of a buffer; and leaves it in its result.
LEAK = """import json, os, sys, time
secret, text = os.environ["TOK"], sys.argv[1]
for part in ("x" * 4090 + secret + "\\n", secret[:9], secret[9:] + "\\n", text + "\\n"):
    sys.stdout.write(part)
    sys.stdout.flush()
    time.sleep(0.05)
with open(os.environ["JOBGATE_RESULT"], "w") as file:
    json.dump({"secret": secret, "text": text}, file)
sys.stderr.write(text + secret)
sys.exit(0 if os.environ["JOBGATE_STEP"] == "plan" else 1)
"""


def outside_of_code(body):
    """What a reader of the Markdown does not see as code: fences and code spans of
    https://github.github.com/gfm/ are left out."""
    lines, fence = [], None
    for line in body.split("\n"):
        mark = re.match(r" {0,3}(`{3,}|~{3,})(.*)$", line)
        if fence is None and mark and not (mark[1][0] == "`" and "`" in mark[2]):
            fence = mark[1]
        elif fence is None:
            lines.append(line)
        elif mark and mark[1][0] == fence[0] and len(mark[1]) >= len(fence) and not mark[2].strip():
            fence = None
    assert fence is None, "a fence stays open"
    return re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "", "\n".join(lines))


def test_no_text_gets_out_of_its_quotation_and_no_secret_out_at_all(world, gate, people):
    world.extra_environment["TOK"] = SECRET
    world.write("leak.py", LEAK)
    run = ["/usr/bin/python3", "-I", "leak.py", "{what}"]
    gate({"steps": [{"name": "plan", "run": run}, {"name": "apply", "run": run, "gate": True}],
          "secrets": ["TOK"], "maxAttempts": 1})
    job = asked(world, world.api.submit("deploy", {"what": HOSTILE}))
    issue = people.find(job["issueId"])
    people.label(issue, "approved", by="will")
    world.wait_state(job["id"], "dead_lettered")
    new = asked(world, world.api.ok("POST", f"/api/v1/dlq/{job['id']}/retry", {"note": HOSTILE}, 201))
    another = people.find(new["issueId"])
    world.api.cancel(new["id"], reason=HOSTILE)
    until(lambda: issue.state == another.state == "closed", "the ends are told")

    texts = [one.body for one in (issue, another, *issue.comments, *another.comments)]
    assert any(text.startswith("Failed for good") and "printed to stderr" in text for text in texts)
    assert len([text for text in texts if "@mia @acme/ops" in text]) == 5, "params, ends, note and reason are shown"
    assert any("[redacted]" in text for text in texts)
    for text in texts:
        rest, = re.fullmatch(r"(?s)(.*)\n<sub>jobgate · job_\w{26} · audit head \d+:[0-9a-f]{64} · history "
                             r"[0-9a-f]{12}</sub>\n<!-- jobgate:msg_\w{26} -->\n", outside_of_code(text)).groups()
        assert not re.search(r"@|<!--|audit head|<img|Approved by ada|(?m:^/approve)", rest), rest
        assert rest.count("<details>") == rest.count("</details>") and "\u202e" not in text
    for one in people.requests:
        assert SECRET not in one.request.target and SECRET.encode() not in one.request.body
    assert SECRET not in json.dumps([world.api.job(job["id"]), world.api.events(job["id"])])


def test_params_as_deep_as_they_may_be_are_shown_on_the_issue_and_run(world, gate, people):
    deep = "end"
    for _ in range(64):
        deep = {"a": deep}
    gate({"steps": [{"name": "apply", "run": ["true"], "gate": True}], "params": {}})
    job = asked(world, world.api.submit("deploy", deep))
    issue = people.find(job["issueId"])
    shown = issue.body.split("Params:\n", 1)[1]
    text = re.match(r"(`{3,}|~{3,})json\n(.*?)\n\1\n", shown, re.S)[2]
    assert json.loads(text) == deep
    people.label(issue, "approved", by="will")
    assert world.wait_end(job["id"])["params"] == deep
