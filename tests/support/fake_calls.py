"""How the fake desk's methods are called, and what its parts (one mixin for each area) may ask of the whole."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from store.model.errors import BadRequest, DeskError
from store.model.firm import Client
from store.model.ids import ClientId, EmailId, RequestId, ThreadId
from store.model.views import Done
from tests.support.fake_mail import FakeFirm, FakeMail

_STREAMED = ("import_copies", "import_people", "attach", "add_document")  # what is streamed is another thing each time
Method = TypeVar("Method", bound=Callable[..., Any])


class FakePart:
    """What every part has at hand; the desk itself makes it true."""

    firm: FakeFirm
    answers: dict[RequestId, Any]
    asked: dict[RequestId, str]
    running: RequestId = RequestId("")  # the request in hand

    async def called(self, name: str, given: tuple[Any, ...], named: dict[str, Any]) -> None:
        """Record a call; wait or fail if a test said so."""
        raise NotImplementedError

    def announce(
        self,
        kind: str,
        *,
        email: EmailId | None = None,
        thread: ThreadId | None = None,
        client: ClientId | None = None,
    ) -> None:
        """Tell everybody who listens."""
        raise NotImplementedError

    def mail(self, email: EmailId) -> FakeMail:
        """An email by its id."""
        raise NotImplementedError

    def _of_thread(self, thread: ThreadId) -> list[FakeMail]:
        """A thread's mails, oldest first."""
        raise NotImplementedError

    def _client(self, ref: str) -> Client:
        """A client by its id or name."""
        raise NotImplementedError

    def _did(
        self,
        name: str,
        affected: int,
        back: Callable[[], None],
        *,
        kind: str = "threads_changed",
        thread: ThreadId | None = None,
        threads: int = 0,
    ) -> Done:
        """An act that can be undone: on a thread, or on mail of so many."""
        raise NotImplementedError


def call(method: Method) -> Method:
    """A method that is recorded and may be told to fail."""

    @wraps(method)
    async def done(desk: FakePart, *given: object, **named: object) -> object:
        await desk.called(method.__name__, given, named)
        return await method(desk, *given, **named)

    return cast("Method", done)


def command(method: Method) -> Method:
    """A call that changes something: a repeat of its request gets the first answer, another question with it none."""

    @wraps(method)
    async def done(desk: FakePart, request: RequestId, *given: object, **named: object) -> object:
        await desk.called(method.__name__, given, named)
        asked = repr((method.__name__, given, named))
        if desk.asked.setdefault(request, asked) != asked and method.__name__ not in _STREAMED:
            raise BadRequest("id_reused")
        if request not in desk.answers:
            desk.running = request
            try:
                desk.answers[request] = await method(desk, request, *given, **named)
            except DeskError as refused:
                desk.answers[request] = refused
        answer = desk.answers[request]
        if isinstance(answer, DeskError):
            raise answer
        return answer

    return cast("Method", done)
