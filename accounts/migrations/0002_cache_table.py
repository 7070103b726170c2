from django.core.management import call_command
from django.db import migrations


class Migration(migrations.Migration):
    """The table of the shared cache, where sign-in limits are counted."""

    dependencies = [("accounts", "0001_initial")]
    operations = [
        migrations.RunPython(
            lambda apps, editor: call_command(
                "createcachetable", database=editor.connection.alias, verbosity=0
            ),
            migrations.RunPython.noop,
        )
    ]
