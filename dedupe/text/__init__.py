"""From a text to arrays, and back by cuts: paragraphs, tokens, shingles, removal."""
