# Networks of nnet with mask = and Wts =: every third weight stays at its start.
#     Rscript nnet_mask.R > nnet_mask.json
library(nnet)
library(jsonlite)

fix <- function(formula, ...) {
  train <- function(...) {
    nnet(
      formula, iris, size = 2, decay = 0.05, maxit = 20000, abstol = 0, reltol = 1e-15,
      trace = FALSE, ...
    )
  }
  P <- length(train(...)$wts)
  wts <- 0.5 * sin(seq_len(P))
  mask <- seq_len(P) %% 3 != 0
  net <- train(Wts = wts, mask = mask, ...)
  stopifnot(identical(net$wts[!mask], wts[!mask]))
  list(size = 2, decay = 0.05, start = wts, mask = mask, wts = net$wts, value = net$value)
}

write_json(
  list(
    softmax = fix(Species ~ .),
    gaussian = fix(Sepal.Length ~ . - Species, linout = TRUE)
  ),
  stdout(), digits = 15, auto_unbox = TRUE
)
