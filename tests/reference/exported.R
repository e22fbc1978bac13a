# What the exported R script of exported.toml gives: writes exported.json, and exported_code.R, the script without its
# comments. From the root of the project:
#   ccd export tests/reference/exported.toml --code r -o results/exported && Rscript tests/reference/exported.R
suppressMessages(library(jsonlite))
here <- normalizePath("tests/reference")
setwd("results/exported")
lines <- readLines("models.R", encoding = "UTF-8")
source("models.R")
# the package of a model is the first that its call names
calls <- regmatches(lines, regexec('^model\\("([^"]+)", c\\("?([A-Za-z]*)', lines))
calls <- calls[lengths(calls) == 3]
peer <- setNames(sapply(calls, `[`, 3), sapply(calls, `[`, 2))
stopifnot(setequal(names(peer), repeated$model))
results <- lapply(split(repeated, factor(repeated$model, unique(repeated$model))), function(rows) {
  column <- function(name) setNames(as.list(rows[[name]]), rows$term)
  list(peer = peer[[rows$model[1]]], estimate = column("estimate"), std_error = column("std_error"),
       factor = list(as_ccd = rows$as_ccd[1] / rows$std_error[1]), size = list(nobs = rows$n[1]))
})
packages <- unique(unname(peer))
versions <- c(list(R = paste(R.version$major, R.version$minor, sep = ".")),
              sapply(packages, function(p) as.character(packageVersion(p)), simplify = FALSE))
writeLines(toJSON(list(versions = versions, results = results), digits = I(17), auto_unbox = TRUE, pretty = 1),
           file.path(here, "exported.json"))
writeLines(lines[!grepl("^ *#", lines)], file.path(here, "exported_code.R"), useBytes = TRUE)
