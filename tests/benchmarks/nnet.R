# Fits nnet to a table from so many starts; prints the seconds of all fits, then their ends.
# Arguments: a table with a column kind, size, decay, starts, seed, most iterations.

library(nnet)
arguments <- commandArgs(trailingOnly = TRUE)
numbers <- as.numeric(arguments[-1])
table <- read.csv(arguments[1], stringsAsFactors = TRUE)
fit <- function(start) {
  nnet(kind ~ ., table, size = numbers[1], decay = numbers[2], maxit = numbers[5], rang = 0.7,
       trace = FALSE)$value
}
set.seed(numbers[4])
invisible(fit(0))
taken <- system.time(ends <- vapply(seq_len(numbers[3]), fit, 0))[["elapsed"]]
cat(sprintf("%.17g", c(taken, ends)), sep = "\n")
