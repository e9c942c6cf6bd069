"""HTTP/1.1 on loopback, with TLS or without."""
import http.server
import socket
import sys
import threading

from .request import Request, parts_of


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        if self.server.tls:
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        super().setup()
        self.server.track(self.request)

    def finish(self):
        self.server.untrack(self.request)
        super().finish()

    def log_message(self, *_):
        pass

    def _any(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        path, query = parts_of(self.path, self.server.prefix)
        if self.path.partition("?")[0] == "/api/graphql" and self.server.prefix:
            path = "/graphql"
        scheme = "https" if self.server.tls else "http"
        web = f"{scheme}://{self.headers.get('Host', self.server.host)}"
        self._send(self.server.answer(Request(self.command, self.path, path, query, self.headers, body, web)))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _any

    def _send(self, answer):
        """In one piece, so that nothing waits for an acknowledgement."""
        if answer is None:
            self.close_connection = True
            return
        body = answer.bytes()
        lines = [f"HTTP/1.1 {answer.status} {self.responses.get(answer.status, ('',))[0]}"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        if answer.status not in (204, 304):
            lines.append(f"Content-Length: {len(body)}")
        if self.command == "HEAD" or answer.status in (204, 304):
            body = b""
        if answer.cut_at is not None:
            body, self.close_connection = body[:answer.cut_at], True
        self.wfile.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)


class Listener(http.server.ThreadingHTTPServer):
    """Serves `answer(request)` from its construction to close(). `prefix` is cut off paths."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, answer, prefix="", tls=None, port=0):
        self.answer, self.prefix, self.tls = answer, prefix, tls
        self._connections, self._lock = set(), threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)
        self.host = f"localhost:{self.server_port}"
        self.url = f"{'https' if tls else 'http'}://{self.host}"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def get_request(self):
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, address

    def track(self, connection):
        with self._lock:
            self._connections.add(connection)

    def untrack(self, connection):
        with self._lock:
            self._connections.discard(connection)

    def handle_error(self, request, client_address):
        """Clients may go at any time, and refuse a certificate; what else goes wrong is a test's to see."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def close(self):
        self.shutdown()
        self.server_close()
        with self._lock:
            for connection in self._connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # the client went
        self._thread.join()
