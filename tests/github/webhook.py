"""Deliveries of `issues` and `issue_comment` to a URL, signed."""
import dataclasses
import hashlib
import hmac
import json
import urllib.error
import urllib.request
import uuid

from . import shapes
from .openapi import description


@dataclasses.dataclass
class Delivery:
    id: str       # X-GitHub-Delivery, the same at each redelivery
    event: str
    payload: dict
    status: int = None  # of the last try; None: none, or not reached


def signature(secret, body):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def payload_of(event, action, actor, issue, at, **more):
    payload = {"action": action, "issue": {"draft": False, **shapes.issue(issue, at)},
               "repository": shapes.repo_in_hook(issue.repo, at), "sender": shapes.user(actor.user, at)}
    for name, value in more.items():
        if name == "label":
            value = shapes.label(value, issue.repo, at)
        elif name == "assignee":
            value = shapes.user(value, at)
        elif name == "comment":
            value = shapes.comment(value, at)
        payload[name] = value
    return payload


class Webhooks:
    """Collects what happens once hook() named a URL; deliver() sends it, in the caller's thread."""

    def __init__(self, at):
        self._at = at
        self.url = self.secret = None
        self.deliveries, self._waiting = [], []

    def hook(self, url, secret):
        self.url, self.secret = url, secret

    def listen(self, event, action, actor, issue, **more):
        """A listener of the site. Transfers are told by the new issue alone."""
        if self.url is None or action == "transferred" or (issue.pull_request and event == "issues"):
            return
        payload = payload_of(event, action, actor, issue, self._at(), **more)
        self._waiting.append(Delivery(str(uuid.uuid4()), event, payload))

    def deliver(self):
        """All that waits, in order; the deliveries made."""
        waiting = self.withhold()
        for one in waiting:
            self.redeliver(one)
        return waiting

    def withhold(self):
        """All that waits, in order, which redeliver() alone sends."""
        waiting, self._waiting = self._waiting, []
        self.deliveries += waiting
        return waiting

    def redeliver(self, delivery, secret=None):
        """Once more, with the same id. The HTTP status, None where nobody answered."""
        body = json.dumps(delivery.payload).encode()
        request = urllib.request.Request(self.url, body, {
            "Content-Type": "application/json", "User-Agent": "GitHub-Hookshot/044aadd",
            "X-GitHub-Event": delivery.event, "X-GitHub-Delivery": delivery.id,
            "X-GitHub-Hook-ID": "1", "X-GitHub-Hook-Installation-Target-Type": "repository",
            "X-Hub-Signature-256": signature(secret or self.secret, body)})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                delivery.status = answer.status
        except urllib.error.HTTPError as error:
            delivery.status = error.code
        except OSError:
            delivery.status = None
        return delivery.status

    def violations(self):
        return [problem for one in self.deliveries + self._waiting
                for problem in description().hook_violations(one.event, one.payload)]
