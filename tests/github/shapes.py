"""REST's JSON of things: answers and webhooks speak it."""
from .addresses import node_id
from .clock import written
from .people import LEGACY, at_least


def user(one, at):
    if one is None:
        return None
    api = at.user(one)
    return {
        "login": one.login, "id": one.id, "node_id": node_id(one.type, one.id),
        "avatar_url": f"{at.web}/avatars/u/{one.id}?v=4", "gravatar_id": "", "url": api,
        "html_url": f"{at.web}/{one.login}", "followers_url": f"{api}/followers",
        "following_url": api + "/following{/other_user}", "gists_url": api + "/gists{/gist_id}",
        "starred_url": api + "/starred{/owner}{/repo}", "subscriptions_url": f"{api}/subscriptions",
        "organizations_url": f"{api}/orgs", "repos_url": f"{api}/repos",
        "events_url": api + "/events{/privacy}", "received_events_url": f"{api}/received_events",
        "type": one.type, "user_view_type": "public", "site_admin": one.site_admin}


def user_page(one, at, created_at):
    """GET /user and GET /users/{login}."""
    return {**user(one, at), "name": None, "company": None, "blog": "", "location": None, "email": None,
            "hireable": None, "bio": None, "twitter_username": None, "public_repos": 0, "public_gists": 0,
            "followers": 0, "following": 0, "created_at": written(created_at),
            "updated_at": written(created_at)}


def app(one, at):
    if one is None:
        return None
    created = "2020-01-01T00:00:00Z"
    return {"id": one.id, "client_id": f"Iv1.{one.id:016x}", "slug": one.slug,
            "node_id": node_id("Integration", one.id), "owner": user(one.owner, at), "name": one.slug,
            "description": "", "external_url": at.web, "html_url": f"{at.web}/apps/{one.slug}",
            "created_at": created, "updated_at": created,
            "permissions": {"issues": "write", "metadata": "read"}, "events": []}


def label(one, repo, at):
    return {"id": one.id, "node_id": node_id("Label", one.id), "url": at.label(repo, one),
            "name": one.name, "color": one.color, "default": one.default,
            "description": one.description}


def reactions(url):
    names = ["+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes"]
    return {"url": f"{url}/reactions", "total_count": 0, **{name: 0 for name in names}}


def issue(one, at):
    url, page = at.issue(one), at.issue_page(one)
    assignees = [user(person, at) for person in one.assignees]
    shape = {
        "url": url, "repository_url": at.repo(one.repo), "labels_url": url + "/labels{/name}",
        "comments_url": f"{url}/comments", "events_url": f"{url}/events", "html_url": page,
        "id": one.id, "node_id": node_id("Issue", one.id), "number": one.number, "title": one.title,
        "user": user(one.author.user, at),
        "labels": [label(each, one.repo, at) for each in one.labels],
        "state": one.state, "locked": one.locked, "assignee": assignees[0] if assignees else None,
        "assignees": assignees, "milestone": None, "comments": len(one.comments),
        "created_at": written(one.created_at), "updated_at": written(one.updated_at),
        "closed_at": written(one.closed_at), "author_association": one.association(one.author.user),
        "active_lock_reason": None, "body": one.body, "reactions": reactions(url),
        "timeline_url": f"{url}/timeline", "performed_via_github_app": app(one.author.app, at),
        "state_reason": one.state_reason}
    if one.pull_request:
        pull = f"{at.repo(one.repo)}/pulls/{one.number}"
        shape["draft"] = False
        shape["pull_request"] = {"url": pull, "html_url": page, "diff_url": f"{page}.diff",
                                 "patch_url": f"{page}.patch", "merged_at": None}
    return shape


def full_issue(one, at):
    """What a single issue has more than one in a list."""
    return {**issue(one, at), "closed_by": user(one.closed_by, at)}


