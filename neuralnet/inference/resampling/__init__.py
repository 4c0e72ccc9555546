"""Resampling: the bootstrap, by refits to rows that are drawn again."""
