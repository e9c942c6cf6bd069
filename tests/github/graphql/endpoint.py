"""POST /graphql: parses, validates against the schema, executes."""
import logging

from graphql import parse, validate
from graphql.error import GraphQLError, format_error
from graphql.execution import execute
from graphql.validation.rules import OverlappingFieldsCanBeMerged, specified_rules

from ..refusal import Refusal
from ..rest.call import Answer
from . import mutations, nodes
from .context import Context
from .schema import schema
from .search import search

# GitHub lets an issue's and a pull request's `state` stand side by side, as gh asks for them.
RULES = [rule for rule in specified_rules if rule is not OverlappingFieldsCanBeMerged]
logging.getLogger("graphql").setLevel(logging.CRITICAL + 1)  # errors are answered and checked


def _told(error):
    told = format_error(error)
    original = getattr(error, "original_error", None)
    if isinstance(original, Refusal):
        words = [one.get("message", "") for one in original.errors or []]
        told["message"] = "; ".join(filter(None, words)) or original.message
        told["type"] = {404: "NOT_FOUND", 403: "FORBIDDEN"}.get(original.status, "UNPROCESSABLE")
    return told


def answer(request, site, token, at):
    """200 whatever went wrong inside, as GitHub does; `errors` tells.."""
    sent = request.json()
    if not isinstance(sent, dict) or not isinstance(sent.get("query"), str):
        raise Refusal(400, "Problems parsing JSON")
    try:
        document = parse(sent["query"])
        errors = validate(schema(), document, RULES)
    except GraphQLError as error:
        errors = [error]
    if errors:
        made = Answer(200, {"errors": [_told(one) for one in errors]})
        made.violations = [str(one) for one in errors]
        return made
    context = Context(site, token.actor, at)
    result = execute(schema(), document, {**nodes.query(context), "search": search(context),
                      **mutations.mutation(context)},
                     context_value=context, variable_values=sent.get("variables") or {},
                     operation_name=sent.get("operationName") or None)
    body = {"data": result.data}
    if result.errors:
        body["errors"] = [_told(one) for one in result.errors]
    made = Answer(200, body)
    made.violations = [str(one) for one in result.errors or []
                       if not isinstance(getattr(one, "original_error", None), Refusal)]
    return made
