"""The database itself refuses to change a published version of the form."""

from django.db import migrations

SQLITE = """CREATE TRIGGER published_form_refuses_update
BEFORE UPDATE ON evaluations_instrument WHEN OLD.published_at IS NOT NULL AND (
    NEW.key IS NOT OLD.key OR NEW.version IS NOT OLD.version OR NEW.title IS NOT OLD.title
    OR NEW.content IS NOT OLD.content OR NEW.published_at IS NOT OLD.published_at
    OR NEW.published_by_id IS NOT OLD.published_by_id)
BEGIN SELECT RAISE(ABORT, 'A published version of the form never changes.'); END"""
POSTGRESQL = [
    """CREATE OR REPLACE FUNCTION published_form_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'A published version of the form never changes.'
    USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    """CREATE TRIGGER published_form_refuses_update BEFORE UPDATE ON evaluations_instrument
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL AND OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION published_form_refuses()""",
]


def install(apps, editor) -> None:
    statements = [SQLITE] if editor.connection.vendor == "sqlite" else POSTGRESQL
    for statement in statements:
        with editor.connection.cursor() as cursor:
            cursor.execute(statement)


def remove(apps, editor) -> None:
    with editor.connection.cursor() as cursor:
        if editor.connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER IF EXISTS published_form_refuses_update")
        else:
            cursor.execute(
                "DROP TRIGGER IF EXISTS published_form_refuses_update ON evaluations_instrument"
            )
            cursor.execute("DROP FUNCTION IF EXISTS published_form_refuses")


class Migration(migrations.Migration):
    dependencies = [("evaluations", "0002_feedback_may_be_a_draft")]
    operations = [migrations.RunPython(install, remove)]
