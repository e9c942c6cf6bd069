"""What can be asked for: users, repositories, issues, labels, comments."""
from ..addresses import node_id
from ..clock import written
from ..people import at_least
from .context import not_found

_PERMISSIONS = {"admin": "ADMIN", "maintain": "MAINTAIN", "write": "WRITE", "triage": "TRIAGE", "read": "READ"}
_REACTIONS = ["THUMBS_UP", "THUMBS_DOWN", "LAUGH", "HOORAY", "CONFUSED", "HEART", "ROCKET", "EYES"]


def connection(things, node):
    """A function of the usual arguments; cursors are positions."""
    def page(first=None, last=None, after=None, before=None, **_):
        begin, end = int(after or 0), int(before or len(things))
        if first is not None:
            end = min(end, begin + first)
        elif last is not None:
            begin = max(begin, end - last)
        return {"nodes": [node(one) for one in things[begin:end]], "totalCount": len(things),
                "edges": [{"cursor": str(begin + index + 1), "node": node(one)}
                          for index, one in enumerate(things[begin:end])],
                "pageInfo": {"hasNextPage": end < len(things), "hasPreviousPage": begin > 0,
                             "startCursor": str(begin), "endCursor": str(end)}}
    return page


EMPTY = connection([], None)


def user(context, one):
    if one is None:
        return None
    kind = one.type
    return {"__typename": kind, "id": node_id(kind, one.id), "databaseId": one.id, "name": None,
            "login": one.login.removesuffix("[bot]"), "url": f"{context.at.web}/{one.login}",
            "email": "", "organizations": EMPTY, "isViewer": one is context.actor.user}


def label(context, one):
    return {"__typename": "Label", "id": node_id("Label", one.id), "name": one.name, "color": one.color,
            "description": one.description, "isDefault": one.default}


def reaction_groups(**_):
    return [{"content": name, "users": EMPTY, "reactors": EMPTY, "viewerHasReacted": False}
            for name in _REACTIONS]


def comment(context, one):
    return {"__typename": "IssueComment", "id": node_id("IssueComment", one.id), "databaseId": one.id,
            "author": user(context, one.author.user), "body": one.body,
            "authorAssociation": one.issue.association(one.author.user),
            "createdAt": written(one.created_at), "updatedAt": written(one.updated_at),
            "publishedAt": written(one.created_at), "includesCreatedEdit": one.updated_at != one.created_at,
            "isMinimized": False, "minimizedReason": None, "reactionGroups": reaction_groups,
            "url": context.at.comment_page(one), "viewerDidAuthor": one.author.user is context.actor.user,
            "issue": lambda: issue(context, one.issue)}


def issue(context, one):
    state = "OPEN" if one.state == "open" else "CLOSED"
    return {
        "__typename": "PullRequest" if one.pull_request else "Issue", "id": node_id("Issue", one.id),
        "databaseId": one.id, "number": one.number, "title": one.title, "body": one.body or "", "state": state,
        "stateReason": one.state_reason.upper() if one.state_reason else None,
        "closed": one.state == "closed", "url": context.at.issue_page(one), "locked": one.locked,
        "isDraft": False, "author": user(context, one.author.user),
        "authorAssociation": one.association(one.author.user),
        "createdAt": written(one.created_at), "updatedAt": written(one.updated_at),
        "closedAt": written(one.closed_at), "milestone": None, "reactionGroups": reaction_groups,
        "labels": connection(one.labels, lambda each: label(context, each)),
        "assignees": connection(one.assignees, lambda each: user(context, each)),
        "comments": connection(one.comments, lambda each: comment(context, each)),
        "projectCards": EMPTY, "projectItems": EMPTY, "projectsV2": EMPTY,
        "repository": lambda: repo(context, one.repo)}


def _is_of(login, users):
    return not login or login.lower() in [user.login.lower() for user in users]


def _issues_of(context, one):
    """Pull requests are listed apart."""
    def page(states=None, labels=None, filterBy=None, orderBy=None, **arguments):
        chosen = {name: value for name, value in (filterBy or {}).items() if value is not None}
        wanted = states or chosen.get("states")
        found = [each for each in one.listed() if not each.pull_request
                 and (not wanted or each.state.upper() in wanted)
                 and all(each.has_label(name) for name in (labels or chosen.get("labels") or []))
                 and _is_of(chosen.get("assignee"), each.assignees)
                 and _is_of(chosen.get("createdBy"), [each.author.user])]
        order = orderBy or {"field": "CREATED_AT", "direction": "ASC"}
        key = {"CREATED_AT": lambda each: each.created_at, "UPDATED_AT": lambda each: each.updated_at,
               "COMMENTS": lambda each: len(each.comments)}[order["field"]]
        found.sort(key=lambda each: (key(each), each.number), reverse=order["direction"] == "DESC")
        return connection(found, lambda each: issue(context, each))(**arguments)
    return page


def repo(context, one):
    role = one.role_of(context.actor.user)
    assignable = [each for each in context.site.users.values()
                  if each.type == "User" and at_least(one.role_of(each), "triage")]
    return {
        "__typename": "Repository", "id": node_id("Repository", one.id), "name": one.name,
        "nameWithOwner": one.full_name, "owner": user(context, one.owner), "url": context.at.repo_page(one),
        "description": "", "isPrivate": one.private, "isFork": False, "isArchived": one.archived,
        "hasIssuesEnabled": True, "hasWikiEnabled": True, "hasProjectsEnabled": True, "parent": None,
        "defaultBranchRef": {"__typename": "Ref", "name": "main"}, "mergeCommitAllowed": True,
        "rebaseMergeAllowed": True, "squashMergeAllowed": True, "issueTemplates": [],
        "viewerPermission": _PERMISSIONS.get(role), "viewerCanAdminister": role == "admin",
        "issue": lambda number: issue(context, context.issue(one, number)),
        "issueOrPullRequest": lambda number: issue(context, context.issue(one, number)),
        "issues": _issues_of(context, one),
        "label": lambda name: label(context, one.find_label(name)) if one.find_label(name) else None,
        "labels": lambda query="", orderBy=None, **more: connection(
            [each for each in one.labels if (query or "").lower() in each.name.lower()],
            lambda each: label(context, each))(**more),
        "assignableUsers": lambda query="", **more: connection(
            [each for each in assignable if (query or "").lower() in each.login.lower()],
            lambda each: user(context, each))(**more),
        "milestones": EMPTY, "projects": EMPTY, "projectsV2": EMPTY}


def node(context, text):
    """Whatever has that id."""
    found = context.of_id(text)
    shape = {"Repo": repo, "Issue": issue, "Label": label, "User": user,
             "Comment": comment}[type(found).__name__]
    return shape(context, found)


def query(context):
    def named(login):
        found = context.site.users.get(login.lower())
        if found is None:
            raise not_found(f"a User with the login of '{login}'")
        return user(context, found)
    return {
        "viewer": user(context, context.actor.user), "user": named, "organization": named,
        "repository": lambda owner, name, **_: repo(context, context.repo(owner, name)),
        "node": lambda id: node(context, id)}
