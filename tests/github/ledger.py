"""Every exchange, in the order in which the requests came."""
import re
import threading
import time


class Ledger:
    """Any thread may ask and add."""

    def __init__(self):
        self._changed = threading.Condition()
        self._exchanges = []

    def add(self, exchange):
        with self._changed:
            self._exchanges.append(exchange)
            self._changed.notify_all()

    def ended(self, exchange):
        with self._changed:
            exchange.ended = time.monotonic()
            self._changed.notify_all()

    def clear(self):
        with self._changed:
            self._exchanges.clear()

    def __iter__(self):
        with self._changed:
            return iter(list(self._exchanges))

    def __len__(self):
        with self._changed:
            return len(self._exchanges)

    def __getitem__(self, index):
        with self._changed:
            return self._exchanges[index]

    def matching(self, method=".*", path=""):
        """Those whose method is, and whose path has, what the patterns say."""
        return [one for one in self
                if re.fullmatch(method, one.method) and re.search(path, one.path)]

    def writes(self):
        return [one for one in self if one.writes and one.path != "/graphql"]

    def overlapping(self):
        """Pairs of requests of which the second came before the first was answered."""
        ordered = sorted(self, key=lambda one: one.started)
        return [(one, two) for one, two in zip(ordered, ordered[1:])
                if one.ended is None or two.started < one.ended]

    def write_gaps(self):
        """Seconds of real time between a write's answer and the next write."""
        writes = sorted(self.writes(), key=lambda one: one.started)
        return [two.started - one.ended for one, two in zip(writes, writes[1:])]

    def counted(self):
        """Those that cost something of the primary limit."""
        return [one for one in self if one.counted]

    def wait_for(self, method=".*", path="", count=1, seconds=30):
        """Until that many such exchanges have ended; they are returned."""
        def found():
            return [one for one in self._exchanges if one.ended is not None
                    and re.fullmatch(method, one.method) and re.search(path, one.path)]
        with self._changed:
            if not self._changed.wait_for(lambda: len(found()) >= count, seconds):
                raise AssertionError(f"{len(found())} of {count} × {method} {path} in {seconds} s; "
                                     f"came: {self._exchanges}")
            return found()
