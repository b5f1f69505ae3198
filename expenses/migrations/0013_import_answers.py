from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("expenses", "0012_described_changes")]

    operations = [
        migrations.RemoveConstraint(model_name="importrow", name="importrow_kind_known"),
        migrations.AddField(
            model_name="importrow",
            name="denied",
            field=models.CharField(blank=True, max_length=40, default=""),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="importrow",
            name="kind",
            field=models.CharField(
                blank=True,
                choices=[
                    ("expense", "Expense"),
                    ("refund", "Refund"),
                    ("income", "Income"),
                    ("leave_out", "Leave out"),
                    ("ask", "To answer"),
                    ("merge", "It is the same"),
                    ("move", "A move between own accounts"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="importrow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["", "expense", "refund", "income", "leave_out", "ask", "merge", "move"])
                ),
                name="importrow_kind_known",
            ),
        ),
    ]
