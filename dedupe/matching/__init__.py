"""Find pairs of similar paragraphs: MinHash signatures, LSH bands, exact counts of shared shingles."""
