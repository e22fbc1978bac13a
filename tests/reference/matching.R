# Scores by glm, matches and balance by MatchIt and Matching, regressions by lm and sandwich:
# writes matching.csv and matching.json. Rscript tests/reference/matching.R, from the root of the project.
suppressMessages({library(MatchIt); library(Matching); library(sandwich); library(jsonlite)})
here <- "tests/reference"

# 160 regions x 4 years, 50 of them treated from 2003; x1 to x3 are theirs before treatment, d1 and d2 take few values.
set.seed(12)
n <- 160; t <- 4
x1 <- rnorm(n); x2 <- rnorm(n) * 100 + 500; x3 <- runif(n); d1 <- sample(0:4, n, TRUE); d2 <- sample(0:2, n, TRUE)
index <- 0.7 * x1 + 0.004 * (x2 - 500) + x3 + 0.3 * d1 + rlogis(n)
treated <- as.integer(rank(-index) <= 50)
i <- rep(1:n, each = t); year <- rep(2001:(2000 + t), n)
y <- rnorm(n)[i] + 0.2 * x1[i] * (year - 2001) + 0.5 * (treated[i] & year >= 2003) + rnorm(n * t) / 2
made <- data.frame(region = sprintf("r%03d", i), year, start = ifelse(treated[i] == 1, 2003, 0),
                   area = sprintf("a%d", i %% 3), round(data.frame(y, x1 = x1[i], x2 = x2[i], x3 = x3[i]), 6),
                   d1 = d1[i], d2 = d2[i])
write.csv(made, file.path(here, "matching.csv"), row.names = FALSE, quote = FALSE)
made <- read.csv(file.path(here, "matching.csv"))
units <- made[made$year == 2001, ]
units$treated <- as.integer(units$start > 0)
rownames(units) <- units$region
made$D <- as.integer(made$start > 0 & made$year >= 2003)

results <- list()
keep <- function(name, peer, ...) results[[name]] <<- c(list(peer = peer), lapply(list(...), as.list))

# Scores. glm prints errors of the expected information; for the probit those of the observed one stand beside.
f <- treated ~ x1 + x2 + x3
for (link in c("logit", "probit")) {
  fit <- glm(f, binomial(link), units, control = list(epsilon = 1e-14, maxit = 100))
  null <- glm(treated ~ 1, binomial(link), units, control = list(epsilon = 1e-14))
  x <- model.matrix(fit); q <- 2 * units$treated - 1; e <- drop(x %*% coef(fit))
  mills <- q * dnorm(e) / pnorm(q * e)
  observed <- sqrt(diag(solve(t(x) %*% (x * mills * (mills + e)))))
  keep(link, "R", estimate = coef(fit),
       std_error = if (link == "logit") sqrt(diag(vcov(fit))) else observed,
       fit = list(pseudo_r2 = 1 - as.numeric(logLik(fit) / logLik(null)), chi2 = 2 * as.numeric(logLik(fit) - logLik(null)),
                  p_value = pchisq(2 * as.numeric(logLik(fit) - logLik(null)), 3, lower.tail = FALSE)),
       score = setNames(fitted(fit), units$region))
}

