# Spatial numbers that no test reads yet, stored for the room of space: writes space.json.
# Rscript tests/reference/space.R, from the root of the project. Data: data/provinces.csv, data/adjacency.csv.
suppressMessages({library(spdep); library(spatialreg); library(jsonlite)})
here <- "tests/reference"
results <- list()
keep <- function(name, peer, ...) results[[name]] <<- c(list(peer = peer), lapply(list(...), as.list))

provinces <- read.csv("data/provinces.csv")
pairs <- read.csv("data/adjacency.csv")
codes <- sort(unique(provinces$adcode))
matrix <- matrix(0, length(codes), length(codes), dimnames = list(codes, codes))
for (row in seq_len(nrow(pairs))) {
  a <- as.character(pairs$adcode_a[row]); b <- as.character(pairs$adcode_b[row])
  if (a %in% rownames(matrix) && b %in% rownames(matrix)) matrix[a, b] <- matrix[b, a] <- 1
}
stopifnot(all(rowSums(matrix) > 0))
w <- mat2listw(matrix, style = "W")
test <- function(found) c(statistic = unname(found$statistic), p_value = unname(found$p.value), unlist(found$estimate))
for (year in c(2011, 2017, 2023)) {
  d <- provinces[provinces$year == year, ]
  d <- d[order(d$adcode), ]
  d$y <- log(d$gdp_pc); d$x <- log(d$fisc_exp); d$c <- d$urban_rate
  keep(paste("moran", year), "spdep", random = test(moran.test(d$y, w)), normal = test(moran.test(d$y, w, randomisation = FALSE)))
  keep(paste("geary", year), "spdep", random = test(geary.test(d$y, w)), normal = test(geary.test(d$y, w, randomisation = FALSE)))
  local <- localmoran(d$y, w)
  keep(paste("local moran", year), "spdep", value = setNames(local[, 1], d$adcode), z = setNames(local[, 4], d$adcode))
  getis <- localG(d$y, w)
  keep(paste("local G", year), "spdep", z = setNames(as.numeric(getis), d$adcode))
  plain <- lm(y ~ x + c, d)
  moran <- lm.morantest(plain, w)
  lagrange <- lm.LMtests(plain, w, test = c("LMerr", "LMlag", "RLMerr", "RLMlag", "SARMA"))
  keep(paste("residuals", year), "spdep", moran = test(moran),
       lagrange = sapply(lagrange, function(t) unname(t$statistic)))
  lag <- lagsarlm(y ~ x + c, d, w); error <- errorsarlm(y ~ x + c, d, w); durbin <- lagsarlm(y ~ x + c, d, w, Durbin = TRUE)
  keep(paste("lag", year), "spatialreg", estimate = c(rho = unname(lag$rho), coef(lag)[-1]), std_error = c(rho = lag$rho.se, lag$rest.se),
       fit = c(loglik = as.numeric(logLik(lag)), s2 = lag$s2))
  keep(paste("error", year), "spatialreg", estimate = c(lambda = unname(error$lambda), coef(error)[-1]),
       std_error = c(lambda = error$lambda.se, setNames(error$rest.se, names(coef(error))[-1])), fit = c(loglik = as.numeric(logLik(error)), s2 = error$s2))
  keep(paste("durbin", year), "spatialreg", estimate = c(rho = unname(durbin$rho), coef(durbin)[-1]),
       std_error = c(rho = durbin$rho.se, durbin$rest.se), fit = c(loglik = as.numeric(logLik(durbin)), s2 = durbin$s2))
  for (name in c("lag", "durbin")) {
    effects <- impacts(get(name), listw = w)
    effects <- sapply(c("direct", "indirect", "total"), function(e) setNames(as.list(effects[[e]]), c("x", "c")), simplify = FALSE)
    keep(paste(name, "effects", year), "spatialreg", direct = effects$direct, indirect = effects$indirect, total = effects$total)
  }
}
packages <- c("spdep", "spatialreg")
versions <- c(list(R = paste(R.version$major, R.version$minor, sep = ".")),
              sapply(packages, function(p) as.character(packageVersion(p)), simplify = FALSE))
writeLines(toJSON(list(note = "No test reads this yet. For the room of space: global and local statistics, and regressions of one year.",
                  versions = versions, results = results), digits = I(17), auto_unbox = TRUE, pretty = 1),
           file.path(here, "space.json"))