def comment(one, at):
    return {"url": at.comment(one), "html_url": at.comment_page(one), "issue_url": at.issue(one.issue),
            "id": one.id, "node_id": node_id("IssueComment", one.id), "user": user(one.author.user, at),
            "created_at": written(one.created_at), "updated_at": written(one.updated_at),
            "body": one.body, "author_association": one.issue.association(one.author.user),
            "reactions": reactions(at.comment(one)),
            "performed_via_github_app": app(one.author.app, at)}


def event(one, at):
    """One of an issue's events; its label has a name and a colour only."""
    shape = {"id": one.id, "node_id": node_id("Event", one.id),
             "url": f"{at.repo(one.issue.repo)}/issues/events/{one.id}",
             "actor": user(one.actor.user, at), "event": one.event, "commit_id": None,
             "commit_url": None, "created_at": written(one.created_at),
             "performed_via_github_app": app(one.actor.app, at)}
    for name, value in one.more.items():
        if name == "label":
            value = {"name": value.name, "color": value.color}
        elif name in ("assignee", "assigner"):
            value = user(value, at)
        shape[name] = value
    return shape


def timeline_comment(one, at):
    return {**comment(one, at), "event": "commented", "actor": user(one.author.user, at)}


def role(repo, person, at):
    """GET …/collaborators/{user}/permission."""
    held = repo.role_of(person)
    return {"permission": LEGACY[held], "role_name": held,
            "user": {**user(person, at), "permissions": permissions(held), "role_name": held}}


def permissions(held):
    return {"admin": at_least(held, "admin"), "maintain": at_least(held, "maintain"),
            "push": at_least(held, "write"), "triage": at_least(held, "triage"),
            "pull": at_least(held, "read")}


_REPO_LINKS = {
    "archive_url": "/{archive_format}{/ref}", "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}", "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}", "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}", "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}", "contributors_url": "/contributors",
    "deployments_url": "/deployments", "downloads_url": "/downloads", "events_url": "/events",
    "forks_url": "/forks", "git_commits_url": "/git/commits{/sha}", "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}", "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}", "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}", "keys_url": "/keys{/key_id}", "labels_url": "/labels{/name}",
    "languages_url": "/languages", "merges_url": "/merges", "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}", "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}", "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}", "subscribers_url": "/subscribers",
    "subscription_url": "/subscription", "tags_url": "/tags", "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}"}


def repo_in_hook(one, at):
    """What webhooks tell of the repository."""
    url, page = at.repo(one), at.repo_page(one)
    host = at.web.partition("://")[2]
    open_count = sum(each.state == "open" for each in one.listed())
    created = written(one.created_at)
    return {
        "id": one.id, "node_id": node_id("Repository", one.id), "name": one.name,
        "full_name": one.full_name, "private": one.private, "owner": user(one.owner, at),
        "html_url": page, "description": None, "fork": False, "url": url,
        **{name: url + rest for name, rest in _REPO_LINKS.items()},
        "created_at": created, "updated_at": created, "pushed_at": created,
        "git_url": f"git://{host}/{one.full_name}.git", "ssh_url": f"git@{host}:{one.full_name}.git",
        "clone_url": f"{page}.git", "svn_url": page, "homepage": None, "size": 0,
        "stargazers_count": 0, "watchers_count": 0, "language": None, "has_issues": True,
        "has_projects": True, "has_downloads": True, "has_wiki": True, "has_pages": False,
        "has_discussions": False, "forks_count": 0, "mirror_url": None, "archived": one.archived,
        "disabled": False, "open_issues_count": open_count, "license": None, "allow_forking": True,
        "is_template": False, "web_commit_signoff_required": False, "topics": [],
        "custom_properties": {}, "visibility": "private" if one.private else "public", "forks": 0, "open_issues": open_count,
        "watchers": 0, "default_branch": "main"}


def repo(one, held, at):
    return {**repo_in_hook(one, at), "permissions": permissions(held), "network_count": 0,
            "subscribers_count": 0}
