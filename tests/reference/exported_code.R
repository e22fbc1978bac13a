
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
  key <- paste(panel$year, panel$province)
  column[match(paste(panel$year - years, panel$province), key)]
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

model("twfe", c("sandwich"), {
  d <- panel
  d <- d[is.na(d$first_new_area) | d$first_new_area > min(d$year), ]
  d$first_new_area[which(d$first_new_area > max(d$year))] <- NA
  d$treat_new_area <- as.numeric(!is.na(d$first_new_area) & d$year >= d$first_new_area)
  d <- d[complete.cases(d[c("D", "urban_rate", "fisc_exp_gdp")]), ]
  fit <- lm(D ~ treat_new_area + urban_rate + fisc_exp_gdp + factor(province) + factor(year), data = d)
  found <- clustered(fit, d[c("province")], 16)
  keep("twfe", "new_area", coef(fit)[["treat_new_area"]], found$se[["treat_new_area"]], nobs(fit), found$factor)
  keep("twfe", "urban_rate", coef(fit)[["urban_rate"]], found$se[["urban_rate"]], nobs(fit), found$factor)
  keep("twfe", "fisc_exp_gdp", coef(fit)[["fisc_exp_gdp"]], found$se[["fisc_exp_gdp"]], nobs(fit), found$factor)
  if (installed("fixest")) print(fixest::feols(D ~ treat_new_area + urban_rate + fisc_exp_gdp | province + year, data = d, vcov = ~province))
})

model("twfe_more", c("sandwich"), {
  d <- panel
  d <- d[is.na(d$first_new_area) | d$first_new_area > min(d$year), ]
  d$first_new_area[which(d$first_new_area > max(d$year))] <- NA
  d$treat_new_area <- as.numeric(!is.na(d$first_new_area) & d$year >= d$first_new_area)
  d$treat_ftz <- as.numeric(!is.na(d$first_ftz) & d$year >= d$first_ftz)
  d <- d[complete.cases(d[c("D", "fisc_exp_gdp", "urban_rate")]), ]
  d$before_urban_rate <- ave(ifelse(d$year < min(d$first_new_area, na.rm = TRUE), d$urban_rate, NA), d$province, FUN = function(v) mean(v, na.rm = TRUE))
  fit <- lm(D ~ treat_new_area + fisc_exp_gdp + treat_ftz + factor(province) + factor(year) + factor(region3):factor(year) + factor(year):before_urban_rate, data = d)
  found <- clustered(fit, d[c("province")], 54)
  keep("twfe_more", "new_area", coef(fit)[["treat_new_area"]], found$se[["treat_new_area"]], nobs(fit), found$factor)
  keep("twfe_more", "fisc_exp_gdp", coef(fit)[["fisc_exp_gdp"]], found$se[["fisc_exp_gdp"]], nobs(fit), found$factor)
  keep("twfe_more", "ftz", coef(fit)[["treat_ftz"]], found$se[["treat_ftz"]], nobs(fit), found$factor)
  if (installed("fixest")) print(fixest::feols(D ~ treat_new_area + fisc_exp_gdp + treat_ftz + i(year, before_urban_rate) | province + year + region3^year, data = d, vcov = ~province))
})

model("twfe_rows", c("sandwich"), {
  d <- panel
  d$urban_rate <- earlier(panel$urban_rate, 1)
  d <- d[!(as.character(d$province) %in% c("Beijing")), ]
  d <- d[which((((as.character(d$region3) != "West" & !is.na(d$region3)) | (d$year >= 2013 & !is.na(d$year))) | ((as.character(d$province) == "Sichuan" & !is.na(d$province)) | (as.character(d$province) == "Guizhou" & !is.na(d$province)) | (as.character(d$province) == "Gansu" & !is.na(d$province))))), ]
  d$D <- winsorised(d$D, 0.02)
  d$urban_rate <- winsorised(d$urban_rate, 0.02)
  d <- d[is.na(d$first_new_area) | d$first_new_area > min(d$year), ]
  d$first_new_area[which(d$first_new_area > max(d$year))] <- NA
  d$treat_new_area <- as.numeric(!is.na(d$first_new_area) & d$year >= d$first_new_area)
  d <- d[complete.cases(d[c("D", "urban_rate")]), ]
  fit <- lm(D ~ treat_new_area + urban_rate + factor(province) + factor(year), data = d)
  found <- clustered(fit, d[c("province", "year")], 3)
  keep("twfe_rows", "new_area", coef(fit)[["treat_new_area"]], found$se[["treat_new_area"]], nobs(fit), found$factor)
  keep("twfe_rows", "urban_rate", coef(fit)[["urban_rate"]], found$se[["urban_rate"]], nobs(fit), found$factor)
  if (installed("fixest")) print(fixest::feols(D ~ treat_new_area + urban_rate | province + year, data = d, vcov = ~province + year))
})

