"""The summary: a fit in words and tables, as text and as HTML."""
