"""A book beside the product: what was agreed, by hand, held against every row."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from tests.machines import naive
from tests.machines.naive import DAY, Pieces, day_of
from tests.machines.raw import Raw

LIVE = ("agreed", "under_way")
OPEN = ("waiting", "conditional")
ASKED = ("posted", "filled")
NO_PAY_WITHOUT_WORK = 3  # business days of notice under which a session stays paid


class Book:
    """`look` after each step weighs what is new in it; `check` holds at any time."""

    def __init__(self, holidays: Iterable[date]) -> None:
        self.holidays = frozenset(holidays)
        self.offers: dict[int, str] = {}
        self.raised: dict[int, bool] = {}
        self.until: dict[int, datetime] = {}
        self.asked: dict[int, list[date]] = {}
        self.pieces: dict[str, Pieces] = {}
        self.near: dict[str, bool] = {}
        self.posts: dict[int, str] = {}
        self.seats: dict[int, int] = {}
        self.ended: dict[int, str] = {}
        self.aside: dict[int, int] = {}
        self.kept: dict[int, int] = {}
        self.met = Counter[str]()

    # What a step brought

    def look(self, now: datetime, raised: Mapping[int, bool] | None = None) -> Raw:
        """Weigh every ask, yes and end since the last look, at this moment."""
        raw = Raw()
        self.raised.update(raised or {})
        self._posted(raw)
        for offer in raw.offers.values():
            before = self.offers.get(offer["id"])
            if before is None:
                self._delivered(offer["id"], raw, now)
        for offer in raw.offers.values():
            before = self.offers.get(offer["id"])
            if before != offer["status"]:
                self._answered(offer["id"], raw, now)
        for row in raw.engagements.values():
            if row["status"] not in LIVE and self.ended.get(row["id"]) is None:
                self._ended(row["id"], raw, now)
        self._followed(raw, now)
        self.offers = {each["id"]: each["status"] for each in raw.offers.values()}
        return raw

    def _posted(self, raw: Raw) -> None:
        for post in raw.posts.values():
            if post["id"] not in self.posts and post["status"] == "posted":
                whole = naive.cents(raw.meetings(post["id"]), post["rate_cents"])
                self.aside[post["id"]] = whole * post["seats_wanted"]
                self.posts[post["id"]] = "posted"
                self.seats[post["id"]] = post["seats_wanted"]
            more = post["seats_wanted"] - self.seats.get(post["id"], 99)
            if more > 0 and post["id"] in self.posts:
                whole = naive.cents(raw.meetings(post["id"]), post["rate_cents"])
                self.aside[post["id"]] += whole * more
                self.seats[post["id"]] = post["seats_wanted"]

    def _delivered(self, offer_id: int, raw: Raw, now: datetime) -> None:
        """An ask that reached somebody: was there any reason that it should not?"""
        self.met["asks"] += 1
        offer = raw.offers[offer_id]
        self.until[offer_id] = offer["reply_by"]
        person_id, post_id = offer["person_id"], offer["opportunity_id"]
        who, limits = raw.people[person_id], raw.limits_of(person_id)
        assert who["status"] == "active"
        assert offer["reply_by"] - now >= timedelta(hours=48), "too little time"
        asks = self.asked.setdefault(person_id, [])
        lately = [day for day in asks if day > now.date() - 30 * DAY]
        if limits["invitations_30"] is not None:
            assert len(lately) < limits["invitations_30"], "asked too often"
        asks.append(now.date())
        self._wishes(person_id, post_id, raw, now)
        meetings = raw.meetings(post_id, now)
        zone, today = who["zone"], day_of(now, who["zone"])
        load = naive.counted(raw.minutes[person_id])
        new = naive.spread(meetings, zone, today)
        both = load + Counter({day: 0 for day, _ in new})
        for (day, _), minutes in new.items():
            both[day] += minutes
        touched = {day for day, _ in new} | {today}
        assert not naive.over(both, touched, limits, who["week_start"]), "over a limit"
        if limits["at_once"] is not None:
            assert self._at_once(person_id, raw, today) < limits["at_once"], "at once"
        assert self._rests(person_id, post_id, raw, now, ""), "story or rest"

    def _wishes(self, person_id: int, post_id: int, raw: Raw, now: datetime) -> None:
        post, who = raw.posts[post_id], raw.people[person_id]
        zone, today = who["zone"], day_of(now, who["zone"])
        meetings = raw.meetings(post_id, now)
        days = {day_of(one.starts_at, zone) for one in meetings}
        notice = raw.limits_of(person_id)["notice_days"] or 0
        assert all((day - today).days >= notice for day in days), "too little notice"
        pause = next(iter(raw.of("pause", person_id=person_id)), None)
        assert not any(naive.is_paused(pause, day) for day in days | {today}), "paused"
        windows = raw.of("availability_window", person_id=person_id)
        dated = raw.of("availability_exception", person_id=person_id)
        said = {each["day"]: bool(each["is_free"]) for each in dated}
        for one in meetings:
            assert naive.is_free(one, zone, windows, said), "outside the windows"
        for each in raw.of("silent_filter", person_id=person_id):
            hit = {
                "organization": each["organization_id"] == post["organization_id"],
                "law_enforcement": bool(post["has_law_enforcement"]),
                "travel": bool(post["is_in_person"] or post["travel_minutes"]),
            }
            assert not hit[each["kind"]], "filtered"

    def _at_once(self, person_id: int, raw: Raw, today: date) -> int:
        return len(
            {each["group"] for each in raw.minutes[person_id] if each["day"] >= today}
        )

    def _rests(
        self, person_id: int, post_id: int, raw: Raw, now: datetime, group: str
    ) -> bool:
        limits = raw.limits_of(person_id)
        zone = raw.people[person_id]["zone"]
        today = day_of(now, zone)
        pieces = naive.spread(raw.meetings(post_id, now), zone, today)
        own = sorted(day for day, kind in pieces if kind == "session")
        told: dict[str, date] = {}
        others = set()
        for row in raw.minutes[person_id]:
            if row["source"] != row["group"] or row["group"] == group:
                continue
            if row["activity"] != "session":
                continue
            others.add(row["day"])
            if self.near[row["group"]]:
                told[row["group"]] = max(row["day"], told.get(row["group"], row["day"]))
        if not own:
            return True
        is_story = raw.is_story(post_id)
        most = limits["story_90"]
        tellings = list(told.values())
        if is_story and most is not None and naive.stories(tellings, own[-1]) > most:
            return False
        rest = limits["rest_days"] or 0
        return not naive.too_little_rest(tellings, own, is_story, others, rest)

    def _answered(self, offer_id: int, raw: Raw, now: datetime) -> None:
        offer = raw.offers[offer_id]
        held = f"offer:{offer['uid']}"
        self.pieces.pop(held, None)
        group = held
        if offer["status"] == "accepted":
            engagement = raw.engagements[offer["engagement_id"]]
            group = f"engagement:{engagement['uid']}"
            self._paid_for(engagement["id"], raw, now)
            self.met["yes"] += 1
        elif offer["status"] == "conditional":
            self.met["on condition"] += 1
        else:
            return
        who = raw.people[offer["person_id"]]
        meetings = raw.meetings(offer["opportunity_id"], now)
        today = day_of(now, who["zone"])
        self.pieces[group] = naive.spread(meetings, who["zone"], today)
        self.near[group] = raw.is_story(offer["opportunity_id"])
        if not self.raised.get(offer_id):
            self._fits(offer_id, group, raw, now)

    def _fits(self, offer_id: int, group: str, raw: Raw, now: datetime) -> None:
        """A yes that was not raised: the person is within their limits with it."""
        offer = raw.offers[offer_id]
        person_id = offer["person_id"]
        who, limits = raw.people[person_id], raw.limits_of(person_id)
        load = naive.counted(raw.minutes[person_id])
        touched = {day for day, _ in self.pieces[group]}
        passed = naive.over(load, touched, limits, who["week_start"])
        assert not passed, f"a yes passes {passed}"
        if limits["at_once"] is not None:
            today = day_of(now, who["zone"])
            assert self._at_once(person_id, raw, today) <= limits["at_once"], "at once"
        post_id = offer["opportunity_id"]
        assert self._rests(person_id, post_id, raw, now, group), "story or rest"

    # Money

    def _paid_for(self, engagement_id: int, raw: Raw, now: datetime) -> None:
        row = raw.engagements[engagement_id]
        post = raw.posts[row["opportunity_id"]]
        price = naive.cents(raw.meetings(post["id"], now), post["rate_cents"])
        self.aside[post["id"]] -= price
        self.kept[engagement_id] = price

    def _ended(self, engagement_id: int, raw: Raw, now: datetime) -> None:
        """Left or cancelled: minutes to come and money that nothing earns are free."""
        row = raw.engagements[engagement_id]
        self.ended[engagement_id] = row["status"]
        self.met[row["status"]] += 1
        if row["status"] == "finished":
            return
        post, who = raw.posts[row["opportunity_id"]], raw.people[row["person_id"]]
        agreed = [
            one for one in raw.meetings(post["id"]) if row["agreed_at"] < one.starts_at
        ]
        stays = [one for one in agreed if self._stays(one, row, raw, now)]
        today = day_of(now, who["zone"])
        days = [day_of(one.starts_at, who["zone"]) for one in stays]
        last = max((day for day in days if day >= today), default=today - DAY)
        group = f"engagement:{row['uid']}"
        before = Counter(
            {
                key: n
                for key, n in self.pieces[group].items()
                if key[0] <= last and key[1] == "preparation"
            }
        )
        # What has begun stays whole, also past a midnight.
        bare = [replace(one, preparation=0) for one in stays]
        self.pieces[group] = before + naive.spread(bare, who["zone"], today)
        lost = [one for one in agreed if one not in stays]
        prepared = sum(one.preparation for one in lost) * post["rate_cents"] // 60
        owed = naive.cents(stays, post["rate_cents"]) + prepared
        spent = self._spent(group, raw)
        free = self.kept[engagement_id] - max(spent, owed)
        self.kept[engagement_id] -= max(0, free)
        if row["status"] == "left":
            self._reopened(post["id"], max(0, free), raw, now)

    def _stays(self, one: naive.Meeting, row: object, raw: Raw, now: datetime) -> bool:
        if one.starts_at <= now:
            return True
        if row["status"] == "left":  # type: ignore[index]
            return False
        zone = self._place_zone(row, raw)
        day, until = day_of(now, zone), day_of(one.starts_at, zone)
        business = 0
        while day < until:
            day += DAY
            business += day.weekday() < 5 and day not in self.holidays
        return business < NO_PAY_WITHOUT_WORK

    def _place_zone(self, row: object, raw: Raw) -> str:
        return str(row["terms"]["zone"])  # type: ignore[index]

    def _reopened(self, post_id: int, free: int, raw: Raw, now: datetime) -> None:
        """The place of who left is asked for again, with money for a whole place."""
        post = raw.posts[post_id]
        price = naive.cents(raw.meetings(post_id, now), post["rate_cents"])
        if post["status"] not in ASKED or not price:
            return
        self.aside[post_id] += free
        taken = [
            each
            for each in raw.of("engagement", opportunity_id=post_id)
            if each["status"] in (*LIVE, "finished")
        ]
        want = price * (post["seats_wanted"] - len(taken)) - self.aside[post_id]
        line = post["funding_line_id"]
        left = raw.by_id("funding_line")[line]["balance_cents"] - sum(
            self.on_line(line, raw)
        )
        self.aside[post_id] += max(0, min(want, left))

    def on_line(self, line_id: int, raw: Raw) -> list[int]:
        posts = [
            cents
            for post_id, cents in self.aside.items()
            if raw.posts[post_id]["funding_line_id"] == line_id
        ]
        agreed = [
            cents
            for engagement_id, cents in self.kept.items()
            if raw.engagements[engagement_id]["funding_line_id"] == line_id
        ]
        return posts + agreed

    def _spent(self, group: str, raw: Raw) -> int:
        return sum(
            each["cents"]
            for each in raw.of("reservation", source=group)
            if each["stage"] in ("approved", "paid")
        )

    def _followed(self, raw: Raw, now: datetime) -> None:
        """Work that has begun, is over or is cancelled asks for no more people."""
        for post_id, status in self.posts.items():
            post = raw.posts[post_id]
            if status in ASKED and post["status"] not in ASKED:
                self.aside[post_id] = 0
            self.posts[post_id] = post["status"]
        for engagement_id in self.ended:
            row = raw.engagements[engagement_id]
            # Travel logged ahead of a session that was left: the line pays it anew.
            spent = self._spent(f"engagement:{row['uid']}", raw)
            self.kept[engagement_id] = max(self.kept[engagement_id], spent)
            if day_of(now, "Pacific/Kiritimati") > row["ended_on"] + 30 * DAY:
                group = f"engagement:{row['uid']}"
                held = raw.of("reservation", source=group, stage="reserved")
                if not held:
                    self.kept[engagement_id] = self._spent(group, raw)
