"""The models of the summit decision, one a file, on the actors' payoffs."""
