# What R's update.formula makes of two formulas: Rscript updated_formulas.R > updated_formulas.json
library(jsonlite)

pairs <- list(
  c("y ~ x", ". ~ . - x"), c("y ~ x + offset(w) + z", ". ~ . - x"), c("y ~ x * z", ". ~ . - x:z"),
  c("y ~ x - 1", ". ~ . + z"), c("y ~ x", "log(.) ~ ."), c("y ~ x", "~ . + log(z)"),
  c("y ~ x", ". ~ .^2 + z"), c("y ~ x + z", ". ~ .:w"), c("y ~ x + z", ". ~ (.)^2"),
  c("y ~ x + 0", ". ~ . + 1"), c("y ~ a + b", ". ~ . * g - a"), c("cbind(a, b) ~ x", ". ~ . + z"),
  c("y ~ x", "sqrt(.) ~ log(.)"), c("y ~ I(x^2)", ". ~ . + x"), c("y ~ x", "z ~ ."),
  c("y ~ x + z", ". ~ . - (x + z)"), c("y ~ x", ". ~ 1"), c("y ~ x", "~ z"),
  c("y ~ x", "I(.^2) ~ . - 1"), c("y ~ z:x + a", ". ~ . + x"), c("log(y) ~ x", ". ~ offset(w) + ."),
  c("y ~ 1", ". ~ . + x"), c("y ~ a/b", ". ~ . - a"), c("y ~ x + z", "a ~ b"),
  c("y ~ `a b` + x", ". ~ . - `a b`"), c("y ~ a.b + x", "log(.) ~ . - x + x:a.b"),
  c("y ~ x + log(z)", ". ~ . - log(z) + z"), c("y ~ x + z - 1", ". ~ .^2")
)
write(toJSON(lapply(pairs, function(each) list(
  old = each[1], new = each[2],
  updated = deparse(update.formula(as.formula(each[1]), as.formula(each[2])))
)), auto_unbox = TRUE), stdout())
