"""Comments of an issue, and of all issues of a repository."""
from .. import shapes
from ..refusal import Refusal
from .call import Answer


def _named(call):
    comment = call.repo.find_comment(int(call.parts["comment_id"]))
    if comment is None:
        raise Refusal(404, "Not Found")
    return comment


def _own_or_pushed(call):
    """One's own comments, and with push access everyone's."""
    comment = _named(call)
    call.need("read")
    if comment.author.user is not call.user and not call.repo.allows(call.user, "write"):
        raise Refusal(403, "Must have admin rights to Repository.")
    return comment


def _since(call, comments):
    since = call.since()
    return [one for one in comments if since is None or one.updated_at >= since]


def list_of_issue(call):
    return call.page(_since(call, call.issue.comments), shapes.comment)


def list_of_repo(call):
    comments = _since(call, [one for issue in call.repo.listed() for one in issue.comments])
    by_update = call.query.get("sort") == "updated"
    comments.sort(key=lambda one: (one.updated_at if by_update else one.created_at, one.id),
                  reverse="sort" in call.query and call.query.get("direction", "desc") == "desc")
    return call.page(comments, shapes.comment)


def create(call):
    call.need("read")
    if call.issue.locked:
        call.need("triage", "Unable to create comment because issue is locked.")
    made = call.issue.comment(call.text("body"), call.actor)
    return Answer(201, shapes.comment(made, call.at), {"Location": call.at.comment(made)})


def get(call):
    return Answer(200, shapes.comment(_named(call), call.at))


def edit(call):
    comment = _own_or_pushed(call)
    comment.issue.edit_comment(comment, call.text("body", ""), call.actor)
    return Answer(200, shapes.comment(comment, call.at))


def delete(call):
    comment = _own_or_pushed(call)
    comment.issue.delete_comment(comment, call.actor)
    return Answer(204)
