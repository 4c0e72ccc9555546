# Parts of dates and times, and days since the earliest, by base R: Rscript dates.R > dates.json
library(jsonlite)

days <- as.Date(c("2024-02-29", "1969-12-31", "2023-12-31", "2024-01-01", "1900-03-01",
                  "2000-02-29", "2026-11-30", "1970-01-01", "2024-03-31", "2100-12-31"))
moments <- c("2024-03-31 01:59:59", "1969-12-31 23:00:00", "2024-10-27 04:30:00",
             "2024-02-29 00:00:00", "1999-12-31 23:59:59.5", "2024-07-01 12:15:00")
berlin <- c("2024-03-31 01:30:00", "2024-03-31 03:30:00", "2024-07-01 00:10:00",
            "2024-12-24 18:00:00")

number <- function(x, form) as.numeric(format(x, form))
parts <- function(x) list(year = number(x, "%Y"), month = number(x, "%m"),
                          weekday = number(x, "%u"), hour = number(x, "%H"))
utc <- as.POSIXct(moments, tz = "UTC", format = "%Y-%m-%d %H:%M:%OS")
local <- as.POSIXct(berlin, tz = "Europe/Berlin")
cat(toJSON(list(
  dates = c(list(text = format(days), days = as.numeric(days - min(days))), parts(days)),
  times = c(list(text = moments,
                 days = as.numeric(difftime(utc, min(utc), units = "days"))), parts(utc)),
  berlin = c(list(text = berlin, utc = format(local, tz = "UTC", usetz = FALSE)), parts(local))
), digits = NA, pretty = TRUE, auto_unbox = TRUE), "\n")
