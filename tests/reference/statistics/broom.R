# The tables that broom's tidy, glance and augment make of five of the models of
# reference_public.json, column by column. Run in this folder: Rscript broom.R
suppressMessages({library(broom); library(nnet); library(jsonlite)})
models <- fromJSON("reference_public.json", simplifyVector = FALSE)$models
names(models) <- sapply(models, function(m) m$id)
read <- function(id) {
  d <- read.csv(models[[id]]$data)
  levels <- models[[id]]$levels
  for (column in names(levels)) d[[column]] <- factor(as.character(d[[column]]), unlist(levels[[column]]))
  d
}
columns <- function(t) lapply(as.list(as.data.frame(t)), unname)
exact <- list(epsilon = 1e-14, maxit = 100)
describe <- function(id, m, d, ...) {
  out <- list(id = id, tidy = columns(tidy(m, ...)), glance = columns(glance(m)))
  if (!inherits(m, "multinom")) {
    out$augment <- columns(augment(m, se_fit = TRUE)[, -(1:ncol(model.frame(m)))])
    out$augment_new <- columns(augment(m, newdata = d[1:4, ], se_fit = TRUE)[, c(".fitted", ".se.fit")])
  }
  if (family(m)$link %in% c("logit", "log")) out$exponentiated <- columns(tidy(m, exponentiate = TRUE))
  out
}
family.multinom <- function(object, ...) list(link = "")
results <- list()
d <- read("mtcars"); m <- lm(as.formula(models$mtcars$formula), d)
results$mtcars <- describe("mtcars", m, d, conf.int = TRUE)
results$mtcars$glm <- columns(glance(glm(formula(m), data = d)))
results$mtcars$tidy_90 <- columns(tidy(m, conf.int = TRUE, conf.level = 0.9))
for (id in c("pima_tr", "insurance", "esoph")) {
  d <- read(id)
  m <- glm(as.formula(models[[id]]$formula), models[[id]]$family, d, control = exact)
  results[[id]] <- describe(id, m, d)
}
d <- read("survey")
m <- multinom(as.formula(models$survey$formula), d, trace = FALSE, maxit = 5000, reltol = 1e-16, abstol = 1e-12)
results$survey <- describe("survey", m, d, conf.int = TRUE)
results$versions <- list(R = R.version.string, broom = as.character(packageVersion("broom")))
write_json(results, "broom.json", digits = NA, auto_unbox = TRUE, na = "null")
