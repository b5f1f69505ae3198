"""What only a real process and a real server show: writers killed half-way, and many of them at once."""
