"""Whether requests and answers are what GitHub's OpenAPI description says."""
import functools
import json
import re
from urllib.parse import unquote

import fastjsonschema

from .descriptions import load

# Any request may be answered so, whatever its operation lists.
ANYWHERE = {304, 400, 401, 403, 404, 410, 422, 429, 500, 502, 503, 301, 302, 307}
ERROR = {"$ref": "#/components/schemas/basic-error"}


# Lists of events may hold any of many kinds, some of which demand nothing; these are told apart.
EVENT_KINDS = {"labeled": "labeled-issue-event", "unlabeled": "unlabeled-issue-event",
               "assigned": "timeline-assigned-issue-event", "renamed": "renamed-issue-event",
               "unassigned": "timeline-unassigned-issue-event", "commented": "timeline-comment-event",
               "closed": "state-change-issue-event", "reopened": "state-change-issue-event"}


def _json_content(content):
    """The schema of a JSON body, or None."""
    return next((one.get("schema") for kind, one in content.items() if "json" in kind), None)


class Description:
    """Thread-safe after construction, but for its cache, which may be filled twice."""

    def __init__(self):
        self._document = load("openapi.json")
        self._paths = [(self._pattern(path), item) for path, item in self._document["paths"].items()]
        # Fixed words before variable ones: /issues/comments is no issue's number.
        self._paths.sort(key=lambda one: one[0].pattern.count("[^/]+"))
        self._checks = {}

    @staticmethod
    def _pattern(path):
        return re.compile(re.sub(r"\{\w+\}", "([^/]+)", path))

    def _resolve(self, node):
        while "$ref" in node:
            _, *steps = node["$ref"].split("/")
            node = functools.reduce(lambda value, step: value[step], steps, self._document)
        return node

    def _check(self, schema, value, what):
        key = json.dumps(schema, sort_keys=True)
        if key not in self._checks:
            self._checks[key] = fastjsonschema.compile(
                {"$schema": "http://json-schema.org/draft-07/schema#", "allOf": [schema],
                 "components": self._document["components"]})
        try:
            self._checks[key](value)
        except fastjsonschema.JsonSchemaException as error:
            yield f"{what}: {error}"

    def violations(self, exchange):
        """What is wrong with an exchange, in words."""
        if exchange.path == "/graphql":
            return [f"graphql: {one}" for one in exchange.answer.violations] if exchange.answer else []
        found = self._operation(exchange)
        if found is None:
            return [f"{exchange!r}: no such operation"]
        problems = list(self._of_request(found, exchange))
        if exchange.answer is not None and (exchange.fault is None or exchange.fault.keeps_content):
            problems += self._of_answer(found, exchange.answer)
        return [f"{exchange!r}: {problem}" for problem in problems]

    def _operation(self, exchange):
        path = re.sub(r"^/repositories/\d+(?=/|$)", "/repos/o/r", exchange.path)
        method = "get" if exchange.method == "HEAD" else exchange.method.lower()
        for pattern, item in self._paths:
            if pattern.fullmatch(path) and method in item:
                return item[method]
        return None

    def _of_request(self, operation, exchange):
        known = [self._resolve(one) for one in operation.get("parameters", [])]
        query = {one["name"]: one for one in known if one["in"] == "query"}
        for name, text in exchange.query.items():
            if name not in query:
                yield f"query: unknown parameter {name}"
                continue
            kind = self._resolve(query[name]["schema"]).get("type")
            value = int(text) if kind == "integer" and text.isdigit() else unquote(text)
            yield from self._check(query[name]["schema"], value, f"query {name}")
        yield from self._of_body(operation.get("requestBody"), exchange)

    def _of_body(self, described, exchange):
        body = exchange.request.body
        if not body:
            if described and described.get("required"):
                yield "request: a body is required"
            return
        if described is None:
            yield "request: no body is wanted"
            return
        try:
            value = json.loads(body)
        except ValueError:
            yield "request: the body is no JSON"
            return
        schema = _json_content(self._resolve(described)["content"])
        yield from self._check(schema, value, "request")
        fields = self._fields(schema)
        if isinstance(value, dict) and fields:
            for name in sorted(set(value) - fields):
                yield f"request: unknown field {name}"

    def _fields(self, schema):
        """Every name that the schema gives to a field at its top."""
        schema = self._resolve(schema)
        names = set(schema.get("properties", {}))
        for choice in ("oneOf", "anyOf", "allOf"):
            for one in schema.get(choice, []):
                names |= self._fields(one)
        return names

    def _of_answer(self, operation, answer):
        status = str(answer.status)
        described = operation["responses"].get(status)
        if described is None and answer.status not in ANYWHERE:
            yield f"answer: status {status} is not described"
            return
        content = self._resolve(described).get("content") if described else None
        schema = _json_content(content) if content else None
        if answer.json is None:
            if schema and answer.status < 300:
                yield "answer: a body is missing"
            return
        yield from self._check(schema or ERROR, answer.json, "answer")
        for one in answer.json if isinstance(answer.json, list) else []:
            kind = EVENT_KINDS.get(one.get("event")) if isinstance(one, dict) else None
            if kind:
                yield from self._check({"$ref": f"#/components/schemas/{kind}"}, one, f"answer: {kind}")

    def hook_violations(self, event, payload):
        """The same for a webhook's payload."""
        name = f"{event.replace('_', '-')}-{payload['action']}"
        item = self._document["webhooks"].get(name)
        if item is None:
            return [f"webhook {name} is not described"]
        schema = _json_content(item["post"]["requestBody"]["content"])
        return list(self._check(schema, payload, f"webhook {name}"))


@functools.cache
def description():
    """One a process: its checks are compiled once."""
    return Description()
