"""Archives: what can be wrong with one, and one that is sent while it is written."""

import datetime as dt
import io
import struct
import zipfile
import zlib
from collections.abc import Buffer, Iterable, Iterator

# What `zipfile` raises for one that is damaged; NotImplementedError where it is packed in a way that nobody uses.
BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, NotImplementedError)
OLDEST = dt.datetime(1980, 1, 1, tzinfo=dt.UTC)  # what an archive can say of a member
LEVEL = 3  # twice as quick as the usual 6, a tenth larger

Member = tuple[str, Iterable[bytes]]  # its name, its bytes in pieces


def chunks(members: Iterable[Member], *, at: dt.datetime = OLDEST, large: bool = False) -> Iterator[bytes]:
    """A ZIP file in pieces, each given away as soon as there is one. Members are asked for one after another, so that
    a later one may tell of the earlier; the list of them comes last, without which no half of a file looks whole.

    `large` lets a member be longer than 2 GB, which not all programs read; without it such a one raises RuntimeError.
    """
    sink = _Sink()
    with zipfile.ZipFile(sink, "w") as package:
        for name, pieces in members:
            with package.open(_info(name, at), "w", force_zip64=large) as member:
                for piece in pieces:
                    member.write(piece)
                    if sink.pieces:
                        yield sink.taken()
            yield sink.taken()
    yield sink.taken()


class _Sink(io.BufferedIOBase):
    """A file that can only be written to: sizes follow each member, since nothing written is ever changed."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, data: Buffer, /) -> int:
        piece = bytes(data)
        if piece:
            self.pieces.append(piece)
        return len(piece)

    def taken(self) -> bytes:
        data = b"".join(self.pieces)
        self.pieces.clear()
        return data


def _info(name: str, at: dt.datetime) -> zipfile.ZipInfo:
    moment = at.astimezone(dt.UTC)
    info = zipfile.ZipInfo(name, (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second))
    info.compress_type = zipfile.ZIP_DEFLATED
    info._compresslevel = LEVEL  # type: ignore[attr-defined]  # Python 3.12 has no other name for it
    info.external_attr = 0o600 << 16
    return info
