"""Invented names and plain texts of the sample data; none belongs to anybody."""

from typing import Any, NamedTuple


class Work(NamedTuple):
    """A kind of work; minutes are of a session, its preparation, travel, debrief."""

    kind: str
    activity: str
    title: str
    what_is_asked: str
    how_input_is_used: str
    minutes: tuple[int, int, int, int]
    topics: tuple[str, ...]

    def card(self) -> dict[str, Any]:
        """The columns of a post that do not depend on who asks."""
        session, preparation, travel, debrief = self.minutes
        return {
            **CARD,
            "title": self.title,
            "topics": list(self.topics),
            "what_is_asked": self.what_is_asked,
            "how_input_is_used": self.how_input_is_used,
            "is_in_person": travel > 0,
            "costs_cents": 60_00 if travel else None,
            "place": ROOM_IN_PERSON if travel else CARD["place"],
            "preparation_minutes": preparation,
            "travel_minutes": travel,
            "debrief_minutes": debrief,
        }


PLACES = (
    "Cedar County",
    "Lakeshore",
    "Three Rivers",
    "High Plains",
    "Harbor City",
    "Red Mesa",
    "Pine Ridge Valley",
    "Gulf Coast",
    "North Fork",
    "Prairie View",
    "Blue Canyon",
    "Twin Bridges",
    "Maple Junction",
    "Silver Lake",
    "Stone Creek",
    "Eagle Bay",
    "Willow Springs",
    "Juniper Flats",
    "Copper Hills",
    "Sandy Point",
)
KINDS = (
    "Task Force",
    "Legal Aid",
    "Family Services",
    "Health Network",
    "Worker Center",
    "Youth Program",
    "Housing Partners",
    "Crisis Response",
    "Immigrant Services",
    "Training Institute",
    "Community Council",
    "Advocacy Center",
    "Outreach Project",
    "School Partnership",
    "Policy Office",
)
FIRST = (
    "Dana",
    "Marcus",
    "Elena",
    "Ruth",
    "Priya",
    "Tomás",
    "Grace",
    "Andre",
    "Naomi",
    "Felix",
    "Carmen",
    "Joel",
    "Amina",
    "Peter",
    "Lucía",
    "Owen",
    "Teresa",
    "Victor",
    "Hana",
    "Miles",
)
LAST = (
    "Whitfield",
    "Okafor",
    "Reyes",
    "Lindqvist",
    "Patel",
    "Herrera",
    "Nguyen",
    "Brooks",
    "Castellano",
    "Dubois",
    "Farrow",
    "Ibarra",
    "Jensen",
    "Kowalski",
    "Marlow",
    "Navarro",
    "Ortega",
    "Quist",
    "Sandoval",
    "Thorne",
)
WORKING_NAMES = (
    "Juniper",
    "River",
    "Sol",
    "Marigold",
    "Wren",
    "Indigo",
    "Sage",
    "Aster",
    "Robin",
    "Clover",
    "Cedar",
    "Luz",
    "Heron",
    "Maple",
    "Cielo",
    "Fern",
    "Hazel",
    "Lark",
    "Olivo",
    "Poppy",
    "Quail",
    "Rosa",
    "Tierra",
    "Violet",
)
ZONES = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
)  # fmt: skip
PROFESSIONALS = (
    "County prosecutor's office",
    "Police department",
    "Hospital social work",
    "Legal services",
    "Shelter network",
    "Labor department",
    "School district",
    "Public health office",
    "Victim services office",
    "Refugee center",
)
WORK = (
    Work(
        "advisory_board",
        "meeting",
        "Advisory board meeting",
        "Read a short agenda before we meet. Tell us what works in our plans and what"
        " does not. Vote with the other members.",
        "Each point you make is written down. We answer it within 30 days.",
        (120, 60, 0, 30),
        ("boards", "services"),
    ),
    Work(
        "training",
        "facilitation",
        "Training day for new staff",
        "Lead one part of a training day with a co-trainer. The topic is how to ask"
        " about safety and how to listen.",
        "Your part stays yours. We use the slides only with your name and your yes.",
        (180, 150, 30, 30),
        ("training",),
    ),
    Work(
        "consulting",
        "document_review",
        "Review of an intake form",
        "Read our intake form and mark what is hard to read, what should go and what"
        " is missing. Work when it suits you.",
        "We change the form by your notes and show you the next version.",
        (180, 0, 0, 0),
        ("services",),
    ),
    Work(
        "consulting",
        "meeting",
        "Planning talk on housing",
        "Meet with our planning team by video. Tell us what makes a first home safe"
        " and what rules get in the way.",
        "Your points go into the housing plan. You see the draft first.",
        (90, 60, 0, 30),
        ("services",),
    ),
    Work(
        "training",
        "speaking",
        "Talk for hospital teams",
        "Speak for half an hour about what good care looks like. Then answer"
        " questions from the nurses, with our host beside you.",
        "The hospital changes its steps for first visits. You get the new steps.",
        (90, 90, 60, 30),
        ("health", "training"),
    ),
    Work(
        "consulting",
        "peer_mentorship",
        "Peer mentor hours",
        "Meet with one new member of the speakers' group and share how you plan your"
        " work, your rates and your rest.",
        "Nothing you talk about is written down.",
        (60, 30, 0, 15),
        ("peers",),
    ),
)
BOARDS = (
    "Survivor and ally advisory board",
    "Steering council",
    "Training review panel",
    "Policy panel",
    "Regional council",
    "Program advisory group",
)
CARD = {
    "who_is_in_the_room": "Members of the group, our coordinator and a note taker."
    " Everybody is listed by role before you come.",
    "recording": "No recording and no photographs.",
    "place": "By video. We send the link two days before. You may keep your camera"
    " off.",
    "access": "Captions are on. Breaks every 50 minutes. Tell us what else helps.",
    "languages": "English and Spanish",
    "interpretation": "An interpreter joins if you ask for one. We pay for it.",
    "expenses": "We pay for childcare and for the bus or a ride, with a receipt.",
    "advances": "If you need money before you travel, we send it first.",
    "if_we_cancel": "If we cancel less than 3 business days before, we pay the whole"
    " session. We always pay for the time you have used and what it cost you.",
    "support_person": "You may bring a support person. Ours is the program lead, by"
    " telephone during the session and a day after.",
    "not_expected": "You do not need to talk about your own past. You do not speak"
    " for anybody else.",
}
ROOM_IN_PERSON = "Room 2 at our office, ground floor, with a ramp and a quiet room."
HELP_NAME = "Jordan Ellery (invented)"
HELP_CONTACT = "help@example.org, weekdays 9 to 5"
SUPPORT_LINE = "Demo support line: 555-0100, day and night (not a real number)"