model("twfe_trends", c("sandwich"), {
  d <- panel
  d <- d[(as.character(d$year) %in% c("2011", "2012", "2013", "2014", "2015", "2016", "2018", "2019", "2020", "2021", "2022")), ]
  d$D <- ifelse(d$D > 0, log(pmax(d$D, 1e-300)), NA)
  d <- d[is.na(d$first_new_area) | d$first_new_area > min(d$year), ]
  d$first_new_area[which(d$first_new_area > max(d$year))] <- NA
  d$treat_new_area <- as.numeric(!is.na(d$first_new_area) & d$year >= d$first_new_area)
  d <- d[complete.cases(d[c("D", "population")]), ]
  d <- d[d$population > 0, ]
  fit <- lm(D ~ treat_new_area + factor(province) + factor(year) + factor(province):year, data = d, weights = population)
  found <- clustered(fit, d[c("province")], 12)
  keep("twfe_trends", "new_area", coef(fit)[["treat_new_area"]], found$se[["treat_new_area"]], nobs(fit), found$factor)
  if (installed("fixest")) print(fixest::feols(D ~ treat_new_area | province[year] + year, data = d, vcov = ~province, weights = ~population))
})

model("twfe_flag", c("sandwich"), {
  d <- panel
  d <- d[is.na(d$first_new_area) | d$first_new_area > min(d$year), ]
  d$first_new_area[which(d$first_new_area > max(d$year))] <- NA
  d$treat_new_area <- as.numeric(!is.na(d$first_new_area) & d$year >= d$first_new_area)
  d$near_new_area <- as.numeric(!is.na(d$twfe_flag_near) & d$year >= d$twfe_flag_near & d$treat_new_area == 0)
  d <- d[complete.cases(d[c("D")]), ]
  d <- d[is.na(d$first_new_area) | !(d$year >= d$first_new_area - 1 & d$year < d$first_new_area), ]
  fit <- lm(D ~ treat_new_area + near_new_area + factor(province) + factor(year), data = d)
  found <- list(se = sqrt(diag(sandwich::vcovHC(fit, type = "HC1"))), factor = 1)
  keep("twfe_flag", "new_area", coef(fit)[["treat_new_area"]], found$se[["treat_new_area"]], nobs(fit), found$factor)
  keep("twfe_flag", "new_area_neighbours", coef(fit)[["near_new_area"]], found$se[["near_new_area"]], nobs(fit), found$factor)
  if (installed("fixest")) print(fixest::feols(D ~ treat_new_area + near_new_area | province + year, data = d, vcov = "hetero"))
})

