"""What decides which repeat may go: the guard, and what of a paragraph has weight."""
