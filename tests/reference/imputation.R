# A linear model of airquality with missing values imputed, and marked, by hand:
#     Rscript imputation.R > imputation.json
library(jsonlite)

original <- airquality
original$Month <- factor(month.abb[original$Month])
original$Month[original$Day == 31] <- NA
ozone <- median(original$Ozone, na.rm = TRUE)
solar <- median(original$Solar.R, na.rm = TRUE)
# As many days of each month remain: the first level in alphabetical order.
month <- names(which.max(table(original$Month)))

fill <- function(d) {
  transform(
    d,
    Ozone = ifelse(is.na(Ozone), ozone, Ozone), no_ozone = is.na(Ozone),
    Solar.R = ifelse(is.na(Solar.R), solar, Solar.R), no_solar = is.na(Solar.R),
    Month = factor(ifelse(is.na(Month), month, as.character(Month)), levels(Month)),
    no_month = is.na(Month)
  )
}

fit <- lm(
  Temp ~ log(Ozone) + poly(Solar.R, 2) + Month + no_ozone + no_solar + no_month, fill(original)
)
write_json(
  list(
    ozone = ozone, solar = solar, month = month, coef = unname(coef(fit)),
    fitted = unname(fitted(fit)), deviance = deviance(fit)
  ),
  stdout(), digits = 15, auto_unbox = TRUE
)