model("share", c("sandwich"), {
  d <- panel
  d <- d[is.na(d$first_new_area) | d$first_new_area > min(d$year), ]
  d$first_new_area[which(d$first_new_area > max(d$year))] <- NA
  d$treat_new_area <- as.numeric(!is.na(d$first_new_area) & d$year >= d$first_new_area)
  d <- d[complete.cases(d[c("D", "urban_rate")]), ]
  d$region_number <- as.integer(factor(d$province))
  d$cohort <- ifelse(is.na(d$first_new_area), 0, d$first_new_area)
  d$mean_urban_rate <- ave(d$urban_rate, d$province)
  fit <- glm(D ~ factor(cohort) + factor(year) + mean_urban_rate + urban_rate + treat_new_area, quasibinomial, data = d, control = list(epsilon = 1e-14, maxit = 100))
  matrix <- sandwich::vcovCL(fit, cluster = d[c("province")], type = "HC0", cadjust = FALSE)
  x <- model.matrix(fit)
  off <- x
  off[, "treat_new_area"] <- 0
  on <- d$treat_new_area == 1
  ends <- list(drop(x %*% coef(fit)), drop(off %*% coef(fit)))
  slope <- colMeans((x * dlogis(ends[[1]]) - off * dlogis(ends[[2]]))[on, ])
  size <- length(unique(d[[c("province")]]))
  factor_ccd <- sqrt(size / (size - 1) * (nobs(fit) - 1) / (nobs(fit) - ncol(x)))
  keep("share", "new_area", mean((plogis(ends[[1]]) - plogis(ends[[2]]))[on]), sqrt(drop(slope %*% matrix %*% slope)), nobs(fit), factor_ccd)
})

model("slx", c("sandwich"), {
  d <- panel
  d <- d[is.na(d$first_new_area) | d$first_new_area > min(d$year), ]
  d$first_new_area[which(d$first_new_area > max(d$year))] <- NA
  d$treat_new_area <- as.numeric(!is.na(d$first_new_area) & d$year >= d$first_new_area)
  d <- d[complete.cases(d[c("D", "slx_exposure")]), ]
  fit <- lm(D ~ treat_new_area + slx_exposure + factor(province) + factor(year), data = d)
  found <- clustered(fit, d[c("province")], 15)
  keep("slx", "new_area", coef(fit)[["treat_new_area"]], found$se[["treat_new_area"]], nobs(fit), found$factor)
  keep("slx", "new_area_neighbours", coef(fit)[["slx_exposure"]], found$se[["slx_exposure"]], nobs(fit), found$factor)
  if (installed("fixest")) print(fixest::feols(D ~ treat_new_area + slx_exposure | province + year, data = d, vcov = ~province))
})

model("together", c("sandwich"), {
  d <- panel
  d <- d[is.na(d$first_new_area) | d$first_new_area > min(d$year), ]
  d$first_new_area[which(d$first_new_area > max(d$year))] <- NA
  d <- d[is.na(d$first_ftz) | d$first_ftz > min(d$year), ]
  d$first_ftz[which(d$first_ftz > max(d$year))] <- NA
  d$treat_new_area <- as.numeric(!is.na(d$first_new_area) & d$year >= d$first_new_area)
  d$treat_ftz <- as.numeric(!is.na(d$first_ftz) & d$year >= d$first_ftz)
  d$both_x_new_area_x_ftz <- d$treat_new_area * d$treat_ftz
  d <- d[complete.cases(d[c("D", "urban_rate")]), ]
  fit <- lm(D ~ treat_new_area + treat_ftz + both_x_new_area_x_ftz + urban_rate + factor(province) + factor(year), data = d)
  found <- clustered(fit, d[c("province")], 17)
  keep("together", "new_area", coef(fit)[["treat_new_area"]], found$se[["treat_new_area"]], nobs(fit), found$factor)
  keep("together", "ftz", coef(fit)[["treat_ftz"]], found$se[["treat_ftz"]], nobs(fit), found$factor)
  keep("together", "synergy", coef(fit)[["both_x_new_area_x_ftz"]], found$se[["both_x_new_area_x_ftz"]], nobs(fit), found$factor)
  if (installed("fixest")) print(fixest::feols(D ~ treat_new_area + treat_ftz + both_x_new_area_x_ftz + urban_rate | province + year, data = d, vcov = ~province))
})

model("fixed", c("plm"), {
  d <- panel
  d <- d[complete.cases(d[c("D", "urban_rate", "fisc_exp_gdp")]), ]
  fit <- plm::plm(D ~ urban_rate + fisc_exp_gdp, data = d, index = c("province", "year"), model = "within", effect = "twoways")
  found <- by_group(fit, 15)
  keep("fixed", "urban_rate", coef(fit)[["urban_rate"]], found$se[["urban_rate"]], nobs(fit), found$factor)
  keep("fixed", "fisc_exp_gdp", coef(fit)[["fisc_exp_gdp"]], found$se[["fisc_exp_gdp"]], nobs(fit), found$factor)
  if (installed("fixest")) print(fixest::feols(D ~ urban_rate + fisc_exp_gdp | province + year, data = d, vcov = ~province))
})

