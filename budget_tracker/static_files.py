"""One style sheet and one script for a host; a file each for whoever reads or changes them.

`css/app.css` and `js/app.js` are lists of imports. In development the browser follows them. `collectstatic` puts what
they import into them, so that a page costs three requests and not sixty; nothing else is built.
"""

import posixpath
import re
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

BUNDLES = ("css/app.css", "js/app.js")
STYLE_IMPORT = re.compile(r'@import url\("([^"]+)"\) layer\((\w+)\);')
SCRIPT_IMPORT = re.compile(r'^import "\./([^"]+)";$', re.MULTILINE)


class BundledStorage(CompressedManifestStaticFilesStorage):
    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Any:
        for name in BUNDLES:
            if name in paths and not dry_run:
                self.delete(name)
                self.save(name, ContentFile(self._bundle(name, paths)))
                paths[name] = (self, name)
        yield from super().post_process(paths, dry_run, **options)

    def _bundle(self, name: str, paths: dict[str, Any]) -> str:
        """The file with each import replaced by what it names, always from the sources."""
        folder = posixpath.dirname(name)

        def read(wanted: str) -> str:
            storage, path = paths[wanted]
            with storage.open(path) as file:
                return file.read().decode()

        def style(found: re.Match[str]) -> str:
            return f"@layer {found[2]} {{\n{read(posixpath.join(folder, found[1]))}}}"

        def script(found: re.Match[str]) -> str:
            return f"{{\n{read(posixpath.join(folder, found[1]))}}}"

        text = STYLE_IMPORT.sub(style, read(name))
        return SCRIPT_IMPORT.sub(script, text)
