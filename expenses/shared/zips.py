"""What can be wrong with an archive."""

import struct
import zipfile
import zlib

# What `zipfile` raises for one that is damaged; NotImplementedError where it is packed in a way that nobody uses.
BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, NotImplementedError)
