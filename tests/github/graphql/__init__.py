"""The GraphQL interface: GitHub's own schema, and what of it the gh command speaks."""
from .endpoint import answer

__all__ = ["answer"]
