# Duan's smearing estimate by hand, for models of a transformed response:
#     Rscript smearing.R > smearing.json
library(jsonlite)

iris$w <- seq_len(150) %% 3 + 1
new <- data.frame(Sepal.Length = c(5, 6, 7), Species = c("setosa", "versicolor", "virginica"))

smear <- function(formula, inverse, weights = rep(1, nrow(iris))) {
  environment(formula) <- environment()
  fit <- lm(formula, iris, weights = weights)
  # Not residuals(fit) of a weighted fit's own scale: response minus fitted.
  e <- model.response(model.frame(fit)) - fitted(fit)
  vapply(predict(fit, new), function(mu) weighted.mean(inverse(mu + e), weights), 0)
}

write_json(
  list(
    log = smear(log(Petal.Width) ~ Sepal.Length + Species, exp),
    log_weighted = smear(log(Petal.Width) ~ Sepal.Length + Species, exp, iris$w),
    log1p = smear(log1p(10 * Petal.Width) ~ Sepal.Length, function(v) expm1(v) / 10),
    sqrt = smear(sqrt(Petal.Width) ~ Sepal.Length, function(v) v^2),
    linear = smear(I(Petal.Width / 1000) ~ Sepal.Length, function(v) 1000 * v)
  ),
  stdout(), digits = 15, auto_unbox = TRUE
)
