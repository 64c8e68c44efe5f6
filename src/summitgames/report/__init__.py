"""What the library says on a page: the brief."""
