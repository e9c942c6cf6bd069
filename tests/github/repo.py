"""A repository: who may do what in it, its labels and issues."""
from .issue import Issue, check_body, check_title
from .label import NAME_CHARACTERS_MAX, Label
from .people import at_least
from .refusal import invalid


class Repo:
    def __init__(self, site, owner, name, private):
        self.site, self.owner, self.name, self.private = site, owner, name, private
        self.id = site.next_id()
        self.created_at = site.clock.now()
        self.roles = {}    # lower-case login: role
        self.labels = []
        self.issues = {}   # number: Issue, moved and deleted ones too
        self.archived = False

    @property
    def full_name(self):
        return f"{self.owner.login}/{self.name}"

    def role_of(self, user):
        """The true one; a public repository gives everyone read."""
        if user is None:
            return "none" if self.private else "read"
        if user.login.lower() == self.owner.login.lower():
            return "admin"
        role = self.roles.get(user.login.lower(), "none")
        return role if self.private or at_least(role, "read") else "read"

    def allows(self, user, role):
        return at_least(self.role_of(user), role)

    def find_label(self, name):
        return next((one for one in self.labels if one.name.lower() == name.lower()), None)

    def _check_label_name(self, name, label=None):
        if not isinstance(name, str) or not name.strip():
            raise invalid("Label", "name", "missing_field")
        if len(name) > NAME_CHARACTERS_MAX:
            raise invalid("Label", "name", "custom",
                          f"name is too long (maximum is {NAME_CHARACTERS_MAX} characters)")
        if self.find_label(name) not in (None, label):
            raise invalid("Label", "name", "already_exists")

    def change_label(self, label, new_name=None, **more):
        if new_name is not None:
            self._check_label_name(new_name, label)
            label.name = new_name
        for key, value in more.items():
            setattr(label, key, value)

    def new_label(self, name, **more):
        self._check_label_name(name)
        label = Label(self.site.next_id(), name, **more)
        self.labels.append(label)
        return label

    def label_or_new(self, name):
        return self.find_label(name) or self.new_label(name)

    def delete_label(self, label):
        self.labels.remove(label)
        for issue in self.issues.values():
            if label in issue.labels:
                issue.labels.remove(label)

    def open_issue(self, title, body, author, labels=(), assignees=(), pull_request=False):
        check_title(title)
        check_body("Issue", body)
        issue = Issue(self, max(self.issues, default=0) + 1, title, body, author)
        issue.pull_request = pull_request
        self.issues[issue.number] = issue
        self.site.tell("issues", "opened", author, issue)
        issue.add_labels(labels, author)
        issue.assign(assignees, author)
        issue.mention(body, author)
        return issue

    def listed(self):
        """What listings show, pull requests included."""
        return [one for one in self.issues.values() if not one.deleted and not one.moved_to]

    def find_comment(self, comment_id):
        return next((comment for issue in self.listed() for comment in issue.comments
                     if comment.id == comment_id), None)
