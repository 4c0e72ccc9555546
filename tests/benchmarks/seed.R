# Gradient descent as the seeds write it, in an R6 class; prints its seconds and its last loss.
# Arguments: a folder with the tables X, Y, W1 and W2, iterations, rate. The weights it reaches
# replace those in the folder.

Network <- R6::R6Class("Network",
  public = list(
    X = NULL, Y = NULL, W1 = NULL, W2 = NULL, output = NULL,
    initialize = function(X, Y, W1, W2) {
      self$X <- X; self$Y <- Y; self$W1 <- W1; self$W2 <- W2
    },
    sigmoid = function(x) 1 / (1 + exp(-x)),
    softmax = function(x) {
      scores <- exp(x - apply(x, 1, max))
      scores / rowSums(scores)
    },
    fit = function(X = self$X) {
      eta <- cbind(1, self$sigmoid(X %*% self$W1)) %*% self$W2
      if (ncol(eta) == 1) self$sigmoid(eta) else self$softmax(eta)
    },
    feedforward = function() {
      self$output <- self$fit()
      invisible(self)
    },
    backpropagate = function(rate) {
      h <- self$sigmoid(self$X %*% self$W1)
      delta <- self$output - self$Y
      dW2 <- t(cbind(1, h)) %*% delta
      dW1 <- t(self$X) %*% (h * (1 - h) * (delta %*% t(self$W2[-1, , drop = FALSE])))
      self$W1 <- self$W1 - rate * dW1
      self$W2 <- self$W2 - rate * dW2
      invisible(self)
    },
    loss = function() {
      p <- self$output
      if (ncol(p) == 1) -sum(log(ifelse(self$Y == 1, p, 1 - p))) else -sum(log(p[self$Y == 1]))
    },
    train = function(iterations, rate, tolerance = 0.01) {
      for (i in seq_len(iterations)) {
        self$feedforward()$backpropagate(rate)
        if (self$loss() < tolerance) break
      }
      invisible(self)
    }
  )
)

arguments <- commandArgs(trailingOnly = TRUE)
read <- function(name) unname(as.matrix(read.table(file.path(arguments[1], name))))
net <- Network$new(read("X"), read("Y"), read("W1"), read("W2"))
taken <- system.time(net$train(as.integer(arguments[2]), as.numeric(arguments[3])))[["elapsed"]]
for (name in c("W1", "W2")) {
  text <- matrix(sprintf("%.17g", net[[name]]), nrow(net[[name]]))
  write.table(text, file.path(arguments[1], name), quote = FALSE, row.names = FALSE,
              col.names = FALSE)
}
cat(sprintf("%.17g %.17g\n", taken, net$feedforward()$loss()))
