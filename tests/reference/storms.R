# Writes notebooks/storms.csv: Atlantic storms since 1995, twice a day (r-cran-dplyr).
# Source: NOAA's Atlantic hurricane database (HURDAT2), public domain, as dplyr::storms has it.
storms <- as.data.frame(dplyr::storms)
storms <- storms[storms$year >= 1995 & storms$hour %in% c(0, 12), ]
storms$time <- with(storms, sprintf("%.0f-%02.0f-%02.0f %02.0f:00", year, month, day, hour))
storms$diameter <- storms$tropicalstorm_force_diameter  # nautical miles; measured since 2004
columns <- c("time", "name", "lat", "long", "diameter", "wind", "pressure")
write.csv(storms[columns], "notebooks/storms.csv", row.names = FALSE, quote = FALSE, na = "")
