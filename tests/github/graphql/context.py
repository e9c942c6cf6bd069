"""Who asks, of what, and what ids mean."""
import dataclasses

from ..addresses import Addresses, kind_and_number
from ..people import Actor
from ..refusal import Refusal


def not_found(what):
    return Refusal(404, f"Could not resolve to {what}.")


@dataclasses.dataclass
class Context:
    site: object
    actor: Actor
    at: Addresses

    def repo(self, owner, name):
        repo = self.site.find_repo(f"{owner}/{name}")
        if repo is None or not repo.allows(self.actor.user, "read"):
            raise not_found(f"a Repository with the name '{owner}/{name}'")
        return repo

    def issue(self, repo, number):
        issue = repo.issues.get(number)
        if issue is None or issue.deleted or issue.moved_to:
            raise not_found(f"an issue or pull request with the number of {number}")
        return issue

    def of_id(self, text):
        """The repository, issue, label, user or comment of a node id."""
        try:
            kind, number = kind_and_number(text)
        except ValueError:
            kind, number = None, None
        for found_kind, found, repo in self._all():
            if found_kind == kind and found.id == number and (
                    repo is None or repo.allows(self.actor.user, "read")):
                return found
        raise not_found(f"a node with the global id of '{text}'")

    def _all(self):
        for user in self.site.users.values():
            yield user.type, user, None
        for repo in self.site.repos.values():
            yield "Repository", repo, repo
            for label in repo.labels:
                yield "Label", label, repo
            for issue in repo.listed():
                yield "Issue", issue, repo
                for comment in issue.comments:
                    yield "IssueComment", comment, repo

    def need(self, repo, role, action):
        if not repo.allows(self.actor.user, role):
            raise Refusal(403, f"{self.actor.user.login} does not have the correct permissions to "
                               f"execute `{action}`")
