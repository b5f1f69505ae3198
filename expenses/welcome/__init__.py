"""The first minute: what this is, and the one step that sets a new household up."""
