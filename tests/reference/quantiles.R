# Quantile fits: writes quantiles.json.
# Rscript tests/reference/quantiles.R, from the root of the project, after panel.R.
# - quantile(type = 1) and rq(y ~ 1) of y of panel.csv at deciles: the inverse of its distribution function
# - rq(y ~ x + c), pooled, at deciles (quantreg, method br)
# - quantile regression by moments with region and year dummies, by lm twice and quantile(type = 1) of R/s,
#   on the balanced panel and on the rows kept, and with the half-panel jackknife on ten years
suppressMessages({library(quantreg); library(jsonlite)})
here <- "tests/reference"
f <- read.csv(file.path(here, "panel.csv"))
tau <- seq(1, 9) / 10
at <- function(values) setNames(as.list(values), sprintf("%.1f", tau))
results <- list()
results[["inverse"]] <- list(peer = "R", quantile = at(unname(quantile(f$y, tau, type = 1))))
# one row less: no share of the rows is a decile exactly, so that each fit is one point
results[["constant"]] <- list(peer = "quantreg", quantile = at(unname(coef(rq(y ~ 1, tau, data = f[-1, ])))))
pooled <- coef(rq(y ~ x + c, tau, data = f[-1, ]))
results[["pooled"]] <- list(peer = "quantreg", const = at(unname(pooled[1, ])), x = at(unname(pooled[2, ])), c = at(unname(pooled[3, ])))
moments <- function(d) {
  location <- lm(y ~ x + c + factor(region) + factor(year), d)
  left <- resid(location)
  scale <- lm(abs(left) ~ x + c + factor(region) + factor(year), d)
  s <- fitted(scale)
  q <- unname(quantile((left / s)[s > 0], tau, type = 1))
  list(location = coef(location)[c("x", "c")], scale = coef(scale)[c("x", "c")], q = q)
}
slopes <- function(m, column) at(m$location[[column]] + m$q * m$scale[[column]])
for (name in c("balanced", "unbalanced")) {
  m <- moments(if (name == "balanced") f else f[f$kept == 1, ])
  results[[paste("moments", name)]] <- list(peer = "R", x = slopes(m, "x"), c = slopes(m, "c"),
    scale = as.list(m$scale), location = as.list(m$location))
}
ten <- f[f$year <= 2010, ]
parts <- lapply(list(ten, ten[ten$year <= 2005, ], ten[ten$year > 2005, ]), moments)
jackknife <- function(one) 2 * one[[1]] - (one[[2]] + one[[3]]) / 2
along <- function(column) lapply(parts, function(m) m$location[[column]] + m$q * m$scale[[column]])
results[["moments jackknife"]] <- list(peer = "R", x = at(jackknife(along("x"))), c = at(jackknife(along("c"))),
  scale = as.list(jackknife(lapply(parts, function(m) m$scale))))
versions <- list(R = paste(R.version$major, R.version$minor, sep = "."), quantreg = as.character(packageVersion("quantreg")))
writeLines(toJSON(list(versions = versions, results = results), digits = I(17), auto_unbox = TRUE, pretty = 1),
           file.path(here, "quantiles.json"))
