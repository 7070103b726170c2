"""How does the database itself refuse to change a recommendation's history?"""

TABLES = ("recommendations_update", "recommendations_finding")
FUNCTION = """CREATE OR REPLACE FUNCTION recommendations_history_stays() RETURNS trigger
    LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'The history never changes.'; END $$"""


def install(connection) -> None:
    """Make changes to updates and findings fail, on SQLite and PostgreSQL."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(FUNCTION)
        for table in TABLES:
            what = (
                "FOR EACH ROW EXECUTE FUNCTION recommendations_history_stays()"
                if connection.vendor == "postgresql"
                else "BEGIN SELECT RAISE(ABORT, 'The history never changes.'); END"
            )
            cursor.execute(f"CREATE TRIGGER {table}_stays BEFORE UPDATE ON {table} {what}")


def remove(connection) -> None:
    """Take the triggers away: for undoing the migration."""
    with connection.cursor() as cursor:
        for table in TABLES:
            on = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {table}_stays{on}")
