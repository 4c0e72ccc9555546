"""Reports of a fit: the summary, as text and HTML, and broom's tables (tidy, glance, augment)."""
