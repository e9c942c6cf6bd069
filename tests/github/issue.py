"""An issue or pull request with its comments and events; who may do what is not asked here."""
import dataclasses
import datetime
import re

from .people import Actor, User
from .refusal import invalid

BODY_CHARACTERS_MAX = 65536
TITLE_CHARACTERS_MAX = 256
MENTION = re.compile(r"(?<![\w`/])@([A-Za-z0-9][A-Za-z0-9-]*)")


def check_body(resource, body):
    if body is not None and len(body) > BODY_CHARACTERS_MAX:
        raise invalid(resource, "body", "custom",
                      f"body is too long (maximum is {BODY_CHARACTERS_MAX} characters)")


def check_title(title):
    if not isinstance(title, str) or not title.strip():
        raise invalid("Issue", "title", "missing_field")
    if len(title) > TITLE_CHARACTERS_MAX:
        raise invalid("Issue", "title", "custom",
                      f"title is too long (maximum is {TITLE_CHARACTERS_MAX} characters)")


@dataclasses.dataclass(eq=False)
class Comment:
    id: int
    issue: "Issue"
    author: Actor
    body: str
    created_at: datetime.datetime
    updated_at: datetime.datetime


@dataclasses.dataclass(eq=False)
class Event:
    id: int
    issue: "Issue"
    event: str
    actor: Actor
    created_at: datetime.datetime
    more: dict = dataclasses.field(default_factory=dict)  # label, assignee, assigner, rename, …


class Issue:
    """Made by Repo.open_issue. Methods tell the site what happened, which tells the webhooks."""

    def __init__(self, repo, number, title, body, author):
        now = repo.site.clock.now()
        self.repo, self.number, self.id = repo, number, repo.site.next_id()
        self.title, self.body, self.author = title, body, author
        self.state, self.state_reason, self.locked = "open", None, False
        self.labels, self.assignees, self.comments, self.events = [], [], [], []
        self.created_at = self.updated_at = now
        self.closed_at = self.closed_by = None
        self.pull_request = False
        self.moved_to = None      # the issue that a transfer made of it
        self.deleted = False

    def _touch(self):
        self.updated_at = self.repo.site.clock.now()

    def record(self, event, actor, **more):
        site = self.repo.site
        made = Event(site.next_id(), self, event, actor, site.clock.now(), more)
        self.events.append(made)
        return made

    def _tell(self, action, actor, **more):
        self.repo.site.tell("issues", action, actor, self, **more)

    def mention(self, text, actor):
        """Whoever is named in `text` is told, which makes events that no one has to act upon."""
        for login in sorted({name.lower() for name in MENTION.findall(text or "")}):
            user = self.repo.site.users.get(login)
            if user and user.type == "User":
                self.record("mentioned", Actor(user, actor.app))
                self.record("subscribed", Actor(user, actor.app))

    def has_label(self, name):
        return any(label.name.lower() == name.lower() for label in self.labels)

    def add_labels(self, names, actor):
        """Those that the repository lacks are created; one that it has already makes no event."""
        for label in [self.repo.label_or_new(name) for name in names]:
            if label in self.labels:
                continue
            self.labels.append(label)
            self._touch()
            self.record("labeled", actor, label=label)
            self._tell("labeled", actor, label=label)

    def remove_label(self, name, actor):
        """Whether the issue had it."""
        for label in self.labels:
            if label.name.lower() == name.lower():
                self.labels.remove(label)
                self._touch()
                self.record("unlabeled", actor, label=label)
                self._tell("unlabeled", actor, label=label)
                return True
        return False

    def set_labels(self, names, actor):
        wanted = {name.lower() for name in names}
        for label in [one for one in self.labels if one.name.lower() not in wanted]:
            self.remove_label(label.name, actor)
        self.add_labels(names, actor)

    def assign(self, users, actor):
        for user in users:
            if user not in self.assignees:
                self.assignees.append(user)
                self._touch()
                self.record("assigned", actor, assignee=user, assigner=actor.user)
                self._tell("assigned", actor, assignee=user)

    def unassign(self, users, actor):
        for user in users:
            if user in self.assignees:
                self.assignees.remove(user)
                self._touch()
                self.record("unassigned", actor, assignee=user, assigner=actor.user)
                self._tell("unassigned", actor, assignee=user)

    def comment(self, body, actor):
        check_body("IssueComment", body)
        if not (body or "").strip():
            raise invalid("IssueComment", "body", "missing_field")
        site = self.repo.site
        now = site.clock.now()
        made = Comment(site.next_id(), self, actor, body, now, now)
        self.comments.append(made)
        self._touch()
        self.mention(body, actor)
        site.tell("issue_comment", "created", actor, self, comment=made)
        return made

    def edit_comment(self, comment, body, actor):
        check_body("IssueComment", body)
        before, comment.body = comment.body, body
        comment.updated_at = self.repo.site.clock.now()
        self._touch()
        self.repo.site.tell("issue_comment", "edited", actor, self, comment=comment,
                            changes={"body": {"from": before}})

    def delete_comment(self, comment, actor):
        """Its issue's updated_at moves, its events do not."""
        self.comments.remove(comment)
        self._touch()
        self.repo.site.tell("issue_comment", "deleted", actor, self, comment=comment)

    def edit(self, actor, title=None, body=None):
        """A new title makes an event, a new body none."""
        changes = {}
        if title is not None and title != self.title:
            check_title(title)
            changes["title"] = {"from": self.title}
            self.record("renamed", actor, rename={"from": self.title, "to": title})
            self.title = title
        if body is not None and body != self.body:
            check_body("Issue", body)
            changes["body"] = {"from": self.body or ""}
            self.body = body
        if changes:
            self._touch()
            self._tell("edited", actor, changes=changes)

    def close(self, actor, reason="completed"):
        if self.state == "closed":
            return
        self.state, self.state_reason = "closed", reason or "completed"
        self.closed_at, self.closed_by = self.repo.site.clock.now(), actor.user
        self._touch()
        self.record("closed", actor, state_reason=self.state_reason)
        self._tell("closed", actor)

    def reopen(self, actor):
        if self.state == "open":
            return
        self.state, self.state_reason = "open", "reopened"
        self.closed_at = self.closed_by = None
        self._touch()
        self.record("reopened", actor, state_reason=self.state_reason)
        self._tell("reopened", actor)

    def delete(self, actor):
        self.deleted = True
        self._tell("deleted", actor)

    def transfer(self, repo, actor):
        """The issue of `repo` that it becomes; labels stay where the new repository has them too."""
        moved = repo.open_issue(self.title, self.body, self.author)
        moved.comments, self.comments = self.comments, []
        for comment in moved.comments:
            comment.issue = moved
        moved.labels = [repo.find_label(label.name) for label in self.labels
                        if repo.find_label(label.name)]
        self.moved_to = moved
        self._tell("transferred", actor, changes={"new_issue": moved, "new_repository": repo})
        return moved

    def association(self, user: User):
        """How its author stands to the repository: `author_association`."""
        if user is self.repo.owner:
            return "OWNER"
        return "COLLABORATOR" if user.login.lower() in self.repo.roles else "NONE"