model("fixed_dk", c("plm"), {
  d <- panel
  d <- d[complete.cases(d[c("D", "urban_rate")]), ]
  fit <- plm::plm(D ~ urban_rate, data = d, index = c("province", "year"), model = "within", effect = "twoways")
  found <- list(se = sqrt(diag(plm::vcovSCC(fit, type = "HC0"))), factor = 1)
  keep("fixed_dk", "urban_rate", coef(fit)[["urban_rate"]], found$se[["urban_rate"]], nobs(fit), found$factor)
  if (installed("fixest")) print(fixest::feols(D ~ urban_rate | province + year, data = d, vcov = DK ~ year))
})

model("pooled", c("plm"), {
  d <- panel
  d <- d[complete.cases(d[c("D", "urban_rate")]), ]
  fit <- plm::plm(D ~ urban_rate + factor(year), data = d, index = c("province", "year"), model = "pooling")
  found <- list(se = sqrt(diag(vcov(fit))), factor = 1)
  keep("pooled", "urban_rate", coef(fit)[["urban_rate"]], found$se[["urban_rate"]], nobs(fit), found$factor)
  if (installed("fixest")) print(fixest::feols(D ~ urban_rate | year, data = d, vcov = "iid"))
})

model("random", c("plm"), {
  d <- panel
  d <- d[complete.cases(d[c("D", "urban_rate", "fisc_exp_gdp")]), ]
  fit <- plm::plm(D ~ urban_rate + fisc_exp_gdp + factor(year), data = d, index = c("province", "year"), model = "random", random.method = "swar")
  found <- by_group(fit, length(coef(fit)))
  keep("random", "urban_rate", coef(fit)[["urban_rate"]], found$se[["urban_rate"]], nobs(fit), found$factor)
  keep("random", "fisc_exp_gdp", coef(fit)[["fisc_exp_gdp"]], found$se[["fisc_exp_gdp"]], nobs(fit), found$factor)
})

model("instrumented", c("AER", "sandwich"), {
  d <- panel
  d <- d[complete.cases(d[c("D", "urban_rate", "fisc_exp_gdp", "last_urban")]), ]
  fit <- AER::ivreg(D ~ urban_rate + fisc_exp_gdp + factor(province) + factor(year) | last_urban + fisc_exp_gdp + factor(province) + factor(year), data = d)
  found <- clustered(fit, d[c("province")], 14)
  keep("instrumented", "urban_rate", coef(fit)[["urban_rate"]], found$se[["urban_rate"]], nobs(fit), found$factor)
  keep("instrumented", "fisc_exp_gdp", coef(fit)[["fisc_exp_gdp"]], found$se[["fisc_exp_gdp"]], nobs(fit), found$factor)
})

model("lags", c("sandwich"), {
  d <- panel
  d <- d[complete.cases(d[c("D", "urban_rate", "fisc_exp_gdp", "lags_W_urban_rate", "lags_W_fisc_exp_gdp")]), ]
  fit <- lm(D ~ urban_rate + fisc_exp_gdp + lags_W_urban_rate + lags_W_fisc_exp_gdp + factor(province) + factor(year), data = d)
  found <- clustered(fit, d[c("province")], 17)
  keep("lags", "urban_rate", coef(fit)[["urban_rate"]], found$se[["urban_rate"]], nobs(fit), found$factor)
  keep("lags", "fisc_exp_gdp", coef(fit)[["fisc_exp_gdp"]], found$se[["fisc_exp_gdp"]], nobs(fit), found$factor)
  keep("lags", "urban_rate_neighbours", coef(fit)[["lags_W_urban_rate"]], found$se[["lags_W_urban_rate"]], nobs(fit), found$factor)
  keep("lags", "fisc_exp_gdp_neighbours", coef(fit)[["lags_W_fisc_exp_gdp"]], found$se[["lags_W_fisc_exp_gdp"]], nobs(fit), found$factor)
  if (installed("fixest")) print(fixest::feols(D ~ urban_rate + fisc_exp_gdp + lags_W_urban_rate + lags_W_fisc_exp_gdp | province + year, data = d, vcov = ~province))
})

