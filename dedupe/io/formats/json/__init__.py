"""JSON: objects as records, one a line or in an array, texts in some of their fields."""
