"""`make bench`: what a page costs, whether a household has a thousand expenses or a million.

__main__   the run: a Postgres, the households, one measurement after the other, the table, the goals
fill       households of any size, by COPY
pages      which pages are asked, and what is the goal of each
asking     a process that serves one page of the app, asked again and again by the run
bare       the bare Django page that the app's pages are compared with
files      a process that takes in a statement of many rows, or brings everything out
distance   a proxy that puts the database some milliseconds away
figures    medians, ratios, goals, the Markdown tables
"""
