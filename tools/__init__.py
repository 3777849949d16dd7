"""What keeps the project in order: checks and generators for contributors, never shipped."""