model("kernel", c("sandwich"), {
  d <- panel
  d <- d[is.na(d$first_new_area) | d$first_new_area > min(d$year), ]
  d$first_new_area[which(d$first_new_area > max(d$year))] <- NA
  d$treat_new_area <- as.numeric(!is.na(d$first_new_area) & d$year >= d$first_new_area)
  d <- d[complete.cases(d[c("D")]), ]
  early <- d$year < min(d$first_new_area, na.rm = TRUE)
  units <- aggregate(d[early, c("ln_gdp_pc", "urban_rate"), drop = FALSE], list(province = d$province[early]), mean, na.rm = TRUE)
  units$ever <- as.numeric(units$province %in% d$province[!is.na(d$first_new_area)])
  units <- units[complete.cases(units), ]
  fit <- glm(ever ~ ln_gdp_pc + urban_rate, binomial("logit"), units, control = list(epsilon = 1e-14, maxit = 100))
  units$score <- fitted(fit)
  one <- units$ever == 1
  inside <- !one | (units$score >= min(units$score[!one]) & units$score <= max(units$score[!one]))
  units <- units[inside, ]
  one <- units$ever == 1
  near <- (function(u) pmax(1 - u^2, 0))(outer(units$score[one], units$score[!one], "-") / 0.2)
  matched <- rowSums(near) > 0
  units$share <- 0
  units$share[one] <- as.numeric(matched)
  units$share[!one] <- colSums((near / rowSums(near))[matched, , drop = FALSE])
  d$share <- units$share[match(d$province, units$province)]
  d <- d[!is.na(d$share) & d$share > 0, ]
  fit <- lm(D ~ treat_new_area + factor(province) + factor(year), data = d, weights = share)
  found <- clustered(fit, d[c("province")], 14)
  keep("kernel", "new_area", coef(fit)[["treat_new_area"]], found$se[["treat_new_area"]], nobs(fit), found$factor)
  if (installed("fixest")) print(fixest::feols(D ~ treat_new_area | province + year, data = d, vcov = ~province, weights = ~share))
})

model("twins", c("Matching", "sandwich"), {
  d <- panel
  d <- d[is.na(d$first_new_area) | d$first_new_area > min(d$year), ]
  d$first_new_area[which(d$first_new_area > max(d$year))] <- NA
  d$treat_new_area <- as.numeric(!is.na(d$first_new_area) & d$year >= d$first_new_area)
  d <- d[complete.cases(d[c("D")]), ]
  early <- d$year < min(d$first_new_area, na.rm = TRUE)
  units <- aggregate(d[early, c("ln_gdp_pc", "urban_rate"), drop = FALSE], list(province = d$province[early]), mean, na.rm = TRUE)
  units$ever <- as.numeric(units$province %in% d$province[!is.na(d$first_new_area)])
  units <- units[complete.cases(units), ]
  fit <- glm(ever ~ ln_gdp_pc + urban_rate, binomial("logit"), units, control = list(epsilon = 1e-14, maxit = 100))
  units$score <- fitted(fit)
  one <- units$ever == 1
  inside <- !one | (units$score >= min(units$score[!one]) & units$score <= max(units$score[!one]))
  units <- units[inside, ]
  one <- units$ever == 1
  one <- units$ever == 1
  found <- Matching::Match(Tr = units$ever, X = cbind(units$score), M = 2, estimand = "ATT", replace = TRUE, ties = TRUE, distance.tolerance = 1e-14)
  units$share <- 0
  lent <- tapply(found$weights, found$index.control, sum)
  units$share[as.integer(names(lent))] <- lent
  units$share[unique(found$index.treated)] <- 1
  d$share <- units$share[match(d$province, units$province)]
  d <- d[!is.na(d$share) & d$share > 0, ]
  fit <- lm(D ~ treat_new_area + factor(province) + factor(year), data = d, weights = share)
  found <- clustered(fit, d[c("province")], 14)
  keep("twins", "new_area", coef(fit)[["treat_new_area"]], found$se[["treat_new_area"]], nobs(fit), found$factor)
  if (installed("fixest")) print(fixest::feols(D ~ treat_new_area | province + year, data = d, vcov = ~province, weights = ~share))
})

