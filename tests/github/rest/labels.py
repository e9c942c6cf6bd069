"""Labels of a repository and of an issue."""
from urllib.parse import unquote

from .. import shapes
from ..refusal import Refusal
from .call import Answer


def names_in(labels):
    """Labels are given as names or as objects."""
    return [one["name"] if isinstance(one, dict) else str(one) for one in labels or []]


def _shape(call):
    return lambda one, at: shapes.label(one, call.repo, at)


def _named(call):
    label = call.repo.find_label(unquote(call.parts["name"]))
    if label is None:
        raise Refusal(404, "Not Found")
    return label


def _of_issue(call):
    return Answer(200, [shapes.label(one, call.repo, call.at) for one in call.issue.labels])


def list_labels(call):
    return call.page(call.repo.labels, _shape(call))


def create(call):
    call.need("write")
    more = {key: value for key, value in call.object().items() if key in ("color", "description") and value}
    made = call.repo.new_label(call.text("name"), **more)
    return Answer(201, _shape(call)(made, call.at), {"Location": call.at.label(call.repo, made)})


def get(call):
    return Answer(200, _shape(call)(_named(call), call.at))


def update(call):
    call.need("write")
    label, given = _named(call), call.object()
    call.repo.change_label(label, **{key: given[key] for key in ("new_name", "color", "description") if key in given})
    return Answer(200, _shape(call)(label, call.at))


def delete(call):
    call.need("write")
    call.repo.delete_label(_named(call))
    return Answer(204)


def list_of_issue(call):
    return call.page(call.issue.labels, _shape(call))


def _wanted(call):
    """Whoever may label may not always make labels."""
    call.need("triage")
    given = call.json()
    names = names_in(given.get("labels") if isinstance(given, dict) else given)
    if not call.repo.allows(call.user, "write") and not all(map(call.repo.find_label, names)):
        raise Refusal(403, "You do not have permission to create labels on this repository.")
    return names


def add(call):
    call.issue.add_labels(_wanted(call), call.actor)
    return _of_issue(call)


def replace(call):
    call.issue.set_labels(_wanted(call), call.actor)
    return _of_issue(call)


def remove(call):
    call.need("triage")
    if not call.issue.remove_label(unquote(call.parts["name"]), call.actor):
        raise Refusal(404, "Label does not exist")
    return _of_issue(call)


def remove_all(call):
    call.need("triage")
    call.issue.set_labels([], call.actor)
    return Answer(204)
