"""The head of an R script: the panel, and helpers that its models share."""

from __future__ import annotations

#: ``<entity>`` and ``<time>`` are columns.
HEAD = """\
panel <- read.csv("panel.csv", fileEncoding = "UTF-8", na.strings = "", check.names = FALSE)
repeated <- data.frame()
installed <- function(package) requireNamespace(package, quietly = TRUE)
model <- function(name, packages, code) {
  lacking <- packages[!vapply(packages, installed, logical(1))]
  if (length(lacking)) message(name, ": ", paste(lacking, collapse = ", ")) else invisible(force(code))
}
keep <- function(model, term, estimate, std_error, n, factor = 1) {
  row <- data.frame(model, term, estimate = unname(estimate), std_error = unname(std_error),
                    as_ccd = unname(std_error) * factor, n)
  repeated <<- rbind(repeated, row)
}
earlier <- function(column, years) {
  key <- paste(panel$<time>, panel$<entity>)
  column[match(paste(panel$<time> - years, panel$<entity>), key)]
}
winsorised <- function(column, share) {
  ends <- quantile(column, c(share, 1 - share), na.rm = TRUE, names = FALSE)
  pmin(pmax(column, ends[1]), ends[2])
}
clustered <- function(fit, by, k) {
  size <- min(vapply(by, function(one) length(unique(one)), numeric(1)))
  n <- nobs(fit)
  if (length(by) == 1) {
    matrix <- sandwich::vcovCL(fit, cluster = by, type = "HC1")
    return(list(se = sqrt(diag(matrix)), factor = sqrt((n - fit$rank) / (n - k))))
  }
  matrix <- sandwich::vcovCL(fit, cluster = by, type = "HC0", cadjust = FALSE)
  list(se = sqrt(diag(matrix)), factor = sqrt(size / (size - 1) * (n - 1) / (n - k)))
}
by_group <- function(fit, k) {
  size <- length(unique(plm::index(fit)[[1]]))
  n <- nobs(fit)
  matrix <- plm::vcovHC(fit, method = "arellano", type = "HC0", cluster = "group")
  list(se = sqrt(diag(matrix)), factor = sqrt(size / (size - 1) * (n - 1) / (n - k)))
}
"""
PRINTED = """\
print(repeated, digits = 6, row.names = FALSE)
"""
