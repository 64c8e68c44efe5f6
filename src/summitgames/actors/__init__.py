"""Who wants what: the actors' payoffs as sums of documented terms."""
