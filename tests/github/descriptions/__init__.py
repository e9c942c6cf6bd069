"""What GitHub publishes of its interfaces; tools/install-descriptions puts it into build/github."""
import json
import os

FOLDER = os.path.join(os.path.dirname(__file__), *[os.pardir] * 3, "build", "github")


def load(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return json.load(file)
