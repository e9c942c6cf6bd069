"""Who acts: users, bots, apps, and the tokens they come with."""
import dataclasses

# In rising order. What the collaborator's answer calls `permission` knows fewer words.
ROLES = ["none", "read", "triage", "write", "maintain", "admin"]
LEGACY = {"none": "none", "read": "read", "triage": "read", "write": "write", "maintain": "write",
          "admin": "admin"}


def at_least(role, wanted):
    return ROLES.index(role) >= ROLES.index(wanted)


@dataclasses.dataclass(eq=False)
class User:
    id: int
    login: str
    type: str = "User"  # or Bot, Organization
    site_admin: bool = False


@dataclasses.dataclass(eq=False)
class App:
    id: int
    slug: str
    owner: User


@dataclasses.dataclass(frozen=True)
class Actor:
    """A user, and the app that acted for it or as whom it acts."""
    user: User
    app: App = None


@dataclasses.dataclass(eq=False)
class Token:
    """A classic one has scopes; a fine-grained one permissions, {"issues": "write", …}."""
    value: str
    actor: Actor
    scopes: tuple = ("repo", "read:org")
    permissions: dict = None

    def may(self, permission, level):
        if self.permissions is None:
            return True
        held = self.permissions.get(permission)
        return held in ("write", "admin") or held == level
