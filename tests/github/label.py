"""A repository's label."""
import dataclasses

NAME_CHARACTERS_MAX = 50
DEFAULT_COLOR = "ededed"


@dataclasses.dataclass(eq=False)
class Label:
    id: int
    name: str
    color: str = DEFAULT_COLOR
    description: str = None
    default: bool = False
