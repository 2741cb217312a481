"""One table: short notes, each owned by an identity."""

from django.db import models


class Note(models.Model):
    """A note. `owner` is an identity's id; there is no local user table to point to."""

    owner = models.UUIDField(db_index=True)
    text = models.CharField(max_length=500)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return self.text
