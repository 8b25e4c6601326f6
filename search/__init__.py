"""How words are found: transcripts, the query language, matching and the indexes. Plain Python."""