# The difference-in-differences of matched regions: weighted least squares on dummies, clustered by region.
regression <- function(weight) {
  rows <- cbind(made, w = weight[made$region])
  rows <- rows[rows$w > 0, ]
  fit <- lm(y ~ D + factor(region) + factor(year), rows, weights = w)
  list(estimate = unname(coef(fit)["D"]), std_error = sqrt(diag(vcovCL(fit, cluster = ~region, type = "HC1")))[["D"]],
       rows = nrow(rows), regions = length(unique(rows$region)))
}
# Matches on the score by Matching: MatchIt 4.5.1 does not find the nearest score here (its issues 159 and 163).
# Without replacement the treated of the highest scores come first, as they stand in the data.
score <- list(logit = NULL, probit = NULL)
for (link in names(score)) score[[link]] <- fitted(glm(f, binomial(link), units, control = list(epsilon = 1e-14, maxit = 100)))
match <- function(link = "logit", m = 1, replace = TRUE, caliper = NULL, within = NULL, rows = units$region) {
  p <- score[[link]][rows]
  rows <- rows[order(-units[rows, "treated"], -p)]
  p <- score[[link]][rows]
  x <- if (is.null(within)) cbind(p) else cbind(p, as.integer(factor(units[rows, within])))
  wide <- apply(x, 2, sd)
  found <- Match(Tr = units[rows, "treated"], X = x, M = m, replace = replace, ties = replace, estimand = "ATT",
                 exact = if (!is.null(within)) c(FALSE, TRUE),
                 caliper = if (!is.null(caliper)) c(caliper / wide[1], if (!is.null(within)) 1), distance.tolerance = 1e-14)
  weight <- setNames(numeric(nrow(units)), units$region)
  lent <- tapply(found$weights, rows[found$index.control], sum)
  own <- tapply(found$weights, rows[found$index.treated], sum)
  # Matching gives each treated unit a sum of one over its matches.
  weight[names(lent)] <- lent; weight[names(own)] <- 1
  weight
}
pooled <- function(p) sqrt((var(p[units$treated == 1]) + var(p[units$treated == 0])) / 2)
range <- range(score$logit[units$treated == 0])
inside <- units$region[units$treated == 0 | (score$logit >= range[1] & score$logit <= range[2])]
weights <- list(
  "one" = match(), "three" = match(m = 3), "on a probit" = match("probit"), "exact" = match(within = "area"),
  "caliper" = match(caliper = 0.003), "caliper in sd" = match(caliper = 0.01 * pooled(score$logit)),
  "common support" = match(rows = inside), "no replacement" = match(replace = FALSE),
  "no replacement, two" = match(m = 2, replace = FALSE), "no replacement, caliper" = match(replace = FALSE, caliper = 0.003))
control <- units$treated == 0
lent <- function(weight) weight[control & weight > 0]
counts <- function(weight) list(treated = sum(weight[!control] > 0), controls = sum(weight[control] > 0))
for (name in names(weights)) keep(name, "Matching", weight = lent(weights[[name]]), matched = counts(weights[[name]]))

# Matches on the Mahalanobis distance by MatchIt, which takes the covariance within groups, and its balance.
columns <- c("x1", "x2", "x3")
calls <- list(
  "mahalanobis" = list(distance = "mahalanobis"), "mahalanobis, two" = list(distance = "mahalanobis", ratio = 2),
  "mahalanobis, caliper" = list(distance = score$logit, mahvars = ~ x1 + x2 + x3, caliper = 0.03, std.caliper = FALSE))
for (name in names(calls)) {
  found <- do.call(matchit, c(list(f, data = units, method = "nearest", replace = TRUE), calls[[name]]))
  share <- setNames(found$weights, units$region)
  # Its control weights sum to the number of controls used, ours to that of the treated matched.
  share[control] <- share[control] * sum(share[!control] > 0) / sum(share[control] > 0)
  weights[[name]] <- share
  table <- summary(found)
  pick <- function(part, column) table[[part]][columns, column]
  # Its variances divide by 1 - sum of squared weights (weights summing to one); pstest's by W/(W - 1), W the sum of weights.
  scale <- function(w) (1 - sum((w / sum(w))^2)) * sum(w) / (sum(w) - 1)
  keep(name, "MatchIt", weight = lent(share), matched = counts(share),
       mean_treated = pick("sum.matched", "Means Treated"), mean_control = pick("sum.matched", "Means Control"),
       smd_before = pick("sum.all", "Std. Mean Diff."), smd_after = pick("sum.matched", "Std. Mean Diff."),
       ratio_before = pick("sum.all", "Var. Ratio"),
       ratio_after = pick("sum.matched", "Var. Ratio") * scale(share[!control]) / scale(share[control]))
  # t after matching as a regression under importance weights prints it: n is the sum of the weights.
  rows <- share > 0
  after <- sapply(columns, function(x) {
    fit <- summary(lm(units[rows, x] ~ units$treated[rows], weights = share[rows]))
    fit$coefficients[2, 3] * sqrt((sum(share) - 2) / (sum(rows) - 2))
  })
  keep(paste(name, "t"), "R", after = after)
}
for (name in names(weights)) {
  found <- regression(weights[[name]])
  keep(paste(name, "regression"), "sandwich", estimate = found["estimate"], std_error = found["std_error"],
       size = found[c("rows", "regions")])
}
keep("before", "R", t = sapply(c("x1", "x2", "x3"), function(x)
  unname(t.test(units[units$treated == 1, x], units[units$treated == 0, x], var.equal = TRUE)$statistic)),
  prob = sapply(c("x1", "x2", "x3"), function(x) t.test(units[units$treated == 1, x], units[units$treated == 0, x], var.equal = TRUE)$p.value))
