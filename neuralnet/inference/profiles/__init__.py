"""Shape of a fit: how predictions change with a column, averaged over rows or between others."""
