# What R's functions of factors make: Rscript factors.R > factors.json
library(jsonlite)

n <- 40
i <- seq_len(n)
# Numbers that 15 digits represent exactly, as values on the end of an interval decide.
table <- data.frame(
  y = (i * 5) %% 11,
  x = ((i * 7) %% 40) / 8 - 1.25,
  large = ((i * 11) %% 40) * 25000,
  fine = round(1000 + ((i * 13) %% 40) / 1e5, 5),
  whole = (i * 3) %% 10,
  constant = 5,
  zero = 0,
  k = (i * 3) %% 4 + 1,
  g = c("u", "v", "w")[(i * 5 + i %/% 4) %% 3 + 1],
  h = c("p", "q")[(i + i %/% 3) %% 2 + 1],
  stringsAsFactors = TRUE
)
# Each expression as R reads it; they are the same here.
calls <- c(
  "cut(x, 2)", "cut(x, 5)", "cut(x, 7)", "cut(large, 4)", "cut(fine, 3)", "cut(whole, 3)",
  "cut(whole, 9)", "cut(constant, 3)", "cut(zero, 3)", "cut(-whole, 4)",
  "cut(x, 5, dig.lab = 5)", "cut(x, 4, right = FALSE)", "cut(x, 4, include.lowest = TRUE)",
  "cut(x, 3, labels = c('low', 'mid', 'high'))", "cut(x, 3, labels = c('a', 'b', 'a'))",
  "cut(whole, 3, labels = c(1, 2, 3))",
  "cut(whole, c(0, 3, 6, 9))", "cut(whole, c(0, 3, 6, 9), right = FALSE)",
  "cut(whole, c(0, 3, 6, 9), include.lowest = TRUE)",
  "cut(whole, c(0, 3, 6, 9), include.lowest = TRUE, right = FALSE)",
  "cut(x, c(-Inf, 0, 1.5, Inf))", "cut(x, c(-Inf, 0, Inf), right = FALSE)",
  "cut(whole, c(9, 0, 6, 3))", "cut(whole, c(9, 3, 0), labels = c('low', 'high'))",
  "cut(whole, seq(0, 9, 3))", "cut(whole, seq(0, 9, by = 4.5))",
  "cut(x, c(0, 1e-13, 1e-12, 3))", "cut(x, c(0, 1, 1 + 1e-13, 3))", "cut(log(whole + 1), 4)",
  "cut(scale(x), c(-3, -1, 0, 1, 3))",
  "relevel(g, 'v')", "relevel(g, ref = 'w')", "relevel(cut(x, 3, labels = c('a', 'b', 'c')), 'b')",
  "relevel(factor(g, levels = c('w', 'v', 'u')), 'u')",
  "factor(g, levels = c('w', 'u', 'v'))", "factor(g, levels = c('w', 'u'))",
  "factor(g, levels = c('u', 'v', 'w'), labels = c('U', 'V', 'W'))",
  "factor(g, levels = c('u', 'v', 'w'), labels = c('A', 'B', 'A'))",
  "factor(g, labels = c('one', 'two', 'three'))", "factor(k, labels = c('a', 'b', 'c', 'd'))",
  "factor(k, levels = c(4, 2, 1, 3))", "factor(k, levels = c(3, 1))", "factor(k, levels = seq(1, 4))",
  "factor(k, levels = seq(4, 1, by = -1))", "as.factor(k)",
  "interaction(g, h)", "interaction(h, g)", "interaction(g, h, k)", "interaction(g, k, sep = '_')",
  "interaction(h, k)", "interaction(h, k, drop = TRUE)",
  "interaction(g, cut(x, 2, labels = c('lo', 'hi')))"
)
describe <- function(call) {
  value <- eval(parse(text = call), table)
  kept <- table[!is.na(value), ]
  kept$f <- value[!is.na(value)]
  # Of two levels or more: R makes no contrasts of one.
  X <- model.matrix(~ f, kept)
  list(call = call, levels = I(levels(value)), codes = as.integer(value), names = I(colnames(X)),
       X = matrix(X, nrow(X), dimnames = NULL))
}
write(toJSON(list(table = table, calls = lapply(calls, describe)), digits = 15, auto_unbox = TRUE,
             dataframe = "columns", na = "null"), stdout())
