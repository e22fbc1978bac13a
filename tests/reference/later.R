# CR2 errors, and quantile fits that no test reads yet: writes later.json.
# Rscript tests/reference/later.R, from the root of the project, after panel.R.
# - "quantile": issue 11, "Outside evidence" (quantile fits), on panel.csv
# - "cr2": issue 11, "Outside evidence" (Bell and McCaffrey's errors, Satterthwaite's degrees of freedom), on panel.csv.
#   Convention: regions are the clusters and region dummies absorbed; years stay as dummies, so that the adjustment
#   matrices take them in; the working model is iid.
suppressMessages({library(clubSandwich); library(quantreg); library(jsonlite)})
here <- "tests/reference"
results <- list()

panel <- read.csv(file.path(here, "panel.csv"))
for (tau in c(0.1, 0.25, 0.5, 0.75, 0.9)) {
  fit <- rq(y ~ x + c, tau, panel)
  errors <- lapply(c(iid = "iid", nid = "nid", kernel = "ker"), function(se) as.list(summary(fit, se = se)$coefficients[, 2]))
  results[[paste("quantile", tau)]] <- c(list(peer = "quantreg", estimate = as.list(coef(fit)), objective = fit$rho), errors)
}

panel$D <- as.numeric(panel$start > 0 & panel$year >= panel$start)
for (name in c("balanced", "unbalanced")) {
  d <- if (name == "balanced") panel else panel[panel$kept == 1, ]
  fit <- lm(y ~ D + x + c + factor(region) + factor(year), d)
  found <- coef_test(fit, vcov = vcovCR(fit, cluster = d$region, type = "CR2"), test = "Satterthwaite", coefs = c("D", "x", "c"))
  column <- function(name) setNames(as.list(found[[name]]), c("D", "x", "c"))
  results[[paste("cr2", name)]] <- list(peer = "clubSandwich", estimate = column("beta"), std_error = column("SE"),
                                        df = column("df_Satt"), p_value = column("p_Satt"))
}

packages <- c("clubSandwich", "quantreg")
versions <- c(list(R = paste(R.version$major, R.version$minor, sep = ".")),
              sapply(packages, function(p) as.character(packageVersion(p)), simplify = FALSE))
writeLines(toJSON(list(note = "cr2: Bell and McCaffrey; quantile: quantile fits, which no test reads yet.",
                  versions = versions, results = results), digits = I(17), auto_unbox = TRUE, pretty = 1),
           file.path(here, "later.json"))
