"""The whole server, as tests hold it in their hands.

    github.add_user("alice", role="write"); token = github.token("alice")
    repo = github.repo("acme/ops"); issue = github.issue("Deploy", by="alice")
    github.label(issue, "approved", by="alice")
"""
import re
import shutil
import tempfile

from .addresses import Addresses
from .authority import Authority
from .clock import Clock
from .faults import Faults
from .front import Front
from .ledger import Ledger
from .limits import Limits
from .listener import Listener
from .openapi import description
from .people import Actor
from .proxy import Proxy
from .rest.call import Answer
from .site import Site
from .webhook import Webhooks

REPO = "acme/ops"


class Elsewhere:
    """Another origin, which records what reaches it: never a token, one hopes."""

    def __init__(self, tls):
        self.requests = []
        self.answer = Answer(200, {}, {"Content-Type": "application/json"})
        self._listener = Listener(self._take, tls=tls)
        self.url, self.close = self._listener.url, self._listener.close

    def _take(self, request):
        self.requests.append(request)
        return self.answer

    def tokens(self):
        """Those that arrived."""
        return [one.token() for one in self.requests if one.token()]


class GitHub:
    """Serves over TLS (url) and plainly (plain_url) from its construction to close().

    `enterprise`: the layout of an enterprise server (/api/v3, /api/graphql, no limits until
    `limits.enabled`), else that of api.github.com. The repository acme/ops is there.
    """

    def __init__(self, enterprise=True, port=0):
        self.folder = tempfile.mkdtemp(prefix="github-")
        authority = Authority(self.folder)
        self.certificate = authority.certificate
        self.clock = Clock()
        self.site, self.requests = Site(self.clock), Ledger()
        self.limits = Limits(self.clock, enabled=not enterprise)
        self.faults = Faults(self._snapshot)
        prefix = "/api/v3" if enterprise else ""
        self._front = Front(self.site, self.limits, self.requests, self.faults, prefix)
        self._secure = Listener(self._front.answer, prefix, authority.context, port)
        self._plain = Listener(self._front.answer, prefix)
        self.proxy = Proxy(self._secure.server_port)
        self.elsewhere = self._front.elsewhere = Elsewhere(authority.context)
        self.url, self.plain_url = self._secure.url, self._plain.url
        self.api_url, self.plain_api_url = self.url + prefix, self.plain_url + prefix
        self.host = self._secure.host
        self.webhooks = Webhooks(lambda: Addresses(self.api_url, self.url))
        self.site.listeners.append(self.webhooks.listen)
        self.default_repo = self.repo(REPO)
        self._expected = []

    # ---- the world ----------------------------------------------------------------------------
    def _snapshot(self):
        with self._front.lock:
            return self.site.snapshot()

    def repo(self, full_name=REPO, private=True):
        """The repository, made where there is none."""
        with self._front.lock:
            return self.site.find_repo(full_name) or self.site.new_repo(full_name, private)

    def add_user(self, login, role="none", repo=None, kind="User"):
        """The user with that role from now on; site.users knows it by its name in lower case."""
        with self._front.lock:
            user = self.site.new_user(login, kind)
            (repo or self.default_repo).roles[login.lower()] = role
            return user

    set_role = add_user

    def add_bot(self, slug, role="write", repo=None):
        """An app and its bot, SLUG[bot], which acts as that app. Its login."""
        with self._front.lock:
            actor = self.site.new_app(slug, self.site.new_user("acme", "Organization"))
            (repo or self.default_repo).roles[actor.user.login.lower()] = role
            return actor.user.login

    def token(self, login, permissions=None, scopes=("repo", "read:org"), via_app=None):
        """A new token. permissions makes it fine-grained: {"issues": "write", "metadata": "read"}."""
        kind = "ghp" if permissions is None else "github_pat"
        with self._front.lock:
            value = f"{kind}_{login}{len(self.site.tokens)}"
            return self.site.new_token(value, self._actor(login, via_app), permissions=permissions,
                                       scopes=scopes)

    def revoke(self, token):
        with self._front.lock:
            del self.site.tokens[token]

    def _actor(self, login, via_app=None):
        user = self.site.users.get(login.lower())
        if user is None:
            raise AssertionError(f"no user {login}: add_user() first")
        slug = via_app or (login[:-len("[bot]")] if login.endswith("[bot]") else None)
        return Actor(user, self.site.apps.get(slug))

    # ---- what people do: github.label(issue, "approved", by="alice") -----------------------
    def issue(self, title="An issue", body="", by=None, labels=(), repo=None, pull_request=False):
        with self._front.lock:
            return (repo or self.default_repo).open_issue(title, body, self._actor(by), labels,
                                                          pull_request=pull_request)

    def find(self, number, repo=None):
        """The issue of that number."""
        return (repo or self.default_repo).issues[number]

    def label(self, issue, *names, by, via_app=None):
        with self._front.lock:
            issue.add_labels(names, self._actor(by, via_app))

    def unlabel(self, issue, name, by, via_app=None):
        with self._front.lock:
            assert issue.remove_label(name, self._actor(by, via_app)), f"it has no label {name}"

    def comment(self, issue, body, by, via_app=None):
        with self._front.lock:
            return issue.comment(body, self._actor(by, via_app))

    def edit_comment(self, comment, body, by):
        with self._front.lock:
            comment.issue.edit_comment(comment, body, self._actor(by))

    def delete_comment(self, comment, by):
        with self._front.lock:
            comment.issue.delete_comment(comment, self._actor(by))

    def edit(self, issue, by, title=None, body=None):
        with self._front.lock:
            issue.edit(self._actor(by), title, body)

    def close_issue(self, issue, by):
        with self._front.lock:
            issue.close(self._actor(by))

    def reopen(self, issue, by):
        with self._front.lock:
            issue.reopen(self._actor(by))

    def rename(self, repo, name):
        """Its former paths answer 301 from now on."""
        with self._front.lock:
            self.site.rename(repo, name)

    def transfer(self, issue, repo, by):
        with self._front.lock:
            return issue.transfer(repo, self._actor(by))

    def delete(self, issue, by):
        with self._front.lock:
            issue.delete(self._actor(by))

    # ---- checks and end -------------------------------------------------------------------------
    def violations(self):
        """What of the ended exchanges and webhooks is not as GitHub's descriptions say."""
        found = [problem for one in self.requests if one.ended is not None
                 for problem in description().violations(one)]
        return found + self.webhooks.violations()

    def expect_violation(self, pattern):
        """Violations that have the regular expression are what this test is about."""
        self._expected.append(pattern)

    def check(self):
        """Fails where violations() tells anything that no test expected."""
        found = self.violations()
        unexpected = [one for one in found if not any(re.search(each, one) for each in self._expected)]
        missing = [each for each in self._expected if not any(re.search(each, one) for one in found)]
        assert not unexpected, "not as GitHub describes it:\n" + "\n".join(unexpected)
        assert not missing, f"expected, and did not come: {missing}"

    def close(self):
        self.faults.clear()
        for one in (self.proxy, self._secure, self._plain, self.elsewhere):
            one.close()
        shutil.rmtree(self.folder)
