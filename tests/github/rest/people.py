"""Users, and what they may do in a repository."""
from .. import shapes
from ..refusal import NOT_FOUND, Refusal
from .call import Answer


def _user(call, name):
    user = call.site.users.get(call.parts[name].lower())
    if user is None:
        raise Refusal(*NOT_FOUND)
    return user


def me(call):
    if call.user is None:
        raise Refusal(401, "Requires authentication")
    if call.token.permissions is not None and call.user.type == "Bot":
        raise Refusal(403, "Resource not accessible by integration")
    return Answer(200, shapes.user_page(call.user, call.at, call.site.clock.now()))


def user(call):
    return Answer(200, shapes.user_page(_user(call, "username"), call.at, call.site.clock.now()))


def repo(call):
    return Answer(200, shapes.repo(call.repo, call.repo.role_of(call.user), call.at))


def permission(call):
    call.need("write", "Must have push access to view collaborator permission.")
    return Answer(200, shapes.role(call.repo, _user(call, "username"), call.at))


def is_collaborator(call):
    call.need("write", "Must have push access to view repository collaborators.")
    if _user(call, "username").login.lower() not in call.repo.roles:
        raise Refusal(*NOT_FOUND)
    return Answer(204)


def is_assignable(call):
    if not call.repo.allows(_user(call, "assignee"), "triage"):
        raise Refusal(*NOT_FOUND)
    return Answer(204)
