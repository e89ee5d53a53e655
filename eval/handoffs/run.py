"""The whole of it: receivers up, server up, requests in, faults everywhere, and at the end a count of what arrived."""

from __future__ import annotations

import base64
import queue
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eval.handoffs.faults import Faults
from eval.handoffs.mailbox import Mailbox
from eval.handoffs.receivers import Chat, Desk, Hook, Receiver
from eval.handoffs.server import Server, keep_busy

HANG_SECONDS = 1.0  # longer than the server waits for an answer
CALLERS = 4
CHAT_SHARE = 0.4  # of the faults: a hand-over is seven requests there
ACKNOWLEDGED, REPLIED = 0.2, 0.1  # shares of the requests that somebody takes over and answers meanwhile
_SECRET = f"whsec_{base64.b64encode(b'0123456789abcdef0123456789abcdef').decode()}"
_QUESTIONS = (
    "Where is my order?",
    "我的订单在哪里？",
    "I was charged twice!",
    "退款多久到账？",
    "Can somebody call me?",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens. Seconds between two kills, two restarts of a receiver, two times when the database is held;
    ``quiet_seconds``: how long nothing more may arrive at the end, longer than any pause between two attempts."""

    count: int = 1000
    seed: int = 1
    kill_every: float = 20.0
    restart_every: float = 7.0
    busy_every: float = 9.0
    busy_seconds: float = 6.5
    settle_seconds: float = 600.0
    quiet_seconds: float = 10.0
    most_kills: int = 1000


@dataclass
class Callers:
    """What the callers were told. ``taken``: by their own key. ``repeats``: requests that were sent again for want of an answer."""

    taken: dict[str, dict[str, Any]] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    replies: dict[str, str] = field(default_factory=dict)
    repeats: int = 0
    other_answers: Counter[int] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Trial:
    """One run of ``plan`` in ``folder``, which is empty."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan = plan
        self.faults = Faults(plan.seed)
        self.few_faults = Faults(plan.seed, CHAT_SHARE)
        self.hook, self.desk, self.chat = Hook(_SECRET), Desk(), Chat()
        self.named = Hook(_SECRET)
        self.receivers = [
            Receiver(each, self.few_faults if each is self.chat else self.faults, HANG_SECONDS)
            for each in (self.hook, self.desk, self.chat, self.named)
        ]
        self.mailbox = Mailbox(self.faults, HANG_SECONDS)
        self.callers = Callers()
        self.held = 0
        self.restarts = 0
        self._folder = folder
        self._over = threading.Event()

    def run(self) -> dict[str, Any]:
        """Send everything, wait until everything is settled, and return the figures."""
        for each in self._everybody():
            each.start()
        self.server = Server(self._folder / "data", self._settings())
        (self._folder / "data").mkdir(parents=True, exist_ok=True)
        begun = time.monotonic()
        troubles = [threading.Thread(target=each, daemon=True) for each in (self._restart, self._hold)]
        try:
            self.server.start()
            for thread in troubles:
                thread.start()
            self._send_all()
            sent = time.monotonic() - begun
            self.faults.over = self.few_faults.over = True
            self._over.set()
            for thread in troubles:
                thread.join()
            states = self._settled()
            return {"sent_seconds": sent, "seconds": time.monotonic() - begun, **self._figures(states)}
        finally:
            self._over.set()
            self.server.stop()
            for each in self._everybody():
                each.stop()

    def _everybody(self) -> list[Receiver | Mailbox]:
        return [*self.receivers, self.mailbox]

    def _settings(self) -> dict[str, str]:
        hook, desk, chat, named = (receiver.port for receiver in self.receivers)
        return {
            "KB_WEBHOOK_URLS": f"http://127.0.0.1:{hook}/hook",
            "KB_WEBHOOK_SECRET": _SECRET,
            "KB_WEBHOOK_ALLOW_PRIVATE": "true",
            "KB_SMTP_URL": f"smtp://127.0.0.1:{self.mailbox.port}",
            "KB_MAIL_FROM": "help@example.com",
            "KB_HANDOFF_MAIL": "support@example.com",
            "KB_HANDOFF_DESTINATIONS": " ".join(
                (
                    f"desk=zendesk+http://agent%40example.com:token@127.0.0.1:{desk}",
                    f"chat=chatwoot+http://token@127.0.0.1:{chat}/accounts/1/inboxes/2",
                    f"crm=http://127.0.0.1:{named}/hook",
                )
            ),
            "KB_RATE_LIMIT_ENABLED": "false",
            "KB_LOG_LEVEL": "error",
            "KB_SITE_URL": "https://help.example.com",
            "OMP_NUM_THREADS": "1",
        }

    def _send_all(self) -> None:
        waiting: queue.Queue[int] = queue.Queue()
        for n in range(self.plan.count):
            waiting.put(n)
        threads = [threading.Thread(target=self._call, args=(waiting,), daemon=True) for _ in range(CALLERS)]
        for thread in threads:
            thread.start()
        chance = random.Random(self.plan.seed)
        while any(thread.is_alive() for thread in threads) or self._undelivered():
            if self._over.wait(self.plan.kill_every * chance.uniform(0.6, 1.4)):
                return
            if self.server.kills < self.plan.most_kills:
                self.server.kill()
                self.server.start()

    def _undelivered(self) -> bool:
        """Whether more than a tenth still waits somewhere: faults go on while deliveries do, and stop before the last ones."""
        return self._everywhere() < 0.9 * self.plan.count

    def _call(self, waiting: queue.Queue[int]) -> None:
        while True:
            try:
                n = waiting.get_nowait()
            except queue.Empty:
                return
            key = f"key-{self.plan.seed}-{n}"
            contact = {"name": "Ada", "email": f"visitor{n}@example.com", "consent": True}
            body: dict[str, Any] = {"question": f"{_QUESTIONS[n % len(_QUESTIONS)]} ({n})", "channel": "chat"}
            taken = self._until_taken("/v1/handoffs", body | ({"contact": contact} if n % 3 else {}), key, 202)
            with self.callers.lock:
                self.callers.taken[key] = taken
            chance = random.Random(f"{self.plan.seed}:{n}")
            if chance.random() < ACKNOWLEDGED:
                self._until_taken(f"/v1/handoffs/{taken['id']}/ack", None, key, 200)
                self.callers.acknowledged.add(taken["id"])
            if chance.random() < REPLIED:
                path = f"/v1/handoffs/{taken['id']}/reply"
                reply = self._until_taken(path, {"text": "On its way.", "agent": "Grace"}, key, 201)
                self.callers.replies[reply["id"]] = taken["id"]
                self.callers.acknowledged.add(taken["id"])

    def _until_taken(self, path: str, body: dict[str, Any] | None, key: str, expected: int) -> dict[str, Any]:
        """Send the same request again and again until it is answered, as a caller should."""
        while True:
            status, document = self.server.call("POST", path, body, {"Idempotency-Key": key})
            if status == expected:
                taken: dict[str, Any] = document
                return taken
            with self.callers.lock:
                self.callers.repeats += 1
                self.callers.other_answers[status] += 1
            time.sleep(0.2)

    def _restart(self) -> None:
        chance = random.Random(self.plan.seed + 1)
        while not self._over.wait(self.plan.restart_every * chance.uniform(0.5, 1.5)):
            receiver = chance.choice(self._everybody())
            receiver.stop()
            self._over.wait(chance.uniform(0.3, 2.0))
            receiver.start()
            self.restarts += 1

    def _hold(self) -> None:
        chance = random.Random(self.plan.seed + 2)
        while not self._over.wait(self.plan.busy_every * chance.uniform(0.5, 1.5)):
            keep_busy(self._folder / "data" / "records.db", chance.uniform(0.2, 1.0) * self.plan.busy_seconds)
            self.held += 1

    def _settled(self) -> dict[str, str]:
        """Wait until everything has arrived, and then for what would arrive a second time; return the state of each request."""
        until = time.monotonic() + self.plan.settle_seconds
        seen, still = -1, 0.0
        while time.monotonic() < until and still < self.plan.quiet_seconds:
            arrived = self._arrived()
            still = still + 0.5 if arrived == seen and self._complete() else 0.0
            seen = arrived
            time.sleep(0.5)
        return self._states()

    def _complete(self) -> bool:
        replies = len(self.hook.handled("handoff.replied"))
        return self._everywhere() >= self.plan.count and replies >= len(self.callers.replies) and self._waiting() == 0

    def _everywhere(self) -> int:
        """How many requests have reached the receiver that has the fewest."""
        notes = sum(any(said.get("private") for said in list(each)) for each in list(self.chat.messages.values()))
        hooks = min(len(hook.handled("handoff.created")) for hook in (self.hook, self.named))
        return min(hooks, len(self.desk.tickets), notes, len(self.mailbox.letters))

    def _arrived(self) -> int:
        hooks = sum(self.hook.attempts.values()) + sum(self.named.attempts.values())
        notes = sum(len(said) for said in self.chat.messages.values())
        return hooks + notes + len(self.desk.tickets) + sum(self.mailbox.letters.values())

    def _waiting(self) -> int:
        status, page = self.server.call("GET", "/v1/handoffs?status=queued&limit=1")
        return len(page["data"]) if status == 200 else 1

    def _states(self) -> dict[str, str]:
        states: dict[str, str] = {}
        cursor = ""
        while True:
            status, page = self.server.call("GET", f"/v1/handoffs?limit=100{cursor}")
            if status != 200:
                time.sleep(0.2)
                continue
            states |= {row["id"]: row["status"] for row in page["data"]}
            if not page["has_more"]:
                return states
            cursor = f"&cursor={page['next_cursor']}"

    def _figures(self, states: dict[str, str]) -> dict[str, Any]:
        wanted = {taken["id"] for taken in self.callers.taken.values()}
        marks = Counter(c["custom_attributes"]["kb_handoff"] for c in self.chat.conversations)
        notes = [Counter(bool(said.get("private")) for said in all_said) for all_said in self.chat.messages.values()]
        arrived = {
            "webhook": self.hook.handled("handoff.created"),
            "named webhook": self.named.handled("handoff.created"),
            "zendesk": Counter(ticket["external_id"] for ticket in self.desk.tickets),
            "chatwoot": marks,
        }
        replied = self.hook.handled("handoff.replied")
        right = {i: "acknowledged" if i in self.callers.acknowledged else "delivered" for i in wanted}
        return {
            "requests": len(self.callers.taken),
            "stored": len(states),
            "distinct": len(wanted),
            "sent_again_by_callers": self.callers.repeats,
            "answers_to_callers_but_the_one_expected": {str(k): v for k, v in self.callers.other_answers.items()},
            "server": {"starts": self.server.starts, "kills": self.server.kills},
            "receiver_restarts": self.restarts,
            "database_held": self.held,
            "faults": dict(self.faults.seen + self.few_faults.seen),
            "receivers": {name: _once(found, wanted) for name, found in arrived.items()},
            "mailbox": {
                "letters": sum(self.mailbox.letters.values()),
                "distinct": len(self.mailbox.letters),
                "missing": len(wanted) - len(self.mailbox.letters),
            },
            "chatwoot_notes": {
                "exactly_one_each": sum(n[True] == 1 and n[False] == 1 for n in notes),
                "of": len(notes),
            },
            "replies": _once(replied, set(self.callers.replies)),
            "webhook_attempts": sum(self.hook.attempts.values()),
            "webhook_repeats_known_by_id": sum(n - 1 for n in self.hook.attempts.values()),
            "webhook_ids_with_two_bodies": sum(len(bodies) > 1 for bodies in self.hook.bodies.values()),
            "cut_short": sum(receiver.cut_short for receiver in self.receivers),
            "forged": self.hook.forged + self.named.forged,
            "states": dict(Counter(states.values())),
            "states_wrong": sum(states.get(i) != state for i, state in right.items()),
        }


def _once(found: Counter[str], wanted: set[str]) -> dict[str, int]:
    return {
        "exactly_once": sum(found[i] == 1 for i in wanted),
        "missing": sum(found[i] == 0 for i in wanted),
        "more_than_once": sum(found[i] > 1 for i in wanted),
        "unknown": len(found.keys() - wanted),
    }


def is_exact(figures: dict[str, Any]) -> bool:
    """Whether everything arrived once, everywhere, and is in its right state."""
    n = figures["requests"]
    return bool(
        figures["stored"] == figures["distinct"] == n
        and all(each["exactly_once"] == n and not each["unknown"] for each in figures["receivers"].values())
        and figures["chatwoot_notes"] == {"exactly_one_each": n, "of": n}
        and figures["mailbox"]["distinct"] == n
        and not figures["replies"]["missing"] + figures["replies"]["more_than_once"] + figures["replies"]["unknown"]
        and not figures["forged"] + figures["webhook_ids_with_two_bodies"] + figures["states_wrong"]
    )
