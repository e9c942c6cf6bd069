"""What can be changed: labels, assignees, comments, state and text of issues."""
from .nodes import comment, issue, label


def _labels(context, ids):
    return [context.of_id(one).name for one in ids or []]


def _users(context, ids):
    return [context.of_id(one) for one in ids or []]


def _payload(context, thing, **more):
    shape = issue(context, thing)
    name = "pullRequest" if thing.pull_request else "issue"
    return {name: shape, "labelable": shape, "assignable": shape, "subject": shape,
            "clientMutationId": None, **more}


def _on(context, action, role, own=False):
    """The issue of an id, where the actor holds the role (or wrote it)."""
    def found(text):
        one = context.of_id(text)
        if not (own and one.author.user is context.actor.user):
            context.need(one.repo, role, action)
        return one
    return found


def add_comment(context, subjectId, body, **_):
    one = _on(context, "AddComment", "read")(subjectId)
    made = one.comment(body, context.actor)
    return _payload(context, one, commentEdge={"cursor": "1", "node": comment(context, made)})


def update_comment(context, id, body, **_):
    one = context.of_id(id)
    if one.author.user is not context.actor.user:
        context.need(one.issue.repo, "write", "UpdateIssueComment")
    one.issue.edit_comment(one, body, context.actor)
    return {"issueComment": comment(context, one), "clientMutationId": None}


def create_issue(context, repositoryId, title, body=None, labelIds=None, assigneeIds=None, **_):
    repo = context.of_id(repositoryId)
    may = repo.allows(context.actor.user, "triage")
    made = repo.open_issue(title, body, context.actor, _labels(context, labelIds) if may else [],
                           _users(context, assigneeIds) if may else [])
    return _payload(context, made)


def update_issue(context, id=None, pullRequestId=None, title=None, body=None, labelIds=None,
                 assigneeIds=None, state=None, **_):
    one = _on(context, "UpdateIssue", "triage", own=True)(id or pullRequestId)
    one.edit(context.actor, title, body)
    if labelIds is not None:
        one.set_labels(_labels(context, labelIds), context.actor)
    if assigneeIds is not None:
        wanted = _users(context, assigneeIds)
        one.unassign([each for each in one.assignees if each not in wanted], context.actor)
        one.assign(wanted, context.actor)
    if state:
        (one.close if state == "CLOSED" else one.reopen)(context.actor)
    return _payload(context, one)


def close_issue(context, issueId, stateReason=None, **_):
    one = _on(context, "CloseIssue", "triage", own=True)(issueId)
    one.close(context.actor, (stateReason or "completed").lower())
    return _payload(context, one)


def reopen_issue(context, issueId, **_):
    one = _on(context, "ReopenIssue", "triage", own=True)(issueId)
    one.reopen(context.actor)
    return _payload(context, one)


def add_labels(context, labelableId, labelIds, **_):
    one = _on(context, "AddLabelsToLabelable", "triage")(labelableId)
    one.add_labels(_labels(context, labelIds), context.actor)
    return _payload(context, one)


def remove_labels(context, labelableId, labelIds, **_):
    one = _on(context, "RemoveLabelsFromLabelable", "triage")(labelableId)
    for name in _labels(context, labelIds):
        one.remove_label(name, context.actor)
    return _payload(context, one)


def create_label(context, repositoryId, name, color, description=None, **_):
    repo = context.of_id(repositoryId)
    context.need(repo, "write", "CreateLabel")
    return {"label": label(context, repo.new_label(name, color=color, description=description)),
            "clientMutationId": None}


def mutation(context):
    table = {"addComment": add_comment, "updateIssueComment": update_comment, "createIssue": create_issue,
             "updateIssue": update_issue, "closeIssue": close_issue, "reopenIssue": reopen_issue,
             "addLabelsToLabelable": add_labels, "removeLabelsFromLabelable": remove_labels,
             "createLabel": create_label}
    return {name: lambda input, do=do: do(context, **input) for name, do in table.items()}
