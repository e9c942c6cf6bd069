"""What of the API this run has seen, shared between the parallel workers through a folder."""
import json
import os


class Recorder:
    def __init__(self, folder):
        self._folder = folder
        self._seen = set()
        self.contract = None  # set by the first daemon of the run

    def saw(self, method, template, status):
        key = (method.lower(), template, status)
        if key in self._seen:
            return
        self._seen.add(key)
        with open(os.path.join(self._folder, f"seen-{os.getpid()}"), "a", encoding="utf-8") as file:
            file.write(json.dumps(key) + "\n")

    def keep_document(self, document):
        path = os.path.join(self._folder, "openapi.json")
        if not os.path.exists(path):
            with open(path + f".{os.getpid()}", "w", encoding="utf-8") as file:
                json.dump(document, file)
            os.rename(path + f".{os.getpid()}", path)


def read_seen(folder):
    """(document or None, {(method, template, status)}) of the whole run."""
    seen, document = set(), None
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if name == "openapi.json":
            with open(path, encoding="utf-8") as file:
                document = json.load(file)
        elif name.startswith("seen-"):
            with open(path, encoding="utf-8") as file:
                seen |= {tuple(json.loads(line)) for line in file}
    return document, seen
