"""search(type: ISSUE): the words that gh writes, as `repo:o/r is:issue state:open label:approved`."""
import shlex

from ..refusal import Refusal
from .nodes import connection, issue


def _fits(one, name, value):
    value = value.lower()
    if name in ("is", "type"):
        kinds = {"issue": not one.pull_request, "pr": one.pull_request}
        return kinds[value] if value in kinds else one.state == value
    if name == "state":
        return one.state == value
    if name == "label":
        return one.has_label(value)
    if name == "author":
        return one.author.user.login.lower() == value
    if name == "assignee":
        return value in [user.login.lower() for user in one.assignees]
    raise Refusal(422, f"this server's search knows no {name}:")


def search(context):
    def found(query, type, **arguments):
        words = [word.partition(":") for word in shlex.split(query)]
        repos = [context.repo(*value.split("/")) for name, _, value in words if name == "repo"]
        fitting = [one for repo in repos for one in repo.listed()
                   if all(_fits(one, name, value) for name, colon, value in words
                          if colon and name not in ("repo", "sort"))
                   and all(word.lower() in one.title.lower() for word, colon, _ in words if not colon)]
        fitting.sort(key=lambda one: -one.id)
        page = connection(fitting, lambda one: issue(context, one))(**arguments)
        return {**page, "issueCount": len(fitting)}
    return found
