"""What GitHub answers instead of doing it."""


class Refusal(Exception):
    """Ends the handling of a request with this answer."""

    def __init__(self, status, message, errors=None, headers=None, **more):
        super().__init__(message)
        self.status, self.message, self.errors = status, message, errors
        self.headers, self.more = headers or {}, more

    def json(self):
        body = {"message": self.message, "documentation_url": "https://docs.github.com/rest",
                "status": str(self.status), **self.more}
        return body if self.errors is None else {**body, "errors": self.errors}


def invalid(resource, field, code, message=None):
    """422 for one field of a resource."""
    error = {"resource": resource, "code": code, "field": field}
    if message:
        error["message"] = message
    return Refusal(422, "Validation Failed", [error])


NOT_FOUND = (404, "Not Found")
