from django.db import migrations, models
from django.db.models.functions import Cast

import expenses.ledger.models


def as_keyed_so_far(apps, schema_editor):
    """The rows of statements read until now are keyed with the id."""
    methods = apps.get_model("expenses", "PaymentMethod").objects.using(schema_editor.connection.alias)
    methods.update(mark=Cast("pk", models.CharField(max_length=36)))


class Migration(migrations.Migration):
    dependencies = [
        ("expenses", "0010_import_rules_held"),
    ]

    operations = [
        migrations.AddField(
            model_name="paymentmethod",
            name="mark",
            field=models.CharField(default="", editable=False, max_length=36),
        ),
        migrations.RunPython(as_keyed_so_far, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="paymentmethod",
            name="mark",
            field=models.CharField(default=expenses.ledger.models.new_mark, editable=False, max_length=36),
        ),
    ]
