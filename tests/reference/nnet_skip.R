# Networks of nnet with skip = TRUE, looked at where they start:
#     Rscript nnet_skip.R > nnet_skip.json
library(nnet)
library(jsonlite)

look <- function(formula, ...) {
  start <- function(...) {
    nnet(formula, iris, size = 2, skip = TRUE, maxit = 0, trace = FALSE, ...)
  }
  wts <- 0.5 * sin(seq_along(start(...)$wts))
  net <- start(Wts = wts, decay = 0.01, Hess = TRUE, ...)
  stopifnot(identical(net$wts, wts))
  rows <- c(1, 60, 120)
  list(
    size = 2, decay = 0.01, names = names(coef(net)), wts = wts, value = net$value, rows = rows,
    fitted = unname(net$fitted.values[rows, , drop = FALSE]), hess = unname(net$Hessian)
  )
}

iris$virginica <- iris$Species == "virginica"
write_json(
  list(
    softmax = look(Species ~ . - virginica),
    binomial = look(virginica ~ . - Species, entropy = TRUE),
    gaussian = look(Sepal.Length ~ . - Species - virginica, linout = TRUE)
  ),
  stdout(), digits = 15, auto_unbox = TRUE
)
