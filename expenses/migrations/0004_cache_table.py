"""The table of the cache that all workers share: without it, counting failed sign-ins would be a 500."""

from django.core.management import call_command
from django.db import migrations


def create(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("expenses", "0003_imports")]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
