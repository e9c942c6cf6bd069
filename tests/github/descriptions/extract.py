#!/usr/bin/python3
"""extract.py NODE_MODULES TO: takes out of GitHub's published descriptions what the tests use.

openapi.json   the paths below, their schemas as JSON Schema (draft 7)
graphql.json   the GraphQL schema (an introspection result)
webhooks.json  recorded deliveries: {event: [payload, …]}
"""
import json
import os
import re
import sys

PATHS = re.compile(r"/(rate_limit|user|meta|users/\{username\}"
                   r"|repos/\{owner\}/\{repo\}(/(issues|labels|collaborators|assignees)\b.*)?)?")
EVENTS = ("issues", "issue_comment")
FORMATS = ("date-time", "uri", "email")  # the others (int64, timestamp, …) are OpenAPI's own


def json_schema(node):
    """OpenAPI 3.0 differs from JSON Schema in `nullable`, and what examples hold is no schema."""
    if isinstance(node, list):
        return [json_schema(one) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return {"$ref": node["$ref"]}
    changed = {key: json_schema(value) for key, value in node.items()
               if key not in ("nullable", "example", "examples", "description", "x-github")}
    if isinstance(node.get("properties"), dict):  # where those names are fields
        changed["properties"] = {key: json_schema(value)
                                 for key, value in node["properties"].items()}
    if isinstance(changed.get("format"), str) and changed["format"] not in FORMATS:
        del changed["format"]
    if node.get("nullable") is not True:
        return changed
    if not isinstance(changed.get("type"), str):
        return {"anyOf": [{"type": "null"}, changed]}
    changed["type"] = [changed["type"], "null"]
    if "enum" in changed and None not in changed["enum"]:
        changed["enum"] = changed["enum"] + [None]
    return changed


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def openapi(document):
    """The chosen paths and webhooks, and of the components what they reach."""
    paths = {path: item for path, item in document["paths"].items() if PATHS.fullmatch(path)}
    hooks = {name: item for name, item in document["x-webhooks"].items()
             if name.startswith(("issues-", "issue-comment-"))}
    chosen = json_schema({"paths": paths, "webhooks": hooks})
    components, waiting = {}, set(references(chosen))
    while waiting:
        _, _, kind, name = waiting.pop().split("/")
        if name in components.setdefault(kind, {}):
            continue
        components[kind][name] = json_schema(document["components"][kind][name])
        waiting |= set(references(components[kind][name]))
    return {"info": document["info"], **chosen, "components": components}


def graphql(text):
    # Defaults that are the word null are unknown to the parser of graphql-core 2.
    return json.loads(re.sub(r'("defaultValue":\s*)"null"', r"\1null", text))


def webhooks(recorded):
    return {one["name"]: one["examples"] for one in recorded if one["name"] in EVENTS}


def main(modules, folder):
    def text_of(path):
        with open(os.path.join(modules, "@octokit", path), encoding="utf-8") as file:
            return file.read()

    taken = {
        "openapi.json": openapi(json.loads(text_of("openapi/generated/api.github.com.json"))),
        "graphql.json": graphql(text_of("graphql-schema/schema.json")),
        "webhooks.json": webhooks(json.loads(text_of("webhooks-examples/api.github.com/index.json"))),
    }
    for name, value in taken.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            json.dump(value, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
