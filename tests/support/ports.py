"""Ports of 127.0.0.1 for daemons that tests start, each of one holder alone."""
import os
import random
import socket

_RANGE_FILE = "/proc/sys/net/ipv4/ip_local_port_range"
_LOWEST, _COUNT = 10_000, 20_000


def _candidates():
    """Ports below those that the kernel gives to outgoing connections (ip(7), ip_local_port_range):
    a client of another test cannot sit on one of them when the daemon comes to listen."""
    with open(_RANGE_FILE, encoding="ascii") as file:
        first_of_clients = int(file.read().split()[0])
    if first_of_clients <= _LOWEST + 1000:
        return range(_LOWEST, _LOWEST + _COUNT)  # no range is left to us alone: any will do
    return range(_LOWEST, min(first_of_clients, _LOWEST + _COUNT))


def _is_free(number):
    with socket.socket() as sock:
        try:
            sock.bind(("127.0.0.1", number))
        except OSError:
            return False
    return True


class Port:
    """Reserves a port from its making to release(), or to the end of this process.

    The reservation is a name among the abstract sockets (unix(7)), which other test processes of this
    machine respect; nothing listens on the port itself.
    """

    def __init__(self):
        ports = _candidates()
        self._name = socket.socket(socket.AF_UNIX)
        for number in random.Random(os.urandom(8)).sample(ports, len(ports)):
            try:
                self._name.bind(f"\0jobgate-test-port-{number}")
            except OSError:
                continue
            if _is_free(number):
                self.number = number
                return
            self._name.close()
            self._name = socket.socket(socket.AF_UNIX)
        raise RuntimeError(f"no port of {ports} is free")

    def release(self):
        self._name.close()

    def __enter__(self):
        return self.number

    def __exit__(self, *_):
        self.release()
