"""All that GitHub knows: users, apps, tokens and repositories."""
import copy

from .people import App, Actor, Token, User
from .repo import Repo


class Site:
    """Plain data, guarded by its owner's lock."""

    def __init__(self, clock):
        self.clock = clock
        self.users, self.apps, self.tokens, self.repos = {}, {}, {}, {}
        self.renamed = {}    # former full name, lower case: Repo
        self.listeners = []  # called with (event, action, actor, issue, **more)
        self._last_id = 1000

    def next_id(self):
        self._last_id += 1
        return self._last_id

    def tell(self, event, action, actor, issue, **more):
        for listener in self.listeners:
            listener(event, action, actor, issue, **more)

    def snapshot(self):
        """An independent copy, with the same clock, that tells nobody."""
        return copy.deepcopy(self, {id(self.listeners): []})

    def new_user(self, login, kind="User"):
        return self.users.setdefault(login.lower(), User(self.next_id(), login, kind))

    def new_app(self, slug, owner):
        """The app and its bot, SLUG[bot]."""
        app = self.apps[slug] = App(self.next_id(), slug, owner)
        return Actor(self.new_user(f"{slug}[bot]", "Bot"), app)

    def new_token(self, value, actor, **more):
        self.tokens[value] = Token(value, actor, **more)
        return value

    def new_repo(self, full_name, private):
        owner, name = full_name.split("/")
        made = Repo(self, self.new_user(owner, "Organization"), name, private)
        return self.repos.setdefault(full_name.lower(), made)

    def find_repo(self, full_name):
        return self.repos.get(full_name.lower())

    def rename(self, repo, name):
        """Within its owner; the former name leads to it."""
        self.renamed[repo.full_name.lower()] = self.repos.pop(repo.full_name.lower())
        repo.name = name
        self.repos[repo.full_name.lower()] = repo

    def repo_of_id(self, number):
        return next((repo for repo in self.repos.values() if repo.id == number), None)
