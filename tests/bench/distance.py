"""A loopback proxy that puts a Postgres some milliseconds away: what the server says arrives that much later.

A delay, not a limit of throughput: a long answer is late once, not once a piece.
"""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

from tests.servers import free_port

PIECE = 65536


class Distance:
    """Forwards connections to a database; `round_trips` counts how often a client spoke and was answered."""

    def __init__(self, url: str, *, seconds: float) -> None:
        where = urlsplit(url)
        self.host, self.target_port = where.hostname, where.port
        self.port = free_port()
        self.url = url.replace(f":{self.target_port}/", f":{self.port}/")
        self.seconds = seconds
        self.round_trips = 0
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()

    def run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._connected, "127.0.0.1", self.port))
        self._started.set()
        try:
            self._loop.run_forever()
        finally:
            server.close()
            for task in asyncio.all_tasks(self._loop):
                task.cancel()
            self._loop.run_until_complete(asyncio.sleep(0))
            self._loop.close()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(self.host, self.target_port)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await asyncio.gather(self._there(reader, there_writer), self._back(there_reader, writer))

    async def _there(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(PIECE):
            self.round_trips += 1  # the driver waits for an answer before it speaks again
            writer.write(piece)
            await writer.drain()
        writer.close()

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def deliver() -> None:
            while True:
                due, piece = await on_the_way.get()
                await asyncio.sleep(due - self._loop.time())
                if not piece:
                    break
                writer.write(piece)
                await writer.drain()
            writer.close()

        delivery = asyncio.ensure_future(deliver())
        while piece := await reader.read(PIECE):
            on_the_way.put_nowait((self._loop.time() + self.seconds, piece))
        on_the_way.put_nowait((self._loop.time(), b""))
        await delivery


@contextlib.contextmanager
def distance(url: str, *, seconds: float) -> Iterator[Distance]:
    """A Postgres at `url`, reached by the URL of what this yields, so many seconds of a round trip away."""
    proxy = Distance(url, seconds=seconds)
    thread = threading.Thread(target=proxy.run, daemon=True)
    thread.start()
    proxy._started.wait(10)
    try:
        yield proxy
    finally:
        proxy.stop()
        thread.join(10)
