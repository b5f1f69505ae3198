"""Pictures of figures: pure geometry, drawn by the templates in `templates/charts/`.

Amounts and lengths are `Decimal`; a length is a percentage of the picture's width or height, counted from its upper
left corner, since the SVG has no viewBox: it stretches, and its text stays as large as the page's. What comes out is
frozen and knows nothing of the database or of HTML.

- `columns.Columns.of(…)`: columns, stacked by series or of one part, with an average line and a second mark each;
  drawn by `charts/columns.svg`.
- `sparks.Spark.of(…)`: a small line without axes; `charts/spark.svg`.
- `stacks.Stacks.of(…)`: lying bars stacked by series; `charts/stack.svg`, one at a time.
- `heat.level(…)`: how strongly a cell is tinted, for the classes `heat-1` to `heat-5`.
- A meter is the tag `{% bar part whole %}` that the month page draws.
- `colors.legible(…)`: a category's own colour, so that it can be told from the sheet in light and in dark.
"""
