"""What looks like a person's name where an organization's is asked for."""

import re

# As people write themselves; none of them begins the name of an organization here.
TITLES = re.compile(
    r"(?i)^(mr|mrs|ms|mx|miss|dr|prof|rev|sr|sra|srta|lic|hon)\.?\s+\w"
    r"|,\s*(ph\.?d|m\.?d|j\.?d|esq|msw|lcsw|lmsw|rn|lpc|psy\.?d)\b\.?"
)
REACHED_AT = re.compile(r"@|(?:\d[\s().-]*){7,}")
_PLACES = """
    agency aid alliance angels association board bureau care catholic center centre
    charities church city clinic club coalition college commission committee community
    consortium council county court department district division family federation firm
    foundation force fund funding group health help homes hospital house housing inc
    initiative institute jobs justice law legal llc members ministry mission network
    office organization outreach partners partnership police program programs project
    region safe school service services shelter society state support team tribe
    tribal trust union united university ward women workers works youth
    agencia alianza asociación centro ciudad clínica coalición colegio comité condado
    consejo departamento distrito escuela fundación grupo hospital iglesia instituto
    justicia legal ministerio oficina programa proyecto red refugio servicios sociedad
    unidos universidad"""
PLACES = frozenset(_PLACES.split())
_FIRST_NAMES = """
    aaron adam aisha alejandra alex alice alicia amanda amy ana andrea andrew angela
    anita anna anthony antonio ashley barbara ben beth brandon brenda brian carla carlos
    carmen carol caroline catherine charles cheryl chris christina christine cynthia
    daniel david deborah denise diana diane donna dorothy edward elena elizabeth emily
    emma eric fatima fernando francisco frank gabriela gary george gloria guadalupe
    helen isabel jacob james jane janet jason javier jeff jennifer jessica joan john
    jorge jose josé joseph joshua juan juana judith julia julie karen katherine kathleen
    keith kelly kenneth kevin kim kimberly larry laura lauren leticia linda lisa
    lucia lucía luis manuel marcus margaret maria maría marie mark martha martin mary
    matthew megan melissa michael michelle miguel mike monica nancy natalie nicole
    olivia pablo pamela patricia patrick paul pedro peter rachel ramon raul rebecca
    ricardo richard robert roberto rosa ruth ryan samantha samuel sandra sara sarah
    scott sean sharon sofia sofía stephanie stephen steve steven susan teresa thomas
    tim timothy tina tom tony valeria vanessa veronica victor virginia walter william
    yolanda"""
FIRST_NAMES = frozenset(_FIRST_NAMES.split())


def looks_like_a_person(label: str) -> bool:
    """A title, a degree, an address, or a given name with one or two words after it.

    It misses many names and should: what says that none is wanted stands beside it.
    """
    if TITLES.search(label) or REACHED_AT.search(label):
        return True
    words = [
        word.strip(".,'’").lower() for word in label.replace(",", " ").split() if word
    ]
    if not 1 < len(words) < 4 or PLACES & set(words):
        return False
    is_turned = "," in label and words[-1] in FIRST_NAMES
    return words[0] in FIRST_NAMES or is_turned
