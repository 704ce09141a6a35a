"""JSON: records as lines of a file, texts in some of their fields."""
