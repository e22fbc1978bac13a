# Unit roots of panels: writes roots.json.
# Rscript tests/reference/roots.R, from the root of the project, after panel.R.
# - purtest(dfcor = TRUE): the t of each region, y and x of the balanced panel of panel.csv, lags 0 to 2, drift and trend
# - purtest(test = "levinlin"): a panel of 6 regions and 30 years, the running sums of sin((region + 1) t^2), lags 0 to 2
suppressMessages({library(plm); library(jsonlite)})
here <- "tests/reference"
f <- pdata.frame(read.csv(file.path(here, "panel.csv")), index = c("region", "year"))
years <- length(unique(f$year))
results <- list()
for (name in c("y", "x")) for (terms in c("intercept", "trend")) for (lags in 0:2) {
  if (years - 1 - lags - (1 + lags + match(terms, c("intercept", "trend"))) < 4) next
  found <- purtest(f[[name]], test = "ips", exo = terms, lags = lags, dfcor = TRUE)
  t <- vapply(found$idres, function(one) unname(one$trho), 0)
  word <- if (terms == "trend") "trend" else "drift"
  results[[paste("t", name, word, lags)]] <- list(peer = "plm", t = as.list(t))
}
made <- sapply(1:6, function(i) cumsum(sin((i + 1) * (1:30)^2)))
for (terms in c("none", "intercept", "trend")) for (lags in 0:2) {
  found <- purtest(made, test = "levinlin", exo = terms, lags = lags, data = NULL)$statistic
  word <- c(none = "none", intercept = "drift", trend = "trend")[[terms]]
  results[[paste("llc", word, lags)]] <- list(
    peer = "plm", test = list(statistic = unname(found$statistic), p_value = unname(found$p.value)))
}
versions <- c(list(R = paste(R.version$major, R.version$minor, sep = ".")), list(plm = as.character(packageVersion("plm"))))
writeLines(toJSON(list(versions = versions, results = results), digits = I(17), auto_unbox = TRUE, pretty = 1),
           file.path(here, "roots.json"))
