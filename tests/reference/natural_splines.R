# What R makes of ns(x, ...) and of its words for numbers:
# Rscript natural_splines.R > natural_splines.json
library(jsonlite)
library(splines)

x <- c(1.5, 2.25, 3, 4.75, 7, 7.5, 11, 2, 2, 6.125, 9.5, 3.75)
new <- c(-20, 0.5, 1.5, 2.8, 5, 9, 11, 14, 1000)
calls <- c(
  "ns(x)", "ns(x, 2)", "ns(x, 4)", "ns(x, df = 6)", "ns(x, intercept = TRUE)",
  "ns(x, 4, intercept = TRUE)", "ns(x, knots = c(3, 7))", "ns(x, knots = c(7, 2.5, 3), intercept = TRUE)",
  "ns(x, 3, Boundary.knots = c(2, 8))", "ns(x, knots = c(3, 5), Boundary.knots = c(12, 0))",
  "ns(1e6 * x, 4)", "ns(x / 1e6, 3)"
)
describe <- function(call) {
  basis <- eval(parse(text = call))
  argument <- eval(parse(text = call)[[1]][[2]], list(x = new))
  later <- predict(basis, argument)
  list(call = call, training = matrix(basis, nrow(basis)), later = matrix(later, nrow(later)))
}
words <- c(
  "log(x, 2)", "log(x, base = 3)", "log(x, 10)", "log2(x)", "log10(x)", "log1p(x)", "pmin(x, 3)",
  "pmax(x, z, 4)", "pmin(x, z)", "ceiling(x)", "floor(z)", "trunc(z)", "sign(z)", "atan(z)",
  "atan2(x, z)", "asin(x / 20)", "acos(x / 20)", "sqrt(x)", "exp(-x^2)", "I(-x^2)", "I(x^-1)",
  "I(2^x^0.5)", "I(-2^x)", "I(x^2 * z)", "round(x, digits = 1)"
)
z <- x - 5.3
say <- function(word) list(word = word, values = as.vector(eval(parse(text = word))))
write(toJSON(list(x = x, z = z, new = new, splines = lapply(calls, describe),
                  words = lapply(words, say)), digits = NA, auto_unbox = TRUE), stdout())
