"""What follows a first reading: the seven-day path at every stage, insights, memory, chats."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

from dashboard.seed.contents import to_json
from dashboard.seed.moments import DAY, HOUR, MINUTE, cuid, iso, naive
from dashboard.seed.orders import Made
from dashboard.seed.stories import stories
from lumira_db.enums import InsightCategory

Row = dict[str, Any]

# How a path stands, and how often. *Stalled*: a day was completed and the platform never unlocked the next.
# *Stopped*: the next day is open and the client did not come back. *Unmarked*: all done, ``completedAt`` unset.
_STAGES = {"waiting": 12, "stopped": 22, "stalled": 36, "unmarked": 16, "finished": 14}
_DAYS = 7


class Journeys:
    """Makes what belongs to a client, once: at the first reading that reached them."""

    def __init__(self, rng: Random, now: int) -> None:
        self.rng, self.now = rng, now
        self._begun: set[str] = set()

    def rows(self, made: Made) -> Iterator[tuple[str, Row]]:
        """Table and row, owners first."""
        delivered = made.steps.delivered
        if made.reading is None or delivered is None or made.person.id in self._begun:
            return
        self._begun.add(made.person.id)
        data = json.loads(made.reading)
        if self.rng.random() < 0.72:
            yield from self._path(made, data, delivered)
        if self.rng.random() < 0.6:
            yield from self._insights(made, data, delivered)
        if self.rng.random() < 0.35:
            yield from self._memory(made, data, delivered)

    def _path(self, made: Made, data: dict[str, Any], delivered: int) -> Iterator[tuple[str, Row]]:
        rng, synthesis = self.rng, data["synthesis"]
        started = min(self.now - 1, delivered + rng.randint(1, 40) * HOUR)
        stage = rng.choices(list(_STAGES), list(_STAGES.values()))[0]
        possible = min(_DAYS, (self.now - started) // DAY)
        done = {"waiting": 0, "unmarked": _DAYS, "finished": _DAYS}.get(stage, rng.randint(1, _DAYS - 1))
        done = min(done, possible)
        unlocked = done if stage == "stalled" and done else min(_DAYS, done + 1)
        marked = stage == "finished" and done == _DAYS
        path_id = cuid(rng, started)
        finished = started + _DAYS * DAY
        yield (
            "SpiritualPath",
            {
                "id": path_id,
                "userId": made.person.id,
                "archetype": synthesis["archetype"],
                "synthesis": synthesis["emotional_state"],
                "keyBlockage": synthesis["key_blockage"] if rng.random() < 0.85 else None,
                "startedAt": naive(started),
                "completedAt": naive(finished) if marked else None,
                "createdAt": naive(started),
                "updatedAt": naive(finished if marked else started),
            },
        )
        origin = made.row["id"] if rng.random() < 0.9 else None
        for day in data["timeline"]:
            step = self._step(day, started, done, unlocked)
            yield "PathStep", {**step, "spiritualPathId": path_id, "originReadingId": origin}

    def _step(self, day: dict[str, Any], started: int, done: int, unlocked: int) -> Row:
        number, rng = day["day"], self.rng
        opened = started + (number - 1) * DAY
        completed = min(self.now, opened + rng.randint(20, 1200) * MINUTE)
        return {
            "id": cuid(rng, started),
            "dayNumber": number,
            "title": day["title"],
            "description": day["action"],
            "synthesis": day["mantra"],
            "archetype": day["title"],
            "actionType": day["actionType"],
            "ritualPrompt": day["action"] if day["actionType"] == "RITUAL" else None,
            "isCompleted": number <= done,
            "completedAt": naive(completed) if number <= done else None,
            "unlockedAt": naive(opened) if number <= unlocked else None,
            "createdAt": naive(started),
            "updatedAt": naive(completed if number <= done else started),
        }

    def _insights(self, made: Made, data: dict[str, Any], delivered: int) -> Iterator[tuple[str, Row]]:
        rng = self.rng
        order_id = made.row["id"] if rng.random() < 0.9 else None
        for section in data["pdf_content"]["sections"]:
            seen = rng.random() < 0.55
            yield (
                "Insight",
                {
                    "id": cuid(rng, delivered),
                    "userId": made.person.id,
                    "orderId": order_id,
                    "category": InsightCategory(section["domain"].upper()),
                    "short": section["content"][:180],
                    "full": section["content"],
                    "viewedAt": naive(min(self.now, delivered + rng.randrange(9 * DAY))) if seen else None,
                    "createdAt": naive(delivered),
                    "updatedAt": naive(delivered),
                },
            )

    def _memory(self, made: Made, data: dict[str, Any], delivered: int) -> Iterator[tuple[str, Row]]:
        rng, told = self.rng, stories()
        at = min(self.now - HOUR, delivered + rng.randint(1, 20) * DAY)
        domains = {
            section["domain"]: {"summary": section["content"][:300], "lastUpdated": iso(at)}
            for section in rng.sample(data["pdf_content"]["sections"], rng.randint(0, 4))
        }
        history = [
            {
                "date": iso(at),
                "topic": domain,
                "insights": text["summary"][:200],
                "sentiment": rng.choice(told["sentiments"]),
            }
            for domain, text in domains.items()
        ]
        yield (
            "AkashicRecord",
            {
                "id": cuid(rng, at),
                "userId": made.person.id,
                "archetype": data["synthesis"]["archetype"] if rng.random() < 0.9 else None,
                "domains": to_json(domains),
                "history": to_json(history),
                "createdAt": naive(delivered),
                "updatedAt": naive(at),
            },
        )
        for _ in range(rng.choice((1, 1, 1, 2))):
            yield "ChatSession", self._chat(made, at)

    def _chat(self, made: Made, at: int) -> Row:
        rng, told = self.rng, stories()
        begun = min(self.now - HOUR, at + rng.randrange(3 * DAY))
        messages = []
        for turn in range(rng.randint(1, 4)):
            asked = begun + turn * 3 * MINUTE
            messages.append({"role": "user", "content": rng.choice(told["chat_asks"]), "timestamp": iso(asked)})
            answer = {"role": "assistant", "content": rng.choice(told["chat_answers"]), "timestamp": iso(asked + 1)}
            messages.append(answer)
        last = begun + (len(messages) // 2 - 1) * 3 * MINUTE
        # Ids of chats are not all cuids (DOMAIN §1).
        chat_id = f"session_{begun}{rng.getrandbits(20)}" if rng.random() < 0.3 else cuid(rng, begun)
        return {
            "id": chat_id,
            "userId": made.person.id,
            "relatedOrderId": made.row["id"] if rng.random() < 0.7 else None,
            "title": rng.choice(told["chat_titles"]) if rng.random() < 0.8 else None,
            "messages": to_json(messages),
            "isActive": rng.random() < 0.6,
            "lastMessageAt": naive(last) if rng.random() < 0.95 else None,
            "createdAt": naive(begun),
            "updatedAt": naive(last),
        }
