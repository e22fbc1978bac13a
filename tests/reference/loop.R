# Granger tests of Dumitrescu and Hurlin, and CIPS: writes loop.json.
# Rscript tests/reference/loop.R, from the root of the project, after panel.R.
# - pgrangertest: y on x and x on y of the balanced panel of panel.csv, orders 1 and 2: Wbar, Zbar, Ztilde and W by region
# - cipstest (model cmg, truncated): y and x of the same panel, lags 1 and 2 (with 0 plm keeps a lagged change of the mean)
suppressMessages({library(plm); library(jsonlite)})
here <- "tests/reference"
panel <- read.csv(file.path(here, "panel.csv"))
f <- pdata.frame(panel, index = c("region", "year"))
results <- list()
for (order in 1:2) for (pair in list(c("y", "x"), c("x", "y"))) {
  formula <- as.formula(paste(pair[1], "~", pair[2]))
  one <- function(kind) unname(pgrangertest(formula, f, order = order, test = kind)$statistic)
  own <- pgrangertest(formula, f, order = order, test = "Ztilde")$indgranger
  results[[paste("granger", pair[2], "to", pair[1], order)]] <- list(
    peer = "plm", mean = list(wbar = one("Wbar"), zbar = one("Zbar"), ztilde = one("Ztilde")),
    wald = setNames(as.list(own$Chisq), as.character(own$region)))
}
for (name in c("y", "x")) for (type in c("none", "drift", "trend")) for (lags in 1:2) {
  if (length(unique(panel$year)) - 1 - lags - (3 + 2 * lags + match(type, c("none", "drift", "trend")) - 1) < 4) next
  found <- suppressWarnings(cipstest(f[[name]], lags = lags, type = type, model = "cmg", truncated = TRUE))
  results[[paste("cips", name, type, lags)]] <- list(peer = "plm", test = list(statistic = unname(found$statistic)))
}
versions <- c(list(R = paste(R.version$major, R.version$minor, sep = ".")), list(plm = as.character(packageVersion("plm"))))
writeLines(toJSON(list(versions = versions, results = results), digits = I(17), auto_unbox = TRUE, pretty = 1),
           file.path(here, "loop.json"))
