class BenchError(Exception):
    """The measurement did not do what it says, so that it has no figures."""
