from django.db import migrations

from audit_trail import triggers


class Migration(migrations.Migration):
    dependencies = [("audit_trail", "0001_initial")]
    operations = [
        migrations.RunPython(
            lambda apps, editor: triggers.install(editor.connection),
            lambda apps, editor: triggers.remove(editor.connection),
        )
    ]
