"""The timeline of a rehearsal as a picture: accounts downwards, time to the right, outages hatched.

Steps may be minutes or weeks apart, so the axis is not to scale: each stretch between two steps is as wide as the
logarithm of its length. Accounts that fared alike share a row; where hardly two did, a row is a band of accounts, and
the hatched part is as high as the share of them that is locked out.
"""

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import drawsvg as draw

from harness.report.plain import plain
from harness.rollover.history import Outage
from harness.rollover.plan import InAws
from harness.rollover.rehearsal import Rehearsal
from harness.rollover.stage import Entrance

WIDTH, LEFT, RIGHT, TOP = 1100, 250, 24, 60
ROW, GAP, FOOT = 26, 8, 92
MAX_ROWS = 20
INK, OPEN, SHUT = "#1f2933", "#d9efe1", "#b3261e"
SANS = "system-ui, sans-serif"


@dataclass(frozen=True, slots=True)
class Row:
    """Accounts that are drawn together."""

    entrances: tuple[Entrance, ...]
    outages: tuple[Outage, ...]

    @property
    def label(self) -> str:
        first = self.entrances[0]
        if len(self.entrances) == 1:
            return plain(first.alias or first.label, 60)
        return f"{len(self.entrances):,} accounts, {first.account}..."


def rows_of(rehearsal: Rehearsal) -> tuple[Row, ...]:
    """The rows, in the order of their outages; at most twenty."""
    outages: dict[str, list[Outage]] = defaultdict(list)
    for one in rehearsal.outages:
        outages[str(one.entrance.provider)].append(one)
    alike: dict[tuple[tuple[datetime, datetime], ...], list[Entrance]] = defaultdict(list)
    for entrance in rehearsal.entrances:
        alike[tuple((one.begin, one.end) for one in outages[str(entrance.provider)])].append(entrance)
    ordered = [alike[key] for key in sorted(alike)]
    if len(ordered) > MAX_ROWS:
        everyone = [entrance for group in ordered for entrance in group]
        size = math.ceil(len(everyone) / MAX_ROWS)
        ordered = [everyone[start : start + size] for start in range(0, len(everyone), size)]
    return tuple(
        Row(tuple(group), tuple(one for entrance in group for one in outages[str(entrance.provider)]))
        for group in ordered
    )


