"""A records database as a busy help centre has it after some months: thousands of gaps, a hundred thousand signals.

Written as rows, not through the service: what the pages show and how fast is tested with it, not how it came to be.
"""

from __future__ import annotations

import random
import sqlite3
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from kb.gaps.vocabulary import Cause, GapStatus, SignalKind
from kb.records import Records

DAY_MS = 86_400_000
_EN_THINGS = (
    *("refund", "invoice", "delivery", "gift card", "warranty", "password", "two-step code", "tracking number"),
    *("subscription", "coupon", "exchange", "customs fee", "receipt", "shipping label", "repair", "pickup point"),
)
_EN_NEEDS = (
    "How do I change my {} after the order was sent?",
    "Where do I find the {}?",
    "My {} does not work, what now?",
    "Can I get a {} for a company?",
    "How long does a {} take to Norway?",
    "Who pays for the {} when the parcel is lost?",
)
_ZH_THINGS = ("退款", "发票", "配送", "礼品卡", "保修", "密码", "验证码", "物流单号", "会员", "优惠券", "换货", "关税")
_ZH_NEEDS = ("{}怎么改？", "在哪里可以看到{}？", "{}不能用怎么办？", "公司可以开{}吗？", "{}要多久？", "{}丢了谁负责？")
_OWNERS = (None, "billing-docs", "shipping-docs", "account-docs", "客服内容组")
_CATEGORIES = (None, "billing", "delivery", "account", "devices")


@dataclass(frozen=True, slots=True)
class Desk:
    """How much to make. ``days``: over how many days the signals are spread, ending at ``now``."""

    gaps: int = 200
    signals: int = 2_000
    days: int = 70
    now: datetime | None = None
    seed: int = 7


def fill(data: Path, desk: Desk) -> list[str]:
    """Write the rows into ``data/records.db`` and return the ids of the gaps, those with most signals first."""
    with Records.open(data):
        pass  # the tables
    random_ = random.Random(desk.seed)
    now = round((desk.now or datetime.now(UTC)).timestamp() * 1000)
    ids = [f"gap_{number:05d}" for number in range(desk.gaps)]
    connection = sqlite3.connect(data / "records.db")
    with connection:
        connection.executemany(
            "INSERT INTO gaps (id, label, lang, status, cause, cause_evidence, owner, representative, terms, created_at,"
            " updated_at, assignee, due_on, dismissed_reason, opened_at, category)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, '[]', ?, ?, ?, ?, ?, ?, ?)",
            [_gap(random_, gap_id, number, now, desk) for number, gap_id in enumerate(ids)],
        )
        labels = dict(connection.execute("SELECT id, label FROM gaps").fetchall())
        # A few needs of many people and many of a few, as questions are (Zipf); every gap has one signal at least.
        weights = [(rank + 1) ** -0.8 for rank in range(len(ids))]
        chosen = [*ids, *random_.choices(ids, weights, k=max(0, desk.signals - len(ids)))]
        signals = [_signal(random_, number, gap_id, labels, now, desk) for number, gap_id in enumerate(chosen)]
        connection.executemany(f"INSERT INTO signals VALUES ({', '.join('?' * 15)})", signals)
        connection.executemany("INSERT INTO gap_questions VALUES (?, ?, ?, ?, ?, ?, ?)", _wordings(signals))
        connection.executemany(
            "INSERT INTO gap_history (gap_id, at, who, field, before, after, note) VALUES (?, ?, 'system', 'created',"
            " NULL, NULL, '')",
            [(gap_id, now - desk.days * DAY_MS) for gap_id in ids],
        )
    connection.close()
    return ids


def _gap(random_: random.Random, gap_id: str, number: int, now: int, desk: Desk) -> tuple[object, ...]:
    lang = "zh" if number % 3 == 2 else "en"
    needs, things = (_ZH_NEEDS, _ZH_THINGS) if lang == "zh" else (_EN_NEEDS, _EN_THINGS)
    label = random_.choice(needs).format(random_.choice(things)) + ("" if number < 60 else f" ({number})")
    status = random_.choices(tuple(GapStatus), (60, 12, 6, 4, 8, 3, 7))[0]
    cause = random_.choices(tuple(Cause), (50, 12, 8, 4, 8, 12, 6))[0]
    created = now - random_.randrange(1, desk.days) * DAY_MS
    assigned = status in (GapStatus.ASSIGNED, GapStatus.DRAFTED)
    due = (datetime.fromtimestamp(now / 1000, UTC) + timedelta(days=random_.randrange(-10, 20))).date().isoformat()
    return (
        *(gap_id, label, lang, status.value, cause.value, f"No passage answered: {number % 9 + 1} of 9 signals."),
        *(random_.choice(_OWNERS), label, created, created, "ada" if assigned else None, due if assigned else None),
        *("Out of scope." if status is GapStatus.DISMISSED else None, created, random_.choice(_CATEGORIES)),
    )


def _signal(
    random_: random.Random, number: int, gap_id: str, labels: dict[str, str], now: int, desk: Desk
) -> tuple[object, ...]:
    kind = random_.choices(tuple(SignalKind), (60, 10, 10, 6, *(3 for _ in tuple(SignalKind)[4:])))[0]
    at = now - int(random_.random() ** 1.3 * desk.days * DAY_MS)
    wording = f"{labels[gap_id]}{' please' if number % 7 == 0 else ''}{number % 11 or ''}"
    return (
        *(f"sig_{number:07d}", None, gap_id, kind.value, at, f"ans_{number}", f"cnv_{number}"),
        *(f"v{at // DAY_MS}-{random_.randrange(20_000)}", "help_page", "en", wording, wording.lower()),
        *("en/billing/refunds" if number % 4 == 0 else None, None, orjson.dumps([]).decode()),
    )


def _wordings(signals: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    times: defaultdict[tuple[object, object, object, object], list[int]] = defaultdict(list)
    for signal in signals:
        at = signal[4]
        assert isinstance(at, int)
        times[(signal[2], signal[11], signal[10], signal[9])].append(at)
    # One row a key; of two ways of writing with one key the first stays.
    rows: dict[tuple[object, object], tuple[object, ...]] = {}
    for (gap_id, key, text, lang), moments in times.items():
        rows.setdefault((gap_id, key), (gap_id, key, text, lang, len(moments), min(moments), max(moments)))
    return list(rows.values())
