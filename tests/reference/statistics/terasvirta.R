# Teraesvirta's neural network test of nonlinearity: chi-squared and, with the right degrees of
# freedom, F. tseries divides by n - p - m less one more for F, so F is computed by lm here.
library(tseries); library(jsonlite)
d <- read.csv("data/mtcars.csv")
X <- as.matrix(d[c("wt", "hp")])
t <- terasvirta.test(X, d$mpg, type = "Chisq", scale = FALSE)
s <- as.data.frame(scale(X)); s$mpg <- d$mpg
small <- lm(mpg ~ wt + hp, s)
large <- lm(mpg ~ poly(wt, 3, raw = TRUE) + poly(hp, 3, raw = TRUE) + I(wt * hp) + I(wt^2 * hp) + I(wt * hp^2), s)
a <- anova(small, large)
write_json(list(formula = "mpg ~ wt + hp", data = "data/mtcars.csv", made_by = R.version.string,
  tseries = as.character(packageVersion("tseries")), chisq = unname(t$statistic), df = unname(t$parameter),
  chisq_p_value = unname(t$p.value), F = a$F[2], df_resid = a$Res.Df[2], F_p_value = a$`Pr(>F)`[2]),
  "terasvirta.json", digits = I(15), auto_unbox = TRUE, pretty = TRUE)