class _Axis:
    """From instants to places: linear between two anchors, which are the begins and ends of steps."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        begins = {step.at for step in rehearsal.plan.steps}
        self.anchors = sorted(begins | {one.moment.at for one in rehearsal.after} | {rehearsal.until})
        widths = [1 + math.log2(1 + (after - before).total_seconds() / 60) for before, after in pairwise(self.anchors)]
        scale = (WIDTH - LEFT - RIGHT) / (sum(widths) or 1)
        self.places = [float(LEFT)]
        for width in widths:
            self.places.append(self.places[-1] + width * scale)

    def place(self, at: datetime) -> float:
        """Where an instant is drawn."""
        number = bisect_right(self.anchors, at) - 1
        if number >= len(self.anchors) - 1:
            return self.places[-1]
        begin, end = self.anchors[number], self.anchors[number + 1]
        part = (at - begin) / (end - begin)
        return self.places[number] + part * (self.places[number + 1] - self.places[number])


def as_svg(rehearsal: Rehearsal, *, alone: bool = True) -> str:
    """The picture as SVG. ``alone`` gives a file of its own; else it is to stand inside a page."""
    rows, axis = rows_of(rehearsal), _Axis(rehearsal)
    bottom = TOP + len(rows) * (ROW + GAP)
    picture = draw.Drawing(WIDTH, bottom + FOOT, font_family=SANS, role="img")
    hatch = draw.Pattern(7, 7, patternUnits="userSpaceOnUse", patternTransform="rotate(45)")
    hatch.append(draw.Rectangle(0, 0, 7, 7, fill="#f6d5d2"))
    hatch.append(draw.Line(0, 0, 0, 7, stroke=SHUT, stroke_width=4))
    ground = draw.Rectangle(0, 0, WIDTH, bottom + FOOT, fill="white")
    ground.append_title(f"Plan {rehearsal.plan.name}: who can sign in when. Hatched: locked out.")
    picture.append(ground)
    tops = [TOP + number * (ROW + GAP) for number in range(len(rows))]
    for row, top in zip(rows, tops, strict=True):
        picture.extend(_row(row, top, axis, rehearsal.until, hatch))
    picture.extend(_steps(rehearsal, axis, bottom))
    for row, top in zip(rows, tops, strict=True):
        picture.extend(_words(row, top, axis))
    text: str = picture.as_svg() if alone else picture.as_svg(header="")
    return text


def _row(row: Row, top: float, axis: _Axis, until: datetime, hatch: object) -> Iterator[object]:
    yield draw.Text(row.label, 13, LEFT - 10, top + ROW * 0.68, text_anchor="end", fill=INK)
    begin, end = axis.places[0], axis.place(until)
    yield draw.Rectangle(begin, top, end - begin, ROW, fill=OPEN, stroke=INK, stroke_width=0.6)
    for first, last, share in _shares(row):
        left, right, height = axis.place(first), axis.place(last), ROW * share
        edge = {"stroke": SHUT, "stroke_width": 0.8} if right - left > 4 else {}
        shut = draw.Rectangle(left, top + ROW - height, max(right - left, 0.8), height, fill=hatch, **edge)
        out = round(share * len(row.entrances))
        shut.append_title(
            f"{out:,} of {len(row.entrances):,} locked out, {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"
        )
        yield shut


def _words(row: Row, top: float, axis: _Axis) -> Iterator[object]:
    """``out`` on every outage that has room for it, so that nothing depends on colour."""
    for first, last, share in _shares(row):
        left, right = axis.place(first), axis.place(last)
        if right - left > 34 and share == 1:
            yield draw.Rectangle((left + right) / 2 - 13, top + 6, 26, 15, fill="white", rx=3)
            yield draw.Text("out", 12, (left + right) / 2, top + 17.5, text_anchor="middle", fill=SHUT)


def _shares(row: Row) -> Iterator[tuple[datetime, datetime, float]]:
    """The stretches during which the same share of a row is locked out."""
    changes: dict[datetime, int] = defaultdict(int)
    for one in row.outages:
        changes[one.begin] += 1
        changes[one.end] -= 1
    out = 0
    at = sorted(changes)
    for first, last in pairwise(at):
        out += changes[first]
        if out:
            yield first, last, out / len(row.entrances)


def _steps(rehearsal: Rehearsal, axis: _Axis, bottom: float) -> Iterator[object]:
    """A line for each step with its number above and its date below; a step in AWS has a bar as long as it lasts."""
    ends = {one.moment.step: one.moment.at for one in rehearsal.after if one.moment.step}
    level, before, dated = 0, -math.inf, -math.inf
    for number, step in enumerate(rehearsal.plan.steps, 1):
        place = axis.place(step.at)
        level = 1 - level if place - before < 22 else 0
        before = place
        height = TOP - 34 + level * 20
        yield draw.Line(place, height, place, bottom, stroke=INK, stroke_width=0.8, stroke_dasharray="3,3")
        if isinstance(step, InAws):
            yield draw.Line(place, height, axis.place(ends[number]), height, stroke=INK, stroke_width=3)
        mark = draw.Circle(place, height, 9, fill="white", stroke=INK, stroke_width=1.2)
        mark.append_title(f"step {number}: {plain(step.title)}, {step.at:%Y-%m-%d %H:%M} UTC")
        yield mark
        yield draw.Text(str(number), 11, place, height + 4, text_anchor="middle", fill=INK)
        if place - dated > 15:
            dated = place
            turned = f"rotate(-55 {place} {bottom + 12})"
            yield draw.Text(
                f"{step.at:%m-%d %H:%M}", 11, place, bottom + 14, text_anchor="end", fill=INK, transform=turned
            )
    legend = (
        f"{rehearsal.start:%Y-%m-%d} to {rehearsal.until:%Y-%m-%d}, UTC, not to scale. "
        "Plain: can sign in. Hatched: locked out. Numbers: steps."
    )
    yield draw.Text(legend, 11, LEFT, bottom + FOOT - 8, fill=INK)
