"""How does the database itself refuse to change the trail?"""

SQLITE = {
    name: (
        f"CREATE TRIGGER trail_refuses_{name} BEFORE {name.upper()} ON audit_trail_trailentry "
        "BEGIN SELECT RAISE(ABORT, 'The trail is append-only.'); END"
    )
    for name in ("update", "delete")
}
POSTGRESQL = [
    """CREATE OR REPLACE FUNCTION trail_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'The trail is append-only.'; END $$""",
    """CREATE TRIGGER trail_refuses_change BEFORE UPDATE OR DELETE ON audit_trail_trailentry
    FOR EACH ROW EXECUTE FUNCTION trail_refuses()""",
    """CREATE TRIGGER trail_refuses_truncate BEFORE TRUNCATE ON audit_trail_trailentry
    FOR EACH STATEMENT EXECUTE FUNCTION trail_refuses()""",
]
POSTGRESQL_OFF = [
    "DROP TRIGGER IF EXISTS trail_refuses_change ON audit_trail_trailentry",
    "DROP TRIGGER IF EXISTS trail_refuses_truncate ON audit_trail_trailentry",
]


def install(connection) -> None:
    """Make updates and deletes of the trail fail, on SQLite and PostgreSQL."""
    statements = SQLITE.values() if connection.vendor == "sqlite" else POSTGRESQL
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def remove(connection) -> None:
    """Take the triggers away: for undoing the migration and for emptying a test database."""
    if connection.vendor == "sqlite":
        statements = [f"DROP TRIGGER IF EXISTS trail_refuses_{name}" for name in SQLITE]
    else:
        statements = POSTGRESQL_OFF
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
