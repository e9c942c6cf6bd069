"""Issues, their events and timeline."""
from .. import shapes
from ..refusal import Refusal, invalid
from .call import Answer
from .labels import names_in


def _chosen(call):
    """The filters of a listing."""
    query, since = call.query, call.since()
    state = query.get("state", "open")
    if state not in ("open", "closed", "all"):
        raise invalid("Issue", "state", "invalid")
    labels = [name for name in query.get("labels", "").split(",") if name]
    for issue in call.repo.listed():
        assignees = {user.login.lower() for user in issue.assignees}
        assignee = query.get("assignee", "").lower()
        if (state in ("all", issue.state)
                and all(issue.has_label(name) for name in labels)
                and (since is None or issue.updated_at >= since)
                and (assignee in ("", "*") or assignee in assignees)
                and query.get("creator", issue.author.user.login).lower() == issue.author.user.login.lower()):
            yield issue


_ORDERS = {"created": lambda one: (one.created_at, one.number),
           "updated": lambda one: (one.updated_at, one.number),
           "comments": lambda one: (len(one.comments), one.number)}


def list_issues(call):
    order = _ORDERS.get(call.query.get("sort", "created"))
    direction = call.query.get("direction", "desc")
    if order is None or direction not in ("asc", "desc"):
        raise invalid("Issue", "sort" if order is None else "direction", "invalid")
    return call.page(sorted(_chosen(call), key=order, reverse=direction == "desc"), shapes.issue)


def create(call):
    call.need("read")
    body = call.object()
    title = body.get("title")
    if isinstance(title, int) and not isinstance(title, bool):
        title = str(title)
    labels, assignees = names_in(body.get("labels")), body.get("assignees") or []
    if not call.repo.allows(call.user, "write"):  # dropped without a word
        labels, assignees = [], []
    made = call.repo.open_issue(title, call.text("body"), call.actor, labels, call.users_of(assignees))
    return Answer(201, shapes.full_issue(made, call.at), {"Location": call.at.issue(made)})


def get(call):
    return Answer(200, shapes.full_issue(call.issue, call.at))


def edit(call):
    issue, actor, body = call.issue, call.actor, call.object()
    call.need("read")
    pushes = call.repo.allows(call.user, "triage")
    if not pushes and issue.author.user is not call.user:
        raise Refusal(403, "Must have admin rights to Repository.")
    if body.get("state") not in (None, "open", "closed"):
        raise invalid("Issue", "state", "invalid")
    issue.edit(actor, call.text("title"), call.text("body"))
    if pushes and body.get("labels") is not None:
        issue.set_labels(names_in(body["labels"]), actor)
    if pushes and body.get("assignees") is not None:
        wanted = call.users_of(body["assignees"])
        issue.unassign([one for one in issue.assignees if one not in wanted], actor)
        issue.assign(wanted, actor)
    if body.get("state") == "closed":
        issue.close(actor, body.get("state_reason"))
    elif body.get("state") == "open":
        issue.reopen(actor)
    return get(call)


def assign(call):
    call.need("triage")
    call.issue.assign(call.users_of(call.object().get("assignees") or []), call.actor)
    return Answer(201, shapes.full_issue(call.issue, call.at))


def unassign(call):
    call.need("triage")
    call.issue.unassign(call.users_of(call.object().get("assignees") or []), call.actor)
    return get(call)


def events(call):
    return call.page(call.issue.events, shapes.event)


def repo_events(call):
    """Of all issues, newest first, each with its issue."""
    found = sorted((event for issue in call.repo.listed() for event in issue.events),
                   key=lambda one: -one.id)
    return call.page(found, lambda one, at: {**shapes.event(one, at), "issue": shapes.issue(one.issue, at)})


def timeline(call):
    things = [(one.created_at, one.id, shapes.event, one) for one in call.issue.events]
    things += [(one.created_at, one.id, shapes.timeline_comment, one) for one in call.issue.comments]
    ordered = sorted(things, key=lambda one: one[:2])
    return call.page(ordered, lambda one, at: one[2](one[3], at))
