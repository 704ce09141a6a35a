"""Near-duplicates of lists of texts: pairs, clusters, what stays, and an index."""
