"""What a game is: validated, frozen, picklable, with leading batch axes. Nothing here solves."""
