"""The real gh command against the test server."""
import os
import subprocess

HOST = "github.test"  # by the proxy; gh keeps logins only for hosts without a port


class Gh:
    """Runs as `login` by its token, or (token None) with what `gh auth login` kept in `folder`."""

    def __init__(self, github, folder, token=None, enterprise=True):
        self.github, self.token = github, token
        self._host = HOST if enterprise else "github.com"
        kept = {name: value for name, value in os.environ.items()
                if not name.upper().startswith(("GH_", "GITHUB_")) and not name.upper().endswith("_PROXY")}
        self.environment = {**kept, "GH_CONFIG_DIR": str(folder), "GH_NO_UPDATE_NOTIFIER": "1",
                            "GH_PROMPT_DISABLED": "1", "SSL_CERT_FILE": github.certificate,
                            "HTTPS_PROXY": github.proxy.url, "NO_COLOR": "1", "HOME": str(folder)}
        if enterprise:
            self.environment["GH_HOST"] = HOST
        if token:
            self.environment["GH_ENTERPRISE_TOKEN" if enterprise else "GH_TOKEN"] = token

    def run(self, *arguments, stdin=""):
        """The completed process, whatever its status."""
        return subprocess.run(["gh", *map(str, arguments)], env=self.environment, input=stdin, text=True,
                              capture_output=True, timeout=60)

    def ok(self, *arguments, stdin=""):
        """Standard output; the status must be 0."""
        done = self.run(*arguments, stdin=stdin)
        assert done.returncode == 0, f"gh {' '.join(map(str, arguments))}: {done.stdout}{done.stderr}"
        return done.stdout

    def issue(self, command, *arguments, stdin=""):
        """gh issue COMMAND … in acme/ops."""
        return self.ok("issue", command, *arguments, "--repo", f"{self._host}/acme/ops", stdin=stdin)
