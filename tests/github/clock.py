"""GitHub's time, which is not the tests' nor the daemon's."""
import datetime
import threading
import time

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


class Clock:
    """Runs along with real time until a test sets, advances or stops it. Seconds resolution.

    Any thread may ask; a copy of what holds it keeps the same clock.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._offset = 0.0
        self._stopped_at = None

    def __deepcopy__(self, memo):
        return self

    def _seconds(self):
        return time.time() + self._offset if self._stopped_at is None else self._stopped_at

    def seconds(self):
        """UTC epoch seconds."""
        with self._lock:
            return int(self._seconds())

    def now(self):
        return EPOCH + datetime.timedelta(seconds=self.seconds())

    def stop(self):
        """From now on only set() and advance() move it."""
        with self._lock:
            self._stopped_at = self._seconds()

    def run(self):
        with self._lock:
            self._offset = self._seconds() - time.time()
            self._stopped_at = None

    def set(self, moment):
        """To a datetime with a zone, an RFC 3339 text or epoch seconds; it keeps running or standing."""
        if isinstance(moment, (str, datetime.datetime)):
            moment = (parsed(moment) - EPOCH).total_seconds()
        with self._lock:
            if self._stopped_at is None:
                self._offset = moment - time.time()
            else:
                self._stopped_at = moment

    def advance(self, seconds):
        with self._lock:
            self._offset += seconds
            if self._stopped_at is not None:
                self._stopped_at += seconds


def parsed(text):
    """A datetime of RFC 3339, ValueError where it is none."""
    if isinstance(text, datetime.datetime):
        return text
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)


def written(moment):
    """As GitHub writes it: 2026-01-31T23:59:59Z; None stays None."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")
