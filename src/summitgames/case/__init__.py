"""The case: premises, parameters with their meaning, and perspectives that give them values."""
