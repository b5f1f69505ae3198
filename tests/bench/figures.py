"""From times to ratios, goals and a Markdown table."""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.bench.pages import Page

MARGIN = 1.25  # a goal counts as broken only beyond this: a busy machine is not a slow page
LARGEST_PAGE = 30_000  # bytes of HTML, compressed
LARGEST_ASSETS = 40_000  # bytes of its CSS and JS, compressed
LARGEST_PROCESS = 300  # MB that taking in or bringing out may need


@dataclass
class Times:
    """Seconds, one a request."""

    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def p95(self) -> float:
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]

    def __str__(self) -> str:
        return f"{self.median * 1000:.1f} · {self.p95 * 1000:.1f}"


@dataclass
class Figures:
    """What was measured of one page."""

    page: Page
    bare: Times
    small: Times
    large: Times
    queries: tuple[int, int]  # in the small and in the large household
    size: int  # bytes of the large household's HTML, compressed
    assets: int = 0  # bytes of its CSS and JS, compressed
    far: Times = field(default_factory=Times)
    far_bare: Times = field(default_factory=Times)
    round_trips: int = 0

    @property
    def growth(self) -> float:
        return self.large.median / self.small.median

    @property
    def bares(self) -> float:
        return self.large.median / self.bare.median

    def broken(self) -> list[str]:
        """The goals that are missed, each as a sentence."""
        found = []
        if self.growth > self.page.growth * MARGIN:
            found.append(f"{self.page.name} grows {self.growth:.2f}×; the goal is {self.page.growth}×.")
        if self.page.bares and self.bares > self.page.bares * MARGIN:
            found.append(f"{self.page.name} takes {self.bares:.2f} bare pages; the goal is {self.page.bares}.")
        if max(self.queries) > self.page.queries:
            found.append(f"{self.page.name} asks {max(self.queries)} queries; the goal is {self.page.queries}.")
        if self.queries[0] < self.queries[1]:
            found.append(f"{self.page.name} asks more queries where there are more rows: {self.queries}.")
        if self.size > LARGEST_PAGE:
            found.append(f"{self.page.name} is {self.size / 1000:.1f} kB; the goal is {LARGEST_PAGE // 1000}.")
        if self.assets > LARGEST_ASSETS:
            found.append(f"{self.page.name} has {self.assets / 1000:.1f} kB of CSS and JS; the goal is 40.")
        return found


@dataclass(frozen=True)
class Files:
    """What taking in a statement, or bringing everything out, cost."""

    name: str
    steps: dict[str, float]  # seconds of each
    megabytes: float  # of the process at its peak
    most_seconds: float | None = None

    @property
    def seconds(self) -> float:
        return sum(self.steps.values())

    def broken(self) -> list[str]:
        found = []
        if self.most_seconds and self.seconds > self.most_seconds * MARGIN:
            found.append(f"{self.name} takes {self.seconds:.1f} s; the goal is {self.most_seconds:.0f}.")
        if self.megabytes > LARGEST_PROCESS:
            found.append(f"{self.name} needs {self.megabytes:.0f} MB; the goal is {LARGEST_PROCESS}.")
        return found


def table_of_files(rows: Iterable[Files]) -> str:
    lines = ["| | seconds | goal | MB at the peak | seconds of each step |", "|---|--:|--:|--:|---|"]
    for row in rows:
        steps = ", ".join(f"{name} {seconds:.1f}" for name, seconds in row.steps.items())
        goal = f"{row.most_seconds:.0f}" if row.most_seconds else ""
        lines.append(f"| {row.name} | {row.seconds:.1f} | {goal} | {row.megabytes:.0f} | {steps} |")
    return "\n".join(lines)


def table(rows: Iterable[Figures], *, small: int, large: int, away: float) -> str:
    """Ratios first: they hold on any machine; milliseconds are of the one that ran."""
    rows = list(rows)
    heads = [
        "page", "growth", "goal", "× bare", "queries", "HTML kB", "CSS, JS kB",
        f"ms at {small:,}", f"ms at {large:,}", f"ms, database {away * 1000:.0f} ms away", "round trips",
    ]  # fmt: skip
    lines = ["| " + " | ".join(heads) + " |", "|---|" + "--:|" * (len(heads) - 1)]
    for row in rows:
        queries = str(row.queries[1]) if len(set(row.queries)) == 1 else f"{row.queries[0]}, {row.queries[1]}"
        cells = [
            row.page.name, f"{row.growth:.2f}", f"{row.page.growth}", f"{row.bares:.1f}", queries,
            f"{row.size / 1000:.1f}", f"{row.assets / 1000:.1f}", str(row.small), str(row.large),
            f"{row.far.median * 1000:.0f}" if row.far.seconds else "", str(row.round_trips or ""),
        ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    bare = Times([second for row in rows for second in row.bare.seconds])
    far = Times([second for row in rows for second in row.far_bare.seconds])
    distant = f"{far.median * 1000:.0f}" if far.seconds else ""
    lines.append(f"| *bare Django page* | | | 1.0 | 3 | | | {bare} | | {distant} | |")
    return "\n".join(lines)
