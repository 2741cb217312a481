"""The GraphQL schema: who am I, and my notes."""

import datetime

import strawberry
from strawberry.types import Info

from .models import Note


@strawberry.type
class Me:
    """The caller."""

    id: strawberry.ID


@strawberry.type(name="Note")
class NoteType:
    """A note of the caller."""

    id: strawberry.ID
    text: str
    created_at: datetime.datetime

    @classmethod
    def of(cls, note: Note) -> "NoteType":
        return cls(id=strawberry.ID(str(note.pk)), text=note.text, created_at=note.created_at)


@strawberry.type
class Query:
    @strawberry.field
    def me(self, info: Info) -> Me:
        return Me(id=strawberry.ID(str(info.context.request.caller.id)))

    @strawberry.field
    def notes(self, info: Info) -> list[NoteType]:
        return [NoteType.of(note) for note in Note.objects.filter(owner=info.context.request.caller.id)[:100]]


@strawberry.type
class Mutation:
    @strawberry.mutation
    def add_note(self, info: Info, text: str) -> NoteType:
        text = text.strip()
        if not 0 < len(text) <= 500:
            raise ValueError("a note has between 1 and 500 characters")
        return NoteType.of(Note.objects.create(owner=info.context.request.caller.id, text=text))

    @strawberry.mutation
    def delete_note(self, info: Info, id: strawberry.ID) -> bool:
        """Whether the caller had such a note; other people's notes do not exist for them."""
        if not str(id).isdecimal():
            return False
        deleted, _ = Note.objects.filter(owner=info.context.request.caller.id, pk=str(id)).delete()
        return deleted > 0


schema = strawberry.Schema(query=Query, mutation=Mutation)
