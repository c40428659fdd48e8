"""Tables that only grow: the database itself refuses to change or drop a row."""

from sqlalchemy import DDL, Table, event

_REFUSE = (
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION '%% only grows', TG_TABLE_NAME; END $$"
)


def triggers(table: str, dialect: str, years: int | None = None) -> list[str]:
    """The statements that make one table append-only, for a migration to run too.

    With `years`, a row may be deleted once its `at` is older, by the database's own
    clock; it may never be changed.
    """
    if dialect == "sqlite":
        return [_sqlite(table, "UPDATE", None), _sqlite(table, "DELETE", years)]
    found = [
        _REFUSE.replace("%%", "%"),
        f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR TRUNCATE"
        f"{' OR DELETE' if years is None else ''}"
        f" ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    ]
    if years is not None:
        found.append(
            f"CREATE TRIGGER {table}_stays BEFORE DELETE ON {table} FOR EACH ROW"
            f" WHEN (OLD.at > now() - interval '{years} years')"
            " EXECUTE FUNCTION refuse_change()"
        )
    return found


def _sqlite(table: str, verb: str, years: int | None) -> str:
    young = ""
    if years is not None:
        oldest = f"strftime('%Y-%m-%d %H:%M:%f', 'now', '-{years} years')"
        young = f" WHEN OLD.at > {oldest}"
    return (
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}{young}"
        f" BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
    )


def only_grows(table: Table, years: int | None = None) -> None:
    """Attach the triggers to a model's table, so that create_all makes them."""
    table.info["only_grows"] = "for ever" if years is None else "for years"
    for dialect in ("sqlite", "postgresql"):
        for statement in triggers(table.name, dialect, years):
            made = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", made.execute_if(dialect=dialect))
