"""Waiting for conditions. Tests never sleep for a fixed time; they wait for a fact."""
import time

PATIENCE_SECONDS = 60  # far longer than anything takes on a loaded machine


def until(condition, what="the condition", seconds=PATIENCE_SECONDS):
    """The first true value of `condition()`. Fails with `what` (text or callable) after `seconds`."""
    deadline = time.monotonic() + seconds
    pause = 0.002
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            text = what() if callable(what) else what
            raise AssertionError(f"not within {seconds} s: {text}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)


def always(condition, what, seconds):
    """`condition()` stays true for `seconds`: for what must not happen. Returns the last value."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        assert value, what() if callable(what) else what
        if time.monotonic() > deadline:
            return value
        time.sleep(0.02)
