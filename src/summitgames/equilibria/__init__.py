"""Solution concepts, one a file, each a function of a game."""
