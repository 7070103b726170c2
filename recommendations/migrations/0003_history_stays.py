from django.db import migrations

from recommendations import triggers


class Migration(migrations.Migration):
    dependencies = [("recommendations", "0002_revisitdraw")]
    operations = [
        migrations.RunPython(
            lambda apps, editor: triggers.install(editor.connection),
            lambda apps, editor: triggers.remove(editor.connection),
        )
    ]
