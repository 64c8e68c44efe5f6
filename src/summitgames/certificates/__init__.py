"""What proves a result, independent of every solver."""
