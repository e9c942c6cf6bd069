"""The result table, and its place in docs/performance.md."""

from harness.errors import BenchError
from harness.workplace import ROOT

PAGE = ROOT / "docs/performance.md"
BEGIN = "<!-- results: written by tests/bench/run -->"
END = "<!-- end of results -->"


def figure(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def spread(values, unit):
    if values is None:
        return "–"
    text = f"{figure(values.median)} [{figure(values.low)}–{figure(values.high)}]"
    return text if unit == "×" else f"{text} {unit}"


def bound_and_verdict(row, judged):
    if row.must is None:
        return "–", "–"
    bound = f"{'≥' if row.at_least else '≤'} {row.must:g}"
    unit = "" if row.verdict_unit == "×" else f" {row.verdict_unit}"
    return bound + unit, ("met" if row.is_met else "**missed**") if judged else "not judged"


def line(row):
    return f"{row.name}: {spread(row.jobgate, row.unit)}, judged " + spread(row.verdict_on,
                                                                            row.verdict_unit)


def table(facts, rows, judged=True):
    lines = ["| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in facts.items()]
    lines += ["", "| what | baseline | jobgate | judged | must | verdict |",
              "|---|---|---|---|---|---|"]
    for row in rows:
        cells = [row.name, spread(row.baseline, row.unit), spread(row.jobgate, row.unit),
                 spread(row.verdict_on, row.verdict_unit), *bound_and_verdict(row, judged)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def write(facts, rows):
    page = PAGE.read_text()
    if BEGIN not in page or END not in page:
        raise BenchError(f"{PAGE} has lost its markers")
    head, rest = page.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    PAGE.write_text(f"{head}{BEGIN}\n{table(facts, rows)}{END}{tail}")
