# Numbers that no test reads yet, stored for what issue 11 and later ones still build: writes later.json.
# Rscript tests/reference/later.R, from the root of the project, after panel.R and matching.R.
# - "abadie-imbens": issue 11, "Missing where a referee looks" (errors of matches; ATU and ATE), on matching.csv
# - "quantile": issue 11, "Outside evidence" (quantile fits), on panel.csv
suppressMessages({library(Matching); library(quantreg); library(jsonlite)})
here <- "tests/reference"
results <- list()

made <- read.csv(file.path(here, "matching.csv"))
units <- made[made$year == 2001, ]
treated <- as.integer(units$start > 0)
mean_of <- function(years) tapply(made$y[made$year %in% years], made$region[made$year %in% years], mean)[units$region]
change <- as.numeric(mean_of(2003:2004) - mean_of(2001:2002))
score <- fitted(glm(treated ~ x1 + x2 + x3, binomial, units, control = list(epsilon = 1e-14, maxit = 100)))
x <- as.matrix(units[, c("x1", "x2", "x3")])
for (estimand in c("ATT", "ATC", "ATE")) for (m in c(1, 3)) for (how in c("score", "columns")) {
  # Var.calc = 1: the conditional variance by the nearest neighbour of the same group; Weight = 1: inverse variances.
  found <- Match(Y = change, Tr = treated, X = if (how == "score") score else x, M = m, estimand = estimand, ties = TRUE,
                 Weight = 1, Var.calc = 1, distance.tolerance = 1e-14)
  adjusted <- Match(Y = change, Tr = treated, X = if (how == "score") score else x, Z = x, BiasAdjust = TRUE, M = m,
                    estimand = estimand, ties = TRUE, Weight = 1, Var.calc = 1, distance.tolerance = 1e-14)
  results[[paste("abadie-imbens", how, estimand, m)]] <- list(
    peer = "Matching", estimate = found$est[1], std_error = found$se[1],
    adjusted = adjusted$est[1], adjusted_error = adjusted$se[1])
}

panel <- read.csv(file.path(here, "panel.csv"))
for (tau in c(0.1, 0.25, 0.5, 0.75, 0.9)) {
  fit <- rq(y ~ x + c, tau, panel)
  errors <- lapply(c(iid = "iid", nid = "nid", kernel = "ker"), function(se) as.list(summary(fit, se = se)$coefficients[, 2]))
  results[[paste("quantile", tau)]] <- c(list(peer = "quantreg", estimate = as.list(coef(fit)), objective = fit$rho), errors)
}

packages <- c("Matching", "quantreg")
versions <- c(list(R = paste(R.version$major, R.version$minor, sep = ".")),
              sapply(packages, function(p) as.character(packageVersion(p)), simplify = FALSE))
writeLines(toJSON(list(note = "No test reads this yet. abadie-imbens: errors of matches, ATU and ATE; quantile: quantile fits (issue 11).",
                  versions = versions, results = results), digits = I(17), auto_unbox = TRUE, pretty = 1),
           file.path(here, "later.json"))
