"""What the interface tells of itself."""
from ..refusal import Refusal
from .call import Answer

GHES_VERSION = "3.17.0"


def root(call):
    api = call.at.api
    return Answer(200, {
        "current_user_url": f"{api}/user",
        "current_user_authorizations_html_url": f"{call.at.web}/settings/connections/applications{{/client_id}}",
        "authorizations_url": f"{api}/authorizations",
        "code_search_url": api + "/search/code?q={query}{&page,per_page,sort,order}",
        "commit_search_url": api + "/search/commits?q={query}{&page,per_page,sort,order}",
        "emails_url": f"{api}/user/emails", "emojis_url": f"{api}/emojis", "events_url": f"{api}/events",
        "feeds_url": f"{api}/feeds", "followers_url": f"{api}/user/followers",
        "following_url": api + "/user/following{/target}", "gists_url": api + "/gists{/gist_id}",
        "issue_search_url": api + "/search/issues?q={query}{&page,per_page,sort,order}",
        "issues_url": f"{api}/issues", "keys_url": f"{api}/user/keys",
        "label_search_url": api + "/search/labels?q={query}&repository_id={repository_id}{&page,per_page}",
        "notifications_url": f"{api}/notifications",
        "organization_url": api + "/orgs/{org}",
        "organization_repositories_url": api + "/orgs/{org}/repos{?type,page,per_page,sort}",
        "organization_teams_url": api + "/orgs/{org}/teams", "public_gists_url": f"{api}/gists/public",
        "rate_limit_url": f"{api}/rate_limit", "repository_url": api + "/repos/{owner}/{repo}",
        "repository_search_url": api + "/search/repositories?q={query}{&page,per_page,sort,order}",
        "current_user_repositories_url": api + "/user/repos{?type,page,per_page,sort}",
        "starred_url": api + "/user/starred{/owner}{/repo}", "starred_gists_url": f"{api}/gists/starred",
        "topic_search_url": api + "/search/topics?q={query}{&page,per_page}",
        "user_url": api + "/users/{user}",
        "user_organizations_url": f"{api}/user/orgs",
        "user_repositories_url": api + "/users/{user}/repos{?type,page,per_page,sort}",
        "user_search_url": api + "/search/users?q={query}{&page,per_page,sort,order}"})


def meta(call):
    enterprise = call.at.api.endswith("/api/v3")
    return Answer(200, {"verifiable_password_authentication": False,
                        **({"installed_version": GHES_VERSION} if enterprise else {})})


def rate_limit(call):
    usage = call.request.limits.overview(call.token)
    if usage is None:
        raise Refusal(404, "Rate limiting is not enabled.")
    return Answer(200, {"resources": {"core": usage, "search": {**usage, "limit": 30, "remaining": 30, "used": 0},
                                      "graphql": {**usage, "remaining": usage["limit"], "used": 0}},
                        "rate": usage})
