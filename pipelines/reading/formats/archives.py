"""Workbooks are archives: what tells that one is not whole."""

import zipfile
import zlib

NOT_WHOLE = (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError)
"""What the standard library raises at an archive that is damaged, encrypted or packed in a way of its own."""
