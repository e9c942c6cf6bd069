"""Which request is handled where, and what a fine-grained token needs for it."""
import dataclasses
import re

from . import comments, issues, labels, meta, people

REPO = "/repos/{owner}/{repo}"
ISSUE = REPO + "/issues/{issue_number}"
READ_ISSUES, WRITE_ISSUES = "issues=read; pull_requests=read", "issues=write; pull_requests=write"
METADATA = "metadata=read"

TABLE = [
    ("GET", "/", meta.root, None),
    ("GET", "/meta", meta.meta, None),
    ("GET", "/rate_limit", meta.rate_limit, None),
    ("GET", "/user", people.me, None),
    ("GET", "/users/{username}", people.user, None),
    ("GET", REPO, people.repo, METADATA),
    ("GET", REPO + "/collaborators/{username}/permission", people.permission, METADATA),
    ("GET", REPO + "/collaborators/{username}", people.is_collaborator, METADATA),
    ("GET", REPO + "/assignees/{assignee}", people.is_assignable, METADATA),
    ("GET", REPO + "/issues", issues.list_issues, READ_ISSUES),
    ("POST", REPO + "/issues", issues.create, WRITE_ISSUES),
    ("GET", REPO + "/issues/events", issues.repo_events, READ_ISSUES),
    ("GET", REPO + "/issues/comments", comments.list_of_repo, READ_ISSUES),
    ("GET", REPO + "/issues/comments/{comment_id}", comments.get, READ_ISSUES),
    ("PATCH", REPO + "/issues/comments/{comment_id}", comments.edit, WRITE_ISSUES),
    ("DELETE", REPO + "/issues/comments/{comment_id}", comments.delete, WRITE_ISSUES),
    ("GET", ISSUE, issues.get, READ_ISSUES),
    ("PATCH", ISSUE, issues.edit, WRITE_ISSUES),
    ("GET", ISSUE + "/events", issues.events, READ_ISSUES),
    ("GET", ISSUE + "/timeline", issues.timeline, READ_ISSUES),
    ("GET", ISSUE + "/comments", comments.list_of_issue, READ_ISSUES),
    ("POST", ISSUE + "/comments", comments.create, WRITE_ISSUES),
    ("POST", ISSUE + "/assignees", issues.assign, WRITE_ISSUES),
    ("DELETE", ISSUE + "/assignees", issues.unassign, WRITE_ISSUES),
    ("GET", ISSUE + "/labels", labels.list_of_issue, READ_ISSUES),
    ("POST", ISSUE + "/labels", labels.add, WRITE_ISSUES),
    ("PUT", ISSUE + "/labels", labels.replace, WRITE_ISSUES),
    ("DELETE", ISSUE + "/labels", labels.remove_all, WRITE_ISSUES),
    ("DELETE", ISSUE + "/labels/{name}", labels.remove, WRITE_ISSUES),
    ("GET", REPO + "/labels", labels.list_labels, READ_ISSUES),
    ("POST", REPO + "/labels", labels.create, WRITE_ISSUES),
    ("GET", REPO + "/labels/{name}", labels.get, READ_ISSUES),
    ("PATCH", REPO + "/labels/{name}", labels.update, WRITE_ISSUES),
    ("DELETE", REPO + "/labels/{name}", labels.delete, WRITE_ISSUES),
]


def _pattern(template):
    named = re.sub(r"\{(\w+)\}",
                   lambda one: f"(?P<{one[1]}>" + (r"\d+" if one[1].endswith(("number", "_id")) else "[^/]+") + ")",
                   template)
    return re.compile(named)


@dataclasses.dataclass(frozen=True)
class Route:
    method: str
    template: str
    handler: object
    permissions: str  # as X-Accepted-GitHub-Permissions names them: any one of them is enough
    pattern: object

    def allowed(self, token):
        """Whether a fine-grained token has one of the permissions."""
        if token is None or self.permissions is None:
            return True
        return any(token.may(*one.strip().split("=")) for one in self.permissions.split(";"))


ROUTES = [Route(*row, _pattern(row[1])) for row in TABLE]


def find(method, path):
    """The route and the parts of the path; (None, {}) where there is none."""
    for route in ROUTES:
        match = route.pattern.fullmatch(path) if route.method == method else None
        if match:
            parts = match.groupdict()
            parts["rest"] = path[match.end("repo"):] if "repo" in parts else path
            if "issue_number" in parts:
                parts["rest_of_issue"] = path[match.end("issue_number"):]
            return route, parts
    return None, {}