model("alike", c("MatchIt", "sandwich"), {
  d <- panel
  d <- d[is.na(d$first_new_area) | d$first_new_area > min(d$year), ]
  d$first_new_area[which(d$first_new_area > max(d$year))] <- NA
  d$treat_new_area <- as.numeric(!is.na(d$first_new_area) & d$year >= d$first_new_area)
  d <- d[complete.cases(d[c("D")]), ]
  early <- d$year < min(d$first_new_area, na.rm = TRUE)
  units <- aggregate(d[early, c("ln_gdp_pc", "urban_rate"), drop = FALSE], list(province = d$province[early]), mean, na.rm = TRUE)
  units$ever <- as.numeric(units$province %in% d$province[!is.na(d$first_new_area)])
  units <- units[complete.cases(units), ]
  fit <- glm(ever ~ ln_gdp_pc + urban_rate, binomial("logit"), units, control = list(epsilon = 1e-14, maxit = 100))
  units$score <- fitted(fit)
  one <- units$ever == 1
  units$share <- MatchIt::matchit(ever ~ ln_gdp_pc + urban_rate, units, method = "nearest", distance = "mahalanobis", ratio = 1, replace = TRUE)$weights
  units$share[!one] <- units$share[!one] * sum(units$share[one]) / sum(units$share[!one])
  d$share <- units$share[match(d$province, units$province)]
  d <- d[!is.na(d$share) & d$share > 0, ]
  fit <- lm(D ~ treat_new_area + factor(province) + factor(year), data = d, weights = share)
  found <- clustered(fit, d[c("province")], 14)
  keep("alike", "new_area", coef(fit)[["treat_new_area"]], found$se[["treat_new_area"]], nobs(fit), found$factor)
  if (installed("fixest")) print(fixest::feols(D ~ treat_new_area | province + year, data = d, vcov = ~province, weights = ~share))
})

model("regimes", c("sandwich"), {
  d <- panel
  d <- d[complete.cases(d[c("D", "urban_rate", "fisc_exp_gdp")]), ]
  d <- d[!(is.na(d$ln_gdp_pc)), ]
  regime <- findInterval(d$ln_gdp_pc, c(11.211604132591996, 11.724862456706273), left.open = TRUE)
  regime[is.na(regime)] <- 2
  d$urban_rate_regime1 <- d$urban_rate * (regime == 0)
  d$urban_rate_regime2 <- d$urban_rate * (regime == 1)
  d$urban_rate_regime3 <- d$urban_rate * (regime == 2)
  fit <- lm(D ~ urban_rate_regime1 + urban_rate_regime2 + urban_rate_regime3 + fisc_exp_gdp + factor(province) + factor(year), data = d)
  found <- clustered(fit, d[c("province")], 17)
  keep("regimes", "urban_rate [ln_gdp_pc <= g1]", coef(fit)[["urban_rate_regime1"]], found$se[["urban_rate_regime1"]], nobs(fit), found$factor)
  keep("regimes", "urban_rate [g1 < ln_gdp_pc <= g2]", coef(fit)[["urban_rate_regime2"]], found$se[["urban_rate_regime2"]], nobs(fit), found$factor)
  keep("regimes", "urban_rate [ln_gdp_pc > g2]", coef(fit)[["urban_rate_regime3"]], found$se[["urban_rate_regime3"]], nobs(fit), found$factor)
  if (installed("fixest")) print(fixest::feols(D ~ urban_rate_regime1 + urban_rate_regime2 + urban_rate_regime3 + fisc_exp_gdp | province + year, data = d, vcov = ~province))
})


print(repeated, digits = 6, row.names = FALSE)
