"""The chain becomes a Merkle tree; what the chain ended with is bound into the tree."""

from django.db import migrations, models
from django.utils import timezone


def planted(apps, schema_editor):
    """Every entry's leaf, the tiles and the edge; then one entry that says what the chain had come to."""
    from surveillance.audit.merkle import Edge
    from surveillance.audit.writing import leaf_of

    entries, heads, tiles = (apps.get_model("audit", name).objects for name in ("Entry", "Head", "Tile"))
    fields = ("sequence", "at", "actor", "action", "subject", "detail")
    edge, tile, old = Edge(), Edge(), ""
    for entry in entries.order_by("sequence").iterator(chunk_size=2000):
        leaf = leaf_of({**{name: getattr(entry, name) for name in fields}, "rows": ""})
        entries.filter(pk=entry.pk).update(leaf=leaf.hex())
        edge, tile, old = edge.grown(leaf), tile.grown(leaf), entry.digest
        if tile.size == 256:
            tiles.create(number=edge.size // 256 - 1, root=tile.root.hex())
            tile = Edge()
    if edge.size:
        last = {
            "sequence": edge.size + 1,
            "at": timezone.now(),
            "actor": "program:migrate",
            "action": "ledger became a tree",
            "subject": "ledger",
            "detail": {"entries": edge.size, "chain_end": old},
        }
        leaf = leaf_of({**last, "rows": ""})
        entries.create(**last, leaf=leaf.hex(), previous=old, digest=leaf.hex())
        edge, tile = edge.grown(leaf), tile.grown(leaf)
        if tile.size == 256:
            tiles.create(number=edge.size // 256 - 1, root=tile.root.hex())
        heads.filter(id=1).update(sequence=edge.size, edge=[root.hex() for root in edge.roots])


class Migration(migrations.Migration):

    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.AddField("entry", "leaf", models.CharField(default="", help_text="RFC 6962 leaf hash, hex", max_length=64), preserve_default=False),
        migrations.AddField("entry", "rows", models.CharField(blank=True, default="", help_text="binds the row changes of the deed; see Sealed", max_length=64), preserve_default=False),
        migrations.AddField("head", "edge", models.JSONField(default=list, help_text="roots of the complete subtrees, the largest first, hex")),
        migrations.AlterField("entry", "sequence", models.PositiveBigIntegerField(help_text="from 1; its leaf is one less", primary_key=True, serialize=False)),
        migrations.CreateModel(
            "Tile",
            [
                ("number", models.PositiveBigIntegerField(help_text="from 0", primary_key=True, serialize=False)),
                ("root", models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            "Sealed",
            [
                ("row", models.PositiveBigIntegerField(help_text="id of auditlog's LogEntry", primary_key=True, serialize=False)),
                ("entry", models.ForeignKey(db_constraint=False, on_delete=models.deletion.DO_NOTHING, related_name="sealed", to="audit.entry")),
                ("digest", models.CharField(max_length=64)),
            ],
            options={"verbose_name_plural": "sealed"},
        ),
        migrations.CreateModel(
            "Checkpoint",
            [
                ("size", models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("note", models.TextField(help_text="C2SP tlog-checkpoint")),
                ("kept_at", models.DateTimeField(help_text="when it was locked away in the store", null=True)),
                ("stamp", models.BinaryField(default=b"", help_text="RFC 3161 time-stamp token, DER; empty for none")),
            ],
            options={"ordering": ["size"]},
        ),
        migrations.RunPython(planted, migrations.RunPython.noop),
        migrations.RemoveField("entry", "previous"),
        migrations.RemoveField("entry", "digest"),
        migrations.RemoveField("head", "digest"),
    ]
