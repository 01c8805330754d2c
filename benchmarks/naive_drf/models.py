# mypy: disable-error-code="misc, no-any-unimported"
"""The table of `benchmarks.naive_table`, as a Django model."""

from typing import ClassVar

from django.db import models


class Incident(models.Model):
    id = models.BigAutoField(primary_key=True)
    code = models.CharField(max_length=24)
    occurred_at = models.DateTimeField()
    school = models.CharField(max_length=200)
    commune = models.CharField(max_length=200)
    category = models.CharField(max_length=60)
    severity = models.CharField(max_length=20)
    place = models.CharField(max_length=200)
    summary = models.TextField()
    description = models.TextField()
    reported_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "incident"
        managed = False
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return str(self.code)
