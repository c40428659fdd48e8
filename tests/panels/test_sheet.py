from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.core.errors import Refused
from engage.panels import sheet
from engage.panels.names import looks_like_a_person
from engage.panels.rules import SeatKind, SeatRole
from engage.panels.sheet import Row

HEAD = "role,kind,label,starts_on,ends_on\n"
MEMBER = Row(SeatRole.MEMBER, SeatKind.SURVIVOR, "", None, None)


def words(text: str) -> list[str]:
    return sheet.in_words(sheet.read(text).problems)


def test_the_sample_can_be_read() -> None:
    found = sheet.read(sheet.SAMPLE)
    assert found.problems == []
    assert found.numbers == [2, 3, 4, 5]
    assert found.rows[0].ends_on == date(2028, 1, 14)
    assert [row.label for row in found.rows][2] == "Harbor Legal Aid"


@pytest.mark.parametrize(
    "text",
    [
        "role,kind\nmember,survivor",
        "\ufeffrole,kind\r\nmember,survivor\r\n",
        "Role;Kind\n\nMember;Survivor leader\n",
        "kind\tRole\nsurvivor\tMEMBER\n",
        'role,kind,label\n"member","survivor",""\n',
        "role,kind,starts on,ends-on\nmember,survivor,,\n",
    ],
)
def test_spreadsheets_write_it_in_their_ways(text: str) -> None:
    assert sheet.read(text).rows == [MEMBER]


def test_days_are_read_in_both_ways() -> None:
    found = sheet.read(HEAD + "chair,professional,Legal Aid,2026-03-01,12/31/2026\n")
    assert found.rows[0].starts_on == date(2026, 3, 1)
    assert found.rows[0].ends_on == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("member,survivor,Juniper,,", "Leave the label of a survivor leader empty"),
        ("boss,survivor,,,", "Write one of these roles"),
        ("member,victim,,,", "Write “survivor” or “professional”"),
        ("member,professional,,,", "Name the organization"),
        ("member,professional,Maria Lopez,,", "looks like the name of a person"),
        ("member,professional,Dr. Ann Example,,", "looks like the name of a person"),
        ("member,professional,ann@example.org,,", "looks like the name of a person"),
        ("member,professional," + "x" * 81 + ",,", "at most 80 letters"),
        ("member,survivor,,2026-13-01,", "Write a day as"),
        ("member,survivor,,,2026-02-30", "Write a day as"),
        ("member,survivor,,,02/30/2026", "Write a day as"),
        ("member,survivor,,1926-02-03,", "Write a day as"),
        ("member,survivor,,2026-05-02,2026-05-01", "ends before it starts"),
        ("member,survivor,,,,one more", "more cells"),
    ],
)
def test_what_is_wrong_is_said_with_its_row_and_never_repeated(
    row: str, says: str
) -> None:
    found = words(HEAD + "member,survivor,,,\n" + row + "\n")
    assert len(found) == 1
    assert found[0].startswith("3: ")
    assert says in found[0]
    for typed in ("Juniper", "Maria", "Example", "ann@"):
        assert typed not in found[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Nothing is here yet"),
        ("role,kind\n", "Only the column names"),
        ("role,label\nmember,x\n", "names the columns"),
        ("role,kind,name\nmember,survivor,Ann\n", "Use only these columns"),
        ("role,kind,role\nmember,survivor,chair\n", "Use only these columns"),
        ("role,kind\nmember,\x00\n", "not plain text"),
        ('role,kind\n"member,survivor\n', "quotation mark"),
        ("role,kind\n" + "member,survivor\n" * 201, "at most 200 seats"),
        ("role,kind\n" + "x" * 50_000, "at most 200 seats"),
    ],
)
def test_a_whole_text_is_refused_in_words(text: str, says: str) -> None:
    found = sheet.read(text)
    assert found.rows == []
    assert len(found.problems) == 1
    assert says in words(text)[0]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "latin-1", "cp1252"])
def test_other_encodings_are_refused_in_words(encoding: str) -> None:
    text = HEAD + "member,professional,Clínica del Condado,,\n"
    found = sheet.read_bytes(text.encode(encoding))
    assert "UTF-8" in sheet.in_words(found.problems)[0]
    assert sheet.read_bytes(text.encode("utf-8-sig")).problems == []


def test_a_long_file_is_not_read() -> None:
    found = sheet.read_bytes(b"x" * (sheet.MOST_BYTES + 1))
    assert "at most 200 seats" in sheet.in_words(found.problems)[0]


def test_many_problems_are_counted() -> None:
    found = words(HEAD + "x,survivor,,,\n" * 30)
    assert len(found) == sheet.MOST_SHOWN + 1
    assert found[-1] == "+ 10"


def test_a_term_that_is_over_is_a_problem() -> None:
    found = sheet.read(HEAD + "\nmember,survivor,,,2026-05-01\n")
    sheet.check_open(found, date(2026, 5, 1))
    assert found.problems == []
    sheet.check_open(found, date(2026, 5, 2))
    assert [one.row for one in found.problems] == [3]


def test_like_rows_have_keys_of_their_own_and_the_same_again() -> None:
    first = sheet.keys([MEMBER, MEMBER])
    assert len(set(first)) == 2
    assert sheet.keys([MEMBER, MEMBER, MEMBER])[:2] == first


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    for typed in (text, HEAD + text):
        found = sheet.read(typed)
        assert found.rows or found.problems
        for one in found.problems:
            assert isinstance(one.refused, Refused)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    found = sheet.read_bytes(data)
    assert found.rows or found.problems


@pytest.mark.parametrize(
    "label",
    ["Maria Lopez", "John A. Smith", "Lopez, Maria", "Mrs. Jones", "Sra. Pérez",
     "Ann Example, LCSW", "dr who", "call 555-123-4567", "x@y.org"],
)  # fmt: skip
def test_what_looks_like_a_person(label: str) -> None:
    assert looks_like_a_person(label)


@pytest.mark.parametrize(
    "label",
    ["Harbor Legal Aid", "Grace", "Grace Center", "County Health Department",
     "Catholic Charities", "Saint Mary Hospital", "Martin County Sheriff",
     "Office of Victim Services", "Polaris", "Rosa's Law Clinic", "Drop-in Center",
     "Mary Ann Ridge House", "Fundación Rosa"],
)  # fmt: skip
def test_what_does_not(label: str) -> None:
    assert not looks_like_a_person(label)
