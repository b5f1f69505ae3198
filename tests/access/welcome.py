from tests.access import Page

PAGES = [
    Page("home", signed_out=200, stranger=302, viewer=302, editor=302, owner=302),
    Page("welcome:new", stranger=302, viewer=302, editor=302, owner=302),
]
