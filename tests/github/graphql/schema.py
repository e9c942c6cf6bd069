"""GitHub's published schema, made executable over plain dictionaries.

A value is a dictionary with `__typename`, a scalar, a list, or a function of the field's arguments
that gives one of these. A field that the dictionary lacks is an error, so that a gap shows.
"""
import functools

from graphql import (GraphQLInterfaceType, GraphQLObjectType, GraphQLScalarType, GraphQLUnionType,
                     build_client_schema)
from graphql.error import GraphQLError

from ..descriptions import load

_BUILT_IN = ("String", "Int", "Float", "Boolean", "ID")


def _named(name, kind="OBJECT", of=None):
    return {"kind": kind, "name": name, "ofType": of}


def _field(name, kind, arguments=()):
    return {"name": name, "description": None, "type": kind, "isDeprecated": True, "deprecationReason": "",
            "args": [{"name": each, "description": None, "type": _named("Int", "SCALAR"), "defaultValue": None}
                     for each in arguments]}


def _object(name, fields):
    return {"kind": "OBJECT", "name": name, "description": None, "fields": fields, "inputFields": None,
            "interfaces": [], "enumValues": None, "possibleTypes": None}


def _with_classic_projects(introspection):
    """Enterprise servers that gh 2.23 was made for had classic projects, which it asks for."""
    types = introspection["__schema"]["types"]
    if any(one["name"] == "ProjectCardConnection" for one in types):
        return introspection
    text = _named("String", "SCALAR")
    project = _object("Project", [_field("name", text), _field("id", _named("ID", "SCALAR"))])
    column = _object("ProjectColumn", [_field("name", text)])
    card = _object("ProjectCard", [_field("id", _named("ID", "SCALAR")), _field("project", _named("Project")),
                                   _field("column", _named("ProjectColumn"))])
    cards = _object("ProjectCardConnection", [
        _field("nodes", _named(None, "LIST", _named("ProjectCard"))), _field("totalCount", _named("Int", "SCALAR"))])
    types += [project, column, card, cards]
    for one in types:
        if one["name"] in ("Issue", "PullRequest"):
            one["fields"].append(_field("projectCards", _named("ProjectCardConnection"), ("first", "last")))
    return introspection


def _resolve(value, info, **arguments):
    name = info.field_name
    if name not in value:
        raise GraphQLError(f"this server knows no {info.parent_type}.{name}")
    found = value[name]
    return found(**arguments) if callable(found) else found


@functools.cache
def schema():
    built = build_client_schema(_with_classic_projects(load("graphql.json")))
    for kind in built.get_type_map().values():
        if isinstance(kind, GraphQLScalarType) and kind.name not in _BUILT_IN:
            kind.serialize = kind.parse_value = lambda value: value
            kind.parse_literal = lambda node: node.value
        elif isinstance(kind, (GraphQLInterfaceType, GraphQLUnionType)):
            kind.resolve_type = lambda value, info: info.schema.get_type(value["__typename"])
        elif isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for field in kind.fields.values():
                field.resolver = _resolve
    return built
