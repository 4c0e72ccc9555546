# Fits nnet to a folder's X and Y; prints the processor's seconds, then the means of X_new, row after row.
# Arguments: folder, number of classes (0: numbers), seed.

library(nnet)
arguments <- commandArgs(trailingOnly = TRUE)
read <- function(name) as.matrix(read.table(file.path(arguments[1], name)))
K <- as.integer(arguments[2])
train <- data.frame(y = read("Y")[, 1], read("X"))
new <- data.frame(read("X_new"))
if (K > 0) train$y <- factor(train$y)
set.seed(as.integer(arguments[3]))
taken <- system.time(
  fit <- nnet(y ~ ., train, size = 5, decay = 0.1, maxit = 500, MaxNWts = 1e5, linout = K == 0,
              trace = FALSE)
)[["user.self"]]
means <- predict(fit, new)
if (K == 2) means <- cbind(1 - means, means)
cat(sprintf("%.17g", c(taken, t(means))), sep = "\n")
