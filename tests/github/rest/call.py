"""One REST request while it is handled, and the answer to it."""
import dataclasses
import json
from urllib.parse import urlencode

from ..clock import parsed
from ..refusal import NOT_FOUND, Refusal, invalid

PER_PAGE_DEFAULT, PER_PAGE_MAX = 30, 100


@dataclasses.dataclass
class Answer:
    """`json` None is an empty body."""
    status: int = 200
    json: object = None
    headers: dict = dataclasses.field(default_factory=dict)
    body: bytes = None   # instead of json, as it is
    cut_at: int = None   # the connection ends after so much of the body
    violations: list = dataclasses.field(default_factory=list)  # of the GraphQL schema

    def bytes(self):
        if self.body is not None:
            return self.body
        return b"" if self.json is None else json.dumps(self.json).encode()


def _whole(text, default):
    return int(text) if text and text.isdigit() and int(text) > 0 else default


class Call:
    def __init__(self, request, site, token, at, parts):
        self.request, self.site, self.token, self.at = request, site, token, at
        self.actor = token.actor if token else None
        self.user = token.actor.user if token else None
        self.query, self.parts, self.path = request.query, parts, None
        self.repo = self._repo() if "repo" in parts else None
        self.issue = self._issue() if "issue_number" in parts else None

    # ---- what the path names ---------------------------------------------------------------
    def _repo(self):
        full_name = f"{self.parts['owner']}/{self.parts['repo']}"
        repo = self.site.find_repo(full_name) or self.site.renamed.get(full_name.lower())
        if not repo or not repo.allows(self.user, "read"):
            raise Refusal(*NOT_FOUND)
        if repo.full_name.lower() != full_name.lower():
            url = f"{self.at.api}/repositories/{repo.id}{self.parts['rest']}"
            raise Refusal(301, "Moved Permanently", headers={"Location": url}, url=url)
        return repo

    def _issue(self):
        issue = self.repo.issues.get(int(self.parts["issue_number"]))
        if issue is None:
            raise Refusal(*NOT_FOUND)
        if issue.deleted:
            raise Refusal(410, "This issue was deleted")
        if issue.moved_to:
            rest = self.parts["rest_of_issue"]
            url = f"{self.at.api}/repositories/{issue.moved_to.repo.id}/issues/{issue.moved_to.number}{rest}"
            raise Refusal(301, "Moved Permanently", headers={"Location": url}, url=url)
        return issue

    # ---- what it brings ----------------------------------------------------------------------
    def json(self):
        if not self.request.body:
            return {}
        try:
            return json.loads(self.request.body)
        except ValueError:
            raise Refusal(400, "Problems parsing JSON") from None

    def object(self):
        value = self.json()
        if not isinstance(value, dict):
            raise Refusal(400, "Body should be a JSON object")
        return value

    def text(self, name, default=None):
        value = self.object().get(name, default)
        if value is not None and not isinstance(value, str):
            raise Refusal(422, f"Invalid request.\n\nFor 'properties/{name}', {json.dumps(value)} "
                               "is not a string.")
        return value

    def since(self):
        text = self.query.get("since")
        try:
            return parsed(text) if text else None
        except ValueError:
            raise invalid("Issue", "since", "invalid") from None

    def users_of(self, logins):
        found = [self.site.users.get(login.lower()) for login in logins]
        return [one for one in found if one and self.repo.allows(one, "read")]

    def need(self, role, message="Must have push access to repository"):
        if not self.actor:
            raise Refusal(401, "Requires authentication")
        if not self.repo.allows(self.user, role):
            raise Refusal(403, message)

    # ---- what it gets ------------------------------------------------------------------------
    def page(self, things, shape):
        """One page of `things` and the Link to the others, which names the repository by number."""
        size = min(_whole(self.query.get("per_page"), PER_PAGE_DEFAULT), PER_PAGE_MAX)
        number = _whole(self.query.get("page"), 1)
        last = max(1, -(-len(things) // size))
        links = []
        if 1 < number <= last:
            links.append(self._link(number - 1, "prev"))
        if number < last:
            links += [self._link(number + 1, "next"), self._link(last, "last")]
        if number > 1:
            links.append(self._link(1, "first"))
        shown = things[(number - 1) * size:number * size]
        return Answer(200, [shape(one, self.at) for one in shown],
                      {"Link": ", ".join(links)} if links else {})

    def _link(self, page, relation):
        query = urlencode({**self.query, "page": page})
        return f'<{self.at.api}/repositories/{self.repo.id}{self.parts["rest"]}?{query}>; rel="{relation}"'
