"""Tables that only grow: the database itself refuses to change or drop a row."""

from sqlalchemy import DDL, Table, event

_REFUSE = (
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION '%% only grows', TG_TABLE_NAME; END $$"
)


def triggers(table: str, dialect: str) -> list[str]:
    """The statements that make one table append-only, for a migration to run too."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
            f" BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
            for verb in ("UPDATE", "DELETE")
        ]
    return [
        _REFUSE.replace("%%", "%"),
        f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE"
        f" ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    ]


def only_grows(table: Table) -> None:
    """Attach the triggers to a model's table, so that create_all makes them."""
    table.info["only_grows"] = True
    for dialect in ("sqlite", "postgresql"):
        for statement in triggers(table.name, dialect):
            made = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", made.execute_if(dialect=dialect))
