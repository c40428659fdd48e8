"""Which columns are about a person, and which text may be read: said here or there."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapper

from tests.house import FLOORS

# Columns of tables with a person that say nothing about them.
NOT_ABOUT = {
    table: frozenset(columns.split())
    for table, columns in {
        "alias": "organization_id is_open is_listed",
        "audit_chain": "length head forgotten anchor",
        "audit_mark": "number made_at previous hash",
        "opening": "status",
        "audit_entry": "number kind verb thing by_role organization_id at previous"
        " hash",
        "calendar_feed": "token_hash",
        "consent": "engagement_id organization_id asked_at answer_by is_delivered"
        " wording language",
        "count_choice": "panel_id",
        "material_version": "number file_hash hash proposed_at",
        "material_use": "version_id organization_id reminded_on",
        "demo_transfer": "back created_at currency key transfer_group",
        "expected_pay": "group source payer_id",
        "expense": "engagement_id organization_id status sent_at decided_at",
        "engagement": "agreed_at shown_from funding_line_id opportunity_id"
        " organization_id terms_hash",
        "engagement_session": "engagement_id minutes is_held",
        "given_back": "expense_id noted_at confirmed_at dropped_at",
        "hours_entry": "engagement_id organization_id status logged_at submitted_at"
        " decides_itself_on decided_at is_attested",
        "kept_text": "kept_at",
        "lead": "organization_id thing",
        "manual_payment": "repeated kind payer_id payout_id paid_on recorded_at"
        " confirmed_at voided_at",
        "membership": "organization_id ended_on",
        "message": "engagement_id",
        "named_ask": "opportunity_id asked_at reply_by",
        "notice": "created_at mail tries next_try_at",
        "offer": "opportunity_id reply_by version is_reminded",
        "payable": "kind source status payer_id organization_id funding_line_id"
        " currency",
        "payee": "payer_id",
        "payee_account": "number is_live",
        "payee_detail": "payout_id",
        "reversal": "payout_id number asked_at object_until last_day decided_at"
        " ended_at tries not_before",
        "payout": "is_restored is_end_asked failures batch_id rail is_live currency"
        " status attempt remote_id blocked_reason lease_until not_before paid_on",
        "payout_attempt": "payout_id number key request_hash started_at ended_at"
        " outcome tries is_replayed",
        "payout_batch": "repeated payer_id status prepared_at released_at content_hash",
        "payout_item": "payout_id payable_id is_active",
        "posting": "kind source cents currency at",
        "rail_event": "event_id kind created_at arrived_at next_try_at tries done_at",
        "reconciliation_difference": "day_id kind thing payout_uid ours_cents"
        " theirs_cents found_at gone_at explanation explained_at looked_at",
        "seat": "panel_id kind role status is_salaried_elsewhere starts_on ends_on",
        "promise_answer": "engagement_id",
        "sign_in": "token_hash",
        "own_device": "token_hash",
        "recovery": "",
        "passkey": "host",
        "terms_change": "engagement_id kind reply_by asked_at next_at is_reminded"
        " is_done old_starts_at is_paid minutes cents",
        "terms_version": "engagement_id version terms_hash agreed_at",
        "voice_flag": "panel_id state status raised_at told_at plan_by answered_at"
        " cleared_at",
        "work_minutes": "source group",
    }.items()
}

OURS = "our own words, ids and hashes"
ADDRESS = "an address of ours"
# Text that may be read although a person is in the row: columns, and why.
READABLE = {
    table: frozenset(columns.split())
    for table, columns, _why in (
        ("alias", "name topics languages", "made up by us, or chosen from our lists"),
        ("audit_chain", "subject head anchor", OURS),
        ("audit_entry", "subject kind verb thing by_role previous hash", OURS),
        ("calendar_feed", "token_hash", OURS),
        ("closure", "subject", OURS),
        ("engagement", "terms terms_hash", "the organization's card, as both agreed"),
        ("consent", "language", OURS),
        ("expected_pay", "group source", OURS),
        ("legal_request", "parts", OURS),
        ("kept_text", "path", ADDRESS),
        ("lead", "thing", OURS),
        ("manual_payment", "reference", "a number, the rule refuses words"),
        ("membership", "role", OURS),
        ("notice", "kind mail values", OURS),
        ("payable", "source currency", OURS),
        ("payee", "handle rail rail_next", OURS),
        ("payout_batch", "content_hash", OURS),
        # The names of staff are shown to consultants, who have none themselves.
        ("person", "language zone password_hash sign_in_hash staff_name", OURS),
        # Its field says: about the payment alone, nothing about a person.
        ("reconciliation_difference", "explanation thing payout_uid", OURS),
        ("seat", "label", "a professional's role and employer, never a person"),
        ("sign_in", "token_hash", OURS),
        ("own_device", "token_hash", OURS),
        ("paper_code", "code_hash", OURS),
        ("recovery", "first_hash second_hash", OURS),
        ("passkey", "host", ADDRESS),
        ("silent_filter", "kind", OURS),
        ("story_mark", "group", OURS),
        ("terms_change", "terms", "the organization's card, as put to somebody"),
        ("terms_version", "terms terms_hash", "the same, as both agreed"),
        ("training_record", "title", "of staff, shown to who posts"),
        ("work_minutes", "source group", OURS),
    )
}
ALWAYS = frozenset({"id", "uid", "version"})


def tables(mappers: Iterable[Mapper[Any]]) -> list[tuple[type, sa.Table]]:
    found = [(each.class_, each.local_table) for each in mappers]
    return sorted(found, key=lambda pair: str(pair[1].key))  # type: ignore[misc]


def feature(model: type) -> str:
    return model.__module__.split(".")[1]


def upward_keys(mappers: Iterable[Mapper[Any]]) -> list[str]:
    """Foreign keys that point to a floor above their own."""
    pairs = tables(mappers)
    floor = {table.name: FLOORS.index(feature(model)) for model, table in pairs}
    return [
        f"{table.name}.{key.parent.name} points up to {key.column.table.name}"
        for _, table in pairs
        for key in sorted(table.foreign_keys, key=lambda key: key.parent.name)
        if floor[key.column.table.name] > floor[table.name]
    ]


def is_person(column: sa.Column[Any]) -> bool:
    """Does it name a person, by foreign key or as a plain id?"""
    named = column.name.endswith(("person_id", "_by_id", "subject"))
    return named or any(
        key.column.table.name == "person" for key in column.foreign_keys
    )


def has_person(table: sa.Table) -> bool:
    return table.name == "person" or any(is_person(each) for each in table.columns)


def unlisted(mappers: Iterable[Mapper[Any]]) -> list[str]:
    """Columns that neither their model nor this file speaks of; names that are gone."""
    found = []
    for model, table in tables(mappers):
        listed = model.__dict__.get("ABOUT_A_PERSON")
        if listed is None:
            found.append(f"{table.name} says nothing in ABOUT_A_PERSON")
            continue
        known = {column.key for column in table.columns}
        cleared = NOT_ABOUT.get(table.name, frozenset())
        gone = (listed | cleared) - known
        found += [f"{table.name}.{name} is listed and does not exist" for name in gone]
        if listed or has_person(table):
            cleared = cleared - {each.key for each in table.columns if is_person(each)}
            silent = known - listed - cleared - ALWAYS
            found += [f"{table.name}.{name} is not listed" for name in silent]
    return sorted(found)


def plain_texts(mappers: Iterable[Mapper[Any]]) -> list[str]:
    """Text that can be read in a row with a person, and seals that are not bytes."""
    found = []
    for _, table in tables(mappers):
        readable = READABLE.get(table.name, frozenset())
        for column in table.columns:
            if column.name.endswith("_sealed"):
                if not isinstance(column.type, sa.LargeBinary):
                    found.append(f"{table.name}.{column.name} is sealed and not bytes")
            elif is_text(column) and has_person(table) and column.name not in readable:
                found.append(f"{table.name}.{column.name} can be read")
    return sorted(found)


def is_text(column: sa.Column[Any]) -> bool:
    """Free text; an enum is none, since its words are ours; a uid is ours too."""
    text = isinstance(column.type, sa.String | sa.JSON)
    return text and not isinstance(column.type, sa.Enum) and column.name != "uid"
