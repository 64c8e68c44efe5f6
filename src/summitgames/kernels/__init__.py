"""Compiled kernels: arrays in, arrays out; no games, no names, no validation."""