before <- MatchBalance(f, data = units, print.level = 0, ks = FALSE)$BeforeMatching
keep("bias", "Matching", before = setNames(sapply(before, function(b) b$sdiff.pooled), c("x1", "x2", "x3")))

# Ties: columns of few values; every control at the smallest distance lends the same.
tied <- fitted(glm(treated ~ d1 + d2, binomial, units, control = list(epsilon = 1e-14)))
for (m in c(1, 2)) {
  found <- Match(Tr = units$treated, X = tied, M = m, estimand = "ATT", ties = TRUE, distance.tolerance = 1e-12)
  lent <- tapply(found$weights, units$region[found$index.control], sum)
  keep(paste("ties", m), "Matching", weight = as.list(lent))
}
# The 110 others as the treated: more than there are controls, which lend at most once without replacement.
other <- 1 - units$treated
tied <- fitted(glm(other ~ d1 + d2, binomial, units, control = list(epsilon = 1e-14)))
found <- Match(Tr = other, X = tied, M = 1, replace = FALSE, ties = FALSE, distance.tolerance = 1e-14)
keep("ties without replacement", "Matching", weight = list(largest = max(table(found$index.control))),
     matched = list(treated = length(unique(found$index.treated))))

# Mean effects of neighbours on the change of the mean outcome, and their errors (Abadie and Imbens 2006, 2011): on the
# score, and on the Mahalanobis distance of the covariance within groups. Match divides columns by their deviations first.
# Var.calc = 1: the variance of the outcome by the nearest of the same group.
mean_of <- function(years) tapply(made$y[made$year %in% years], made$region[made$year %in% years], mean)[units$region]
change <- as.numeric(mean_of(2003:2004) - mean_of(2001:2002))
x <- as.matrix(units[, columns])
centred <- x - apply(x, 2, function(v) ave(v, units$treated))
within <- crossprod(centred) / (nrow(x) - 2)
own <- diag(apply(x, 2, sd)) %*% solve(within) %*% diag(apply(x, 2, sd))
for (estimand in c("ATT", "ATC", "ATE")) for (m in c(1, 3)) for (how in c("score", "mahalanobis")) {
  mean_effect <- function(...) {
    found <- if (how == "score") Match(change, units$treated, score$logit, M = m, estimand = estimand, Weight = 1, Var.calc = 1, distance.tolerance = 1e-14, ...)
      else Match(change, units$treated, x, M = m, estimand = estimand, Weight = 3, Weight.matrix = own, Var.calc = 1, distance.tolerance = 1e-14, ...)
    list(estimate = found$est[1], std_error = found$se[1])
  }
  ours <- c(ATT = "att", ATC = "atu", ATE = "ate")[[estimand]]
  keep(paste("effects", how, ours, m), "Matching", plain = mean_effect())
  if (how == "mahalanobis") keep(paste("effects", how, ours, m), "Matching", plain = mean_effect(), corrected = mean_effect(Z = x, BiasAdjust = TRUE))
}

# Fractional logit of a share on the policy, cohort and year dummies, a control and its region means.
made$share <- 1 / (1 + exp(-made$y / 2))
made$c <- made$x1 * (made$year - 2002) + made$y^2 / 10
made$mean <- ave(made$c, made$region)
fit <- glm(share ~ factor(start) + factor(year) + mean + c + D, quasibinomial, made, control = list(epsilon = 1e-14, maxit = 100))
v <- vcovCL(fit, cluster = ~region, type = "HC0", cadjust = FALSE)
x <- model.matrix(fit); off <- x; off[, "D"] <- 0
on <- made$D == 1
effect <- mean((plogis(x %*% coef(fit)) - plogis(off %*% coef(fit)))[on])
slope <- colMeans((x * dlogis(drop(x %*% coef(fit))) - off * dlogis(drop(off %*% coef(fit))))[on, ])
keep("fractional logit", "sandwich", estimate = list(policy = effect), std_error = list(policy = sqrt(drop(slope %*% v %*% slope))))

packages <- c("MatchIt", "Matching", "sandwich")
versions <- c(list(R = paste(R.version$major, R.version$minor, sep = ".")),
              sapply(packages, function(p) as.character(packageVersion(p)), simplify = FALSE))
writeLines(toJSON(list(versions = versions, results = results), digits = I(17), auto_unbox = TRUE, pretty = 1),
           file.path(here, "matching.json"))
