"""Answers are compressed, but for files that are packed already: a second time would only take time."""

from django.middleware.gzip import GZipMiddleware

from expenses.shared import xlsx

PACKED = {"application/zip", xlsx.TYPE}


class PackingMiddleware(GZipMiddleware):
    def process_response(self, request, response):
        if response.get("Content-Type") in PACKED:
            return response
        return super().process_response(request, response)
