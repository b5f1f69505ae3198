from tests.access import Page

PAGES = [
    Page("exports:index"),
    Page("exports:household"),
    Page("exports:restore", viewer=403, editor=403),
    Page("exports:restore", "post", {}, {}, 422, 403, 403, 422),
    Page("exports:check", stranger=302, viewer=403, editor=403, owner=302),
    Page("exports:take_in", "post", {}, {}, 302, 403, 403, 302),
    Page("exports:discard", "post", {}, {}, 302, 403, 403, 302),
]
