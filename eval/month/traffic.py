"""Who asks what and when: popularity falls with rank as in Zipf's law, for needs that are met and for those that are not."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from eval.month.world import Need

DAYS = 28
# Shares of all questions: about needs that no article meets, and one-off questions that are nobody's business here.
UNMET_SHARE = 0.15
CHATTER_SHARE = 0.02
# The exponents of popularity. The steeper one leaves unmet needs that fewer than ten people have.
MET_EXPONENT = 1.0
UNMET_EXPONENT = 1.6
_CHANNELS = ("widget", "api", "help-centre")
# Questions an hour of the day, UTC, in proportion.
_BY_HOUR = (2, 2, 2, 2, 3, 4, 6, 8, 10, 10, 9, 8, 8, 9, 9, 8, 7, 5, 4, 4, 3, 3, 2, 2)
_WEEKEND = 0.4  # of a working day
_RETURNS = 0.1  # share of questions by somebody who was here within the hour
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Asking:
    """One question. ``need`` None: chatter."""

    at: datetime
    number: int
    text: str
    need: str | None
    visitor: str
    channel: str


def traffic(
    met: Sequence[Need], unmet: Sequence[Need], chatter: Sequence[str], questions: int, end: datetime, seed: int
) -> list[Asking]:
    """``questions`` questions of the 28 days before ``end``, in order of time."""
    rng = random.Random(seed)
    draws = [
        (_popular(met, MET_EXPONENT, rng), 1 - UNMET_SHARE - CHATTER_SHARE),
        (_popular(unmet, UNMET_EXPONENT, rng), UNMET_SHARE),
        (_chatter(chatter, rng), CHATTER_SHARE),
    ]
    sources = rng.choices([source for source, _ in draws], [share for _, share in draws], k=questions)
    times = sorted(_moments(end, questions, rng))
    found: list[Asking] = []
    for number, (at, source) in enumerate(zip(times, sources, strict=True)):
        text, need = next(source)
        found.append(Asking(at, number, text, need, _visitor(found, at, rng), rng.choice(_CHANNELS)))
    return found


def _popular(needs: Sequence[Need], exponent: float, rng: random.Random) -> Iterator[tuple[str, str | None]]:
    order = rng.sample(needs, len(needs))
    weights = list(itertools.accumulate(rank**-exponent for rank in range(1, len(order) + 1)))
    while True:
        need = rng.choices(order, cum_weights=weights)[0]
        yield rng.choice(need.wordings), need.id


def _chatter(texts: Sequence[str], rng: random.Random) -> Iterator[tuple[str, str | None]]:
    while True:
        for text in rng.sample(texts, len(texts)):
            yield text, None


def _moments(end: datetime, count: int, rng: random.Random) -> Iterator[datetime]:
    start = end - DAYS * _DAY
    hours = [start + timedelta(hours=hour) for hour in range(24 * DAYS)]
    weights = [_BY_HOUR[hour.hour] * (_WEEKEND if hour.weekday() > 4 else 1.0) for hour in hours]
    for hour in rng.choices(hours, weights, k=count):
        yield hour + timedelta(milliseconds=rng.randrange(3_600_000))


def _visitor(earlier: Sequence[Asking], at: datetime, rng: random.Random) -> str:
    """A key of that day: mostly of somebody new."""
    if earlier and rng.random() < _RETURNS:
        last = earlier[-1 - rng.randrange(min(20, len(earlier)))]
        if at - last.at < timedelta(hours=1) and at.date() == last.at.date():
            return last.visitor
    return f"{rng.getrandbits(128):032x}"
