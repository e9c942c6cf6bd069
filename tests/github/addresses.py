"""Where things are found, as the client reached the server."""
import base64
import dataclasses
from urllib.parse import quote


@dataclasses.dataclass(frozen=True)
class Addresses:
    api: str  # https://host:port/api/v3, without a slash at its end
    web: str  # https://host:port

    def repo(self, repo):
        return f"{self.api}/repos/{repo.full_name}"

    def repo_page(self, repo):
        return f"{self.web}/{repo.full_name}"

    def issue(self, issue):
        return f"{self.repo(issue.repo)}/issues/{issue.number}"

    def issue_page(self, issue):
        kind = "pull" if issue.pull_request else "issues"
        return f"{self.repo_page(issue.repo)}/{kind}/{issue.number}"

    def comment(self, comment):
        return f"{self.repo(comment.issue.repo)}/issues/comments/{comment.id}"

    def comment_page(self, comment):
        return f"{self.issue_page(comment.issue)}#issuecomment-{comment.id}"

    def label(self, repo, label):
        return f"{self.repo(repo)}/labels/{quote(label.name)}"

    def user(self, user):
        return f"{self.api}/users/{quote(user.login)}"


def node_id(kind, number):
    """Opaque to clients; kind_and_number() takes it apart."""
    return base64.urlsafe_b64encode(f"{kind}:{number}".encode()).decode()


def kind_and_number(text):
    """ValueError where it is no id of ours."""
    kind, _, number = base64.urlsafe_b64decode(text.encode()).decode().partition(":")
    return kind, int(number)
