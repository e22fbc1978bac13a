# Tests of dependence between regions: writes dependence.json.
# Rscript tests/reference/dependence.R, from the root of the project, after panel.R.
# - pcdtest (cd, lm, sclm): y, x and c of the balanced panel of panel.csv, as they are
suppressMessages({library(plm); library(jsonlite)})
here <- "tests/reference"
f <- pdata.frame(read.csv(file.path(here, "panel.csv")), index = c("region", "year"))
results <- list()
for (name in c("y", "x", "c")) {
  one <- function(kind) { t <- pcdtest(f[[name]], test = kind); list(statistic = unname(t$statistic), p_value = unname(t$p.value)) }
  results[[paste("dependence", name)]] <- list(peer = "plm", cd = one("cd"), lm = one("lm"), scaled = one("sclm"))
}
versions <- c(list(R = paste(R.version$major, R.version$minor, sep = ".")), list(plm = as.character(packageVersion("plm"))))
writeLines(toJSON(list(versions = versions, results = results), digits = I(17), auto_unbox = TRUE, pretty = 1),
           file.path(here, "dependence.json"))
