"""Figures: plain arrays and labels to matplotlib Axes."""
