"""A certificate authority made on the spot, and a certificate of it for loopback."""
import os
import ssl
import subprocess

# The names without a port are reached through the proxy.
_NAMES = ("subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1,DNS:github.test,DNS:github.com,"
          "DNS:api.github.com")


def _openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


class Authority:
    """`certificate` is the file to trust; valid for a day by the machine's clock."""

    def __init__(self, folder):
        new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
        _openssl(folder, "req", "-x509", *new_key, "-keyout", "ca.key", "-out", "ca.pem",
                 "-subj", "/CN=CA of the tests")
        _openssl(folder, "req", "-x509", *new_key, "-CA", "ca.pem", "-CAkey", "ca.key",
                 "-keyout", "server.key", "-out", "server.pem", "-subj", "/CN=localhost",
                 "-addext", _NAMES, "-addext", "basicConstraints=critical,CA:FALSE")
        self.certificate = os.path.join(folder, "ca.pem")
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(os.path.join(folder, "server.pem"), os.path.join(folder, "server.key"))
