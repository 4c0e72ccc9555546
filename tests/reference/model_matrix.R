# What R makes of formulas: Rscript model_matrix.R > model_matrix.json
library(jsonlite)

n <- 24
i <- seq_len(n)
table <- data.frame(
  y = (i * 5) %% 11,
  x = (i * 7) %% 10 + 1,
  z = (i * i) %% 13 / 2,
  g = c("u", "v", "w")[(i * 5 + i %/% 4) %% 3 + 1],
  h = c("p", "q")[(i + i %/% 3) %% 2 + 1],
  k = c("r", "s", "t")[(i %/% 2 + i %/% 5) %% 3 + 1],
  stringsAsFactors = TRUE
)
formulas <- c(
  # Numbers.
  "x + z", "x*z", "x:z", "(x + z)^2", "x/z", "x + x:z - 1", "log(x) + sqrt(x):z",
  # The intercept.
  "g", "g - 1", "g + h - 1", "x + g - 1", "x - 1", "g:h - 1", "g*h - 1", "g:x - 1", "g + h + k - 1",
  # Factors with each other.
  "g + h", "g*h", "g*h*k", "(g + h + k)^2", "g/h", "h/g", "g + g:h", "h + g:h", "g:h", "g:h:k",
  "g + g:h:k", "g + h + g:h:k", "g:h + g:k", "g:h + h:k", "g:h + g:k + h:k", "g + g:h + g:k",
  "g %in% h", "g + h %in% (g + k)",
  # Numbers with factors.
  "x + g", "x*g", "g/x", "x/g", "x:g", "x + x:g", "g + x:g", "x:g:h", "x:z + x:g", "x:z + g:z",
  "z:x + z:g + g", "x:g + x:h", "x + x:g + x:h", "x*g + x:h", "x:z:g + g:x", "x:g + z:g",
  "(x + g)*h", "(x + z)*g", "x*g*h", "(x + z + g)^2", "x:g + x:h + x:g:h", "log(x)*g", "I(x^2):g",
  "z + x:z + g:z", "g:x + g:h", "g + g:x + g:h", "x:z:g + x:g:h", "x:g + x:h + x:z:g",
  # Functions that learn from the rows.
  "scale(x)", "scale(x, scale = FALSE)", "scale(x, center = FALSE)",
  "scale(x, center = FALSE, scale = FALSE)", "scale(x, center = 3)", "scale(x, scale = 2)",
  "scale(x, center = 3, scale = 2)", "scale(x, FALSE)", "scale(x, TRUE, FALSE)", "scale(x):g",
  "scale(log(x))*h"
)
describe <- function(formula) {
  X <- model.matrix(as.formula(paste("y ~", formula)), table)
  list(formula = formula, names = I(colnames(X)), rank = qr(X)$rank,
       X = matrix(X, nrow(X), dimnames = NULL))
}
write(toJSON(list(table = table, designs = lapply(formulas, describe)), digits = 15, auto_unbox = TRUE,
             dataframe = "columns"), stdout())
