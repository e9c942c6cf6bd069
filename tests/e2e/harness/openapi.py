"""Holds the server to its own /openapi.json: every answer seen is checked against it."""
import copy
import json
import re

import jsonschema

_METHODS = ("get", "put", "post", "delete", "patch", "head", "options")


def as_json_schema(node):
    """OpenAPI 3.0's dialect as JSON Schema: `nullable` becomes a further type."""
    if isinstance(node, list):
        return [as_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: as_json_schema(value) for key, value in node.items()}
    if node.pop("nullable", False) is True:
        return {"anyOf": [node, {"type": "null"}]}
    return node


class Contract:
    """One OpenAPI 3.0 document, ready to check answers."""

    def __init__(self, document):
        self.document = copy.deepcopy(document)
        self._schemas = as_json_schema(document.get("components", {}).get("schemas", {}))
        self._validators = {}
        self._operations = []
        for path, item in document["paths"].items():
            pattern = re.compile("^" + re.sub(r"\\\{[^/]+?\\\}", "[^/]+", re.escape(path)) + "$")
            for method in _METHODS:
                if method in item:
                    self._operations.append((method, path, pattern, item[method]))
        # A literal path comes before one with a parameter in the same place.
        self._operations.sort(key=lambda row: row[1].count("{"))

    def operations(self):
        return sorted((method, path) for method, path, _, _ in self._operations)

    def find(self, method, path):
        """The (path template, operation) that `path` falls under, or None."""
        for candidate, template, pattern, operation in self._operations:
            if candidate == method.lower() and pattern.match(path):
                return template, operation
        return None

    def knows_path(self, path):
        return any(pattern.match(path) for _, _, pattern, _ in self._operations)

    def resolve(self, node):
        while isinstance(node, dict) and "$ref" in node:
            target = self.document
            for token in node["$ref"].removeprefix("#/").split("/"):
                target = target[token.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def validator(self, schema):
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            whole = {"allOf": [as_json_schema(schema)], "components": {"schemas": self._schemas}}
            self._validators[key] = jsonschema.Draft7Validator(
                whole, format_checker=jsonschema.FormatChecker())
        return self._validators[key]

    def complaints(self, method, path, status, media_type, body):
        """What is wrong with an answer; an empty list where it is as documented."""
        found = self.find(method, path)
        if not found:
            return [] if status in (403, 404, 405) else [f"{method} {path} is not documented"]
        template, operation = found
        responses = operation["responses"]
        response = responses.get(str(status), responses.get("default"))
        if response is None:
            return [f"{method} {template}: status {status} is not documented"]
        content = self.resolve(response).get("content", {})
        if not content:
            return [f"{method} {template} {status}: a body comes that is not documented"] if body else []
        if media_type not in content:
            return [f"{method} {template} {status}: content type {media_type} is not documented"]
        if not media_type.endswith(("/json", "+json")):
            return []
        schema = content[media_type].get("schema", {})
        return [f"{method} {template} {status}: /{'/'.join(map(str, e.absolute_path))}: {e.message[:300]}"
                for e in self.validator(schema).iter_errors(json.loads(body))]
