"""python3 -m tests.github.serve [--port N] [--dotcom]: a GitHub to try things with, by hand."""
import argparse
import signal
import threading

from .github import REPO, GitHub


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="of the TLS listener (default: any)")
    parser.add_argument("--dotcom", action="store_true", help="the layout of api.github.com")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    github = GitHub(enterprise=not options.dotcom, port=options.port)
    try:
        for login, role in (("alice", "write"), ("tom", "triage"), ("jobgate-daemon", "write")):
            github.add_user(login, role)
            print(f"token of {login} ({role}): {github.token(login)}")
        github.issue("Try me", "A first issue", by="alice")
        print(f"API: {github.api_url} and {github.plain_api_url}")
        print(f"export GH_HOST={github.host} GH_ENTERPRISE_TOKEN=… SSL_CERT_FILE={github.certificate}")
        print(f"gh issue list --repo {github.host}/{REPO}", flush=True)
        threading.Event().wait()
    except KeyboardInterrupt:
        for one in github.violations():
            print(one)
    finally:
        github.close()


if __name__ == "__main__":
    main()
