"""Everything a household has as one file, and the way back: into an empty household, to the same figures."""
