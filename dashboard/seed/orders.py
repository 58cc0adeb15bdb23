"""Orders with their files and payment events, through every status and with every shape of their JSON."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

from dashboard.seed import contents
from dashboard.seed.catalogue import PRICES
from dashboard.seed.contents import Readings, to_json
from dashboard.seed.dirt import Dirt
from dashboard.seed.moments import DAY, HOUR, MINUTE, SECOND, cuid, in_paris, iso, naive
from dashboard.seed.people import Person
from dashboard.seed.photos import FACES, PALMS, PhotoAlbum
from dashboard.seed.stories import stories
from dashboard.seed.timeline import Fate, Planned, Timeline

Row = dict[str, Any]

_STATUS = {
    Fate.CART: "PENDING",
    Fate.UNPAID: "FAILED",
    Fate.PAID: "PAID",
    Fate.PROCESSING: "PROCESSING",
    Fate.AWAITING: "AWAITING_VALIDATION",
    Fate.BROKEN: "FAILED",
    Fate.COMPLETED: "COMPLETED",
    Fate.REFUNDED: "REFUNDED",
}
_LEVEL_WEIGHTS = (42, 30, 18, 10)
_PRODUCED = frozenset({Fate.AWAITING, Fate.COMPLETED})
_STARTED = _PRODUCED | {Fate.PROCESSING, Fate.BROKEN}
_NEVER_PAID = frozenset({Fate.CART, Fate.UNPAID})
_EVENTS_KEPT = 60 * DAY


class Steps(NamedTuple):
    """When an order went through what, in milliseconds; None for what has not happened."""

    paid: int | None
    started: int | None
    generated: int | None
    decided: int | None
    delivered: int | None


@dataclass(frozen=True, slots=True)
class Made:
    """An order with its rows, and what the rows that hang on it need to know."""

    planned: Planned
    person: Person
    row: Row
    steps: Steps
    reading: str | None
    staff_id: str
    files: list[Row] = field(default_factory=list)
    event: Row | None = None


class Orders:
    """Makes the orders in the order of time; business numbers count by the day in Paris."""

    def __init__(
        self,
        rng: Random,
        timeline: Timeline,
        people: list[Person],
        dirt: Dirt,
        album: PhotoAlbum,
        readings: Readings,
        experts: list[str],
    ) -> None:
        self.rng, self.timeline, self.people, self.dirt = rng, timeline, people, dirt
        self.album, self.readings, self.experts = album, readings, experts
        self.counters: dict[str, int] = {}
        first = timeline.orders[0].at
        # The platform changed the form of its order numbers twice.
        self._eras = first + (timeline.now - first) * 3 // 10, first + (timeline.now - first) * 65 // 100
        self._completed = 0

    def made(self, start: int, end: int) -> Iterator[Made]:
        """The orders from number ``start`` to before ``end``."""
        for number in range(start, min(end, len(self.timeline.orders))):
            yield self._make(number, self.timeline.orders[number])

    def _make(self, number: int, planned: Planned) -> Made:
        rng, person = self.rng, self.people[planned.client]
        wish = self.dirt.orders.get(number)
        level = self._level(number, wish)
        steps = self._steps(planned, wish)
        staff_id = rng.choice(self.experts)
        business_number = self._number(planned.at)
        produced = planned.fate in _PRODUCED or (planned.fate is Fate.REFUNDED and number % 2 == 0)
        reading = self.readings.draw(person, level) if produced else None
        row: Row = {
            "id": cuid(rng, planned.at),
            "orderNumber": business_number,
            "userId": person.id,
            "userEmail": person.email.lower(),
            "userName": f"{person.first} {person.last}".strip() or None,
            "level": level,
            **self._money(number, level, wish),
            "status": _STATUS[planned.fate],
            **self._payment(number, planned.fate),
            "paidAt": naive(steps.paid),
            "formData": self._form(number, person),
            "clientInputs": '{"mood":"curieuse","birthTimeKnown":false}' if number % 11 == 5 else None,
            **self._workflow(number, planned, person, steps, staff_id, wish),
            "generatedContent": self._content(reading, planned, steps, business_number, staff_id, wish),
            "errorLog": rng.choice(stories()["failures"]) if planned.fate is Fate.BROKEN else None,
            "deliveredAt": naive(steps.delivered),
            "deliveryMethod": rng.choices(("EMAIL", "WHATSAPP"), (82, 18))[0] if steps.delivered else None,
            "createdAt": naive(planned.at),
            "updatedAt": naive(max(moment for moment in (planned.at, *steps) if moment is not None)),
        }
        files = list(self._files(number, planned, person, row["id"]))
        return Made(planned, person, row, steps, reading, staff_id, files, self._event(row, planned, steps))

    def _level(self, number: int, wish: str | None) -> int:
        if wish == "level" or (wish is None and number % 211 == 17):
            return 7
        return self.rng.choices((1, 2, 3, 4), _LEVEL_WEIGHTS)[0]

    def _number(self, at: int) -> str:
        day = in_paris(at)
        name = f"order_{day:%Y%m%d}"
        count = self.counters[name] = self.counters.get(name, 0) + 1
        # A day keeps the form that it began with.
        begun = at - (day.hour * HOUR + day.minute * MINUTE)
        if begun < self._eras[0]:
            return f"LUM-O-{day:%y%m%d}-{count:03d}"
        return f"LU{day:%y%m%d}{count:03d}" if begun < self._eras[1] else f"LU{day:%y%m%d}-{count:03d}"

    def _steps(self, planned: Planned, wish: str | None) -> Steps:
        """Usual durations, shortened where there has not been so much time."""
        rng, now, fate = self.rng, self.timeline.now, planned.fate
        if fate in _NEVER_PAID:
            return Steps(None, None, None, None, None)

        def after(moment: int, wait: float, share: float) -> int:
            return moment + max(1, int(min(wait, (now - moment) * share)))

        paid = after(planned.at, rng.randint(40, 900) * SECOND, 0.2)
        started = after(paid, 5 * MINUTE + rng.expovariate(1 / (2 * HOUR)), 0.3) if fate in _STARTED else None
        generated = after(started, rng.randint(50, 260) * SECOND, 0.3) if started and fate in _PRODUCED else None
        if fate is not Fate.COMPLETED or generated is None:
            return Steps(None if wish == "free" else paid, started, generated, None, None)
        decided = after(generated, 10 * MINUTE + rng.expovariate(1 / (9 * HOUR)), 0.8)
        return Steps(paid, started, generated, decided, after(decided, rng.randint(15, 90) * SECOND, 0.5))

    def _money(self, number: int, level: int, wish: str | None) -> Row:
        amount, currency = PRICES.get(level, 900), "eur"
        if wish == "free":
            amount = 0
        elif wish == "amount" or (wish is None and number % 67 == 23):
            amount = self.rng.choice((1, 500, amount - 400, amount * 2, 1234))
        elif wish is None and number % 83 == 41:
            currency = self.rng.choice(("chf", "usd", "cad"))
        return {"amount": amount, "currency": currency}

    def _payment(self, number: int, fate: Fate) -> Row:
        started = fate is not Fate.CART or number % 2 == 0
        return {
            "paymentIntentId": f"pi_3{self.rng.getrandbits(88):022x}" if started else None,
            "stripeSessionId": f"cs_live_{self.rng.getrandbits(96):024x}" if number % 3 else None,
        }

    def _form(self, number: int, person: Person) -> str:
        odd = {9: "null", 19: "[]", 29: '"texte libre"', 39: "{}"}.get(number % 151)
        if odd is not None:
            return odd
        rng = self.rng
        guest = {
            "birthDate": f"19{rng.randint(50, 99)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
            "birthTime": f"{rng.randrange(24):02d}:45",
            "birthPlace": rng.choice(stories()["cities"]),
            "specificQuestion": person.question,
        }
        shape = number % 20
        if shape < 12:
            return to_json({"phone": person.phone})
        if shape < 17:
            return to_json(guest)
        return to_json({"phone": person.phone, **guest, "utm": {"source": "instagram"}, "consent": True})

    def _workflow(
        self, number: int, planned: Planned, person: Person, steps: Steps, staff_id: str, wish: str | None
    ) -> Row:
        rng, told = self.rng, stories()
        revised = wish == "revised" or (wish is None and steps.generated is not None and number % 12 == 7)
        prompt = rng.choice(told["prompts"]).format(question=person.question or "") if steps.started else None
        validation = self._validation(number, steps, staff_id) if steps.decided else None
        if revised and steps.generated and not steps.decided:
            reason, at = rng.choice(told["reject_reasons"]), iso(steps.generated - MINUTE)
            validation = {"action": "reject", "rejectedBy": staff_id, "rejectedAt": at, "reason": reason}
        review: Row | None = None
        if steps.started and number % 6:
            assigned, processed = iso(steps.started - MINUTE), iso(steps.started)
            review = {"assignedBy": staff_id, "assignedAt": assigned}
            review |= {"processedBy": staff_id, "processedAt": processed}
        return {
            "expertPrompt": prompt if number % 4 else None,
            "expertInstructions": rng.choice(told["instructions"]) if revised else None,
            "expertReview": None if review is None else to_json(review),
            "expertValidation": None if validation is None else to_json(validation),
            "revisionCount": rng.choice((1, 1, 1, 2, 3)) if revised else 0,
        }

    def _validation(self, number: int, steps: Steps, staff_id: str) -> Row | None:
        if steps.decided is None or number % 19 == 3:
            return None
        at = iso(steps.decided)
        if number % 8 == 1:
            return {"action": "finalize", "finalizedBy": staff_id, "finalizedAt": at, "source": "studio"}
        shown: Row = {"action": "approve", "validatedBy": staff_id, "validatedAt": at}
        if number % 3 == 0:
            return {**shown, "notes": self.rng.choice(stories()["approve_notes"])}
        return {**shown, "source": "studio"} if number % 3 == 1 else shown

    def _content(
        self, reading: str | None, planned: Planned, steps: Steps, number: str, staff_id: str, wish: str | None
    ) -> str | None:
        if reading is None or steps.generated is None:
            return None if reading is None else reading
        at = steps.generated
        if planned.fate is Fate.AWAITING:
            return _awaiting_content(reading, at, number, staff_id, wish)
        self._completed += 1
        return self._completed_content(self._completed, reading, steps, number, staff_id)

    def _completed_content(self, count: int, reading: str, steps: Steps, number: str, staff_id: str) -> str | None:
        at, sealed = steps.generated or 0, steps.decided or 0
        if count % 60 == 7:
            return None
        if count % 80 == 11:
            return contents.foreign(count // 80)
        if count % 40 == 9:
            return contents.partial(reading)
        if count % 25 == 3:
            return contents.legacy(reading, at, number)
        studio = count % 10 == 1
        text = contents.with_lecture(reading, at, staff_id) if studio else reading
        if count % 30 == 5:
            text = contents.with_history(reading, at, staff_id)
        address = f"https://{self.album.bucket}.s3.eu-west-3.amazonaws.com"
        seal = contents.seal(number, sealed, staff_id, address, source="studio" if studio else None)
        return contents.extended(text, seal)

    def _files(self, number: int, planned: Planned, person: Person, order_id: str) -> Iterator[Row]:
        wish = self.dirt.clients.photos.get(planned.client)
        if planned.fate in _NEVER_PAID or wish in {"none", "huge", "inline"}:
            return
        wanted = planned.client in self.dirt.clients.ordinary
        for kind, share in ((FACES, 0.8), (PALMS, 0.7)):
            if not wanted and wish is None and self.rng.random() > share:
                continue
            photo = self.album.pick(kind, number * 7 + len(kind))
            if wish in self.album.odd and kind == FACES:
                photo = self.album.odd[wish]
            yield {
                "id": cuid(self.rng, planned.at + SECOND),
                "orderId": order_id,
                "name": f"{'visage' if kind == FACES else 'paume'}.{photo.key.rsplit('.', 1)[1]}",
                "url": self.album.address(photo),
                "key": photo.key,
                "contentType": photo.content_type,
                "size": len(photo.data) or 184_213,
                "type": "FACE_PHOTO" if kind == FACES else "PALM_PHOTO",
                "uploadedAt": naive(planned.at + SECOND),
            }

    def _event(self, row: Row, planned: Planned, steps: Steps) -> Row | None:
        if steps.paid is None or planned.at < self.timeline.now - _EVENTS_KEPT:
            return None
        data = {
            "id": row["paymentIntentId"],
            "object": "payment_intent",
            "amount": row["amount"],
            "currency": row["currency"],
            "metadata": {"orderId": row["id"], "email": row["userEmail"]},
        }
        return {
            "id": cuid(self.rng, steps.paid),
            "eventId": f"evt_3{self.rng.getrandbits(88):022x}",
            "eventType": "payment_intent.succeeded",
            "processedAt": naive(steps.paid),
            "data": to_json(data),
            "createdAt": naive(steps.paid),
            "updatedAt": naive(steps.paid),
        }


def _awaiting_content(reading: str, at: int, number: str, staff_id: str, wish: str | None) -> str | None:
    if wish == "empty":
        return None
    if wish == "legacy":
        return contents.legacy(reading, at, number)
    if wish == "foreign":
        return contents.foreign(0)
    return contents.with_lecture(reading, at, staff_id) if wish == "lecture" else reading
