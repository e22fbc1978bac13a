# Panel regressions by plm, sandwich, lmtest and AER: writes panel.csv and panel.json.
# Rscript tests/reference/panel.R, from the root of the project.
suppressMessages({library(plm); library(sandwich); library(lmtest); library(AER); library(jsonlite)})
here <- "tests/reference"

# 40 regions x 16 years: x is endogenous through v and moved by z1 and z2; c is a control; region effects a move with x.
set.seed(11)
n <- 40; t <- 16
i <- rep(1:n, each = t); year <- rep(2001:(2000 + t), n)
a <- rnorm(n)[i]; v <- rnorm(n * t); z1 <- rnorm(n * t); z2 <- rnorm(n * t); c <- rnorm(n * t) + 0.3 * a
start <- sample(rep(c(2006, 2010, 0, 0), 10))[i]
x <- z1 + 0.5 * z2 + v + 0.4 * a
y <- x + 0.5 * c + a + 0.05 * (year - 2001) + 0.4 * (start > 0 & year >= start) + 0.8 * v + rnorm(n * t) * (1 + abs(z1)) / 2
kept <- as.integer(runif(n * t) < 0.85)
made <- data.frame(region = sprintf("r%02d", i), year, start, kept, round(data.frame(y, x, c, z1, z2), 6))
write.csv(made, file.path(here, "panel.csv"), row.names = FALSE, quote = FALSE)
made <- read.csv(file.path(here, "panel.csv"))
made$D <- as.numeric(made$start > 0 & made$year >= made$start)
provinces <- read.csv("data/provinces.csv")
provinces <- data.frame(region = as.character(provinces$adcode), year = provinces$year, y = log(provinces$gdp),
                        x = log(provinces$fisc_exp), c = provinces$urban_rate)

results <- list()
keep <- function(name, peer, ...) results[[name]] <<- c(list(peer = peer), lapply(list(...), as.list))
one <- function(test) list(statistic = unname(test$statistic), p_value = unname(test$p.value))
root <- function(v, names) sqrt(diag(v))[names]
xc <- c("x", "c")

for (name in c("provinces", "balanced", "unbalanced")) {
  d <- switch(name, provinces = provinces, balanced = made, unbalanced = made[made$kept == 1, ])
  f <- pdata.frame(d, index = c("region", "year"))
  pooling <- plm(y ~ x + c, f, model = "pooling")
  within <- plm(y ~ x + c, f, model = "within")
  both <- plm(y ~ x + c, f, model = "within", effect = "twoways")
  time <- plm(y ~ x + c, f, model = "within", effect = "time")
  for (model in c("pooling", "within", "both", "time")) {
    fit <- get(model)
    keep(paste(name, model), "plm", estimate = coef(fit)[xc], std_error = root(vcov(fit), xc))
  }
  keep(paste(name, "F"), "plm", oneway = one(pFtest(within, pooling)), twoway = one(pFtest(both, time)))
  plain <- lm(y ~ x + c, d)
  keep(paste(name, "pooled robust"), "sandwich",
       hc1 = root(vcovHC(plain, type = "HC1"), xc),
       cluster = root(vcovCL(plain, cluster = ~region, type = "HC1"), xc))
  keep(paste(name, "within clustered"), "plm",
       std_error = root(vcovHC(both, method = "arellano", type = "HC0", cluster = "group"), xc))
  # Driscoll and Kraay: plm has no small-sample factor under HC0; without maxlag it takes floor(T^(1/4)) lags.
  keep(paste(name, "driscoll-kraay"), "plm", within = root(vcovSCC(both, type = "HC0"), xc),
       within_4 = root(vcovSCC(both, type = "HC0", maxlag = 4), xc), pooled_4 = root(vcovSCC(pooling, type = "HC0", maxlag = 4), xc))
  dummies <- lm(y ~ x + c + factor(region) + factor(year), d)
  # Two clusters (multi0 = FALSE: the pairs of region and year, one row each, are a cluster like the others).
  two <- function(fit) root(vcovCL(fit, cluster = ~region + year, type = "HC0", cadjust = FALSE, multi0 = FALSE), xc)
  keep(paste(name, "two clusters"), "sandwich", within = two(dummies), pooled = two(plain))
  keep(paste(name, "dummies clustered"), "sandwich",
       std_error = root(vcovCL(dummies, cluster = ~region, type = "HC1"), xc))
  keep(paste(name, "dummies hc1"), "sandwich", std_error = root(vcovHC(dummies, type = "HC1"), xc))

  # Random effects and the tests beside them; plm cannot have year dummies where every region has every year.
  for (years in if (name == "unbalanced") c(FALSE, TRUE) else FALSE) {
    end <- if (years) "years" else "no years"
    formula <- if (years) y ~ x + c + factor(year) else y ~ x + c
    random <- plm(formula, f, model = "random", random.method = "swar")
    fixed <- plm(formula, f, model = "within")
    theta <- ercomp(random)$theta
    theta <- if (is.list(theta)) theta$id else theta
    named <- c("(Intercept)", xc)
    keep(paste(name, "random", end), "plm", estimate = coef(random)[named], std_error = root(vcov(random), named),
         theta = list(low = min(theta), high = max(theta)),
         cluster = root(vcovHC(random, method = "arellano", type = "sss", cluster = "group"), named))
    # Both variances on the fixed effects' s2, as in Stata's hausman, sigmaless; every piece is plm's.
    s2 <- function(fit) sum(residuals(fit)^2) / df.residual(fit)
    gap <- coef(fixed)[xc] - coef(random)[xc]
    spread <- vcov(fixed)[xc, xc] - vcov(random)[xc, xc] * s2(fixed) / s2(random)
    chi2 <- drop(gap %*% solve(spread, gap))
    keep(paste(name, "hausman", end), "plm", test = list(statistic = chi2, p_value = pchisq(chi2, 2, lower.tail = FALSE)))
    pooled <- plm(formula, f, model = "pooling")
    keep(paste(name, "breusch-pagan", end), "plm", test = one(plmtest(pooled, effect = "individual", type = "bp")))
    if (name == "unbalanced") next
    # In a balanced panel the clustered test of the region means is the same under any share taken off, so also under none.
    d$mx <- ave(d$x, d$region); d$mc <- ave(d$c, d$region)
    mundlak <- lm(y ~ x + c + mx + mc, d)
    found <- waldtest(mundlak, . ~ . - mx - mc, vcov = vcovCL(mundlak, cluster = ~region, type = "HC1"))
    keep(paste(name, "mundlak"), "sandwich", test = list(statistic = found$F[2]))
  }
}

for (name in c("balanced", "unbalanced")) {
  d <- if (name == "balanced") made else made[made$kept == 1, ]
  f <- pdata.frame(d, index = c("region", "year"))

  # The classical Hausman test, where its difference of covariances is positive definite: phtest prints no other sign.
  for (left in c("y", "c")) {
    formula <- as.formula(paste(left, "~ z1 + z2"))
    fixed <- plm(formula, f, model = "within"); random <- plm(formula, f, model = "random", random.method = "swar")
    stopifnot(eigen(vcov(fixed) - vcov(random)[-1, -1])$values > 0)
    keep(paste(name, "classical hausman", left), "plm", test = one(phtest(fixed, random)))
  }

  # Errors of a two-way regression on a policy: two-way clusters, Driscoll and Kraay with two lags.
  fit <- plm(y ~ D + x + c, f, model = "within", effect = "twoways")
  dxc <- c("D", xc)
  keep(paste(name, "policy"), "plm", estimate = coef(fit)[dxc],
       two = root(vcovDC(fit, type = "HC0"), dxc),
       driscoll_kraay = root(vcovSCC(fit, type = "HC0", maxlag = 2), dxc))
  dummies <- lm(y ~ D + x + c + factor(region) + factor(year), d)
  keep(paste(name, "policy two"), "sandwich",
       two = root(vcovCL(dummies, cluster = ~region + year, type = "HC0", cadjust = FALSE), dxc))

  # Instrumental variables.
  iv <- plm(y ~ x + c | c + z1 + z2, f, model = "within", effect = "twoways")
  one_iv <- plm(y ~ x + c | c + z1, f, model = "within", effect = "twoways")
  keep(paste(name, "iv"), "plm", estimate = coef(iv)[xc], std_error = root(vcov(iv), xc),
       cluster = root(vcovHC(iv, method = "arellano", type = "HC0", cluster = "group"), xc))
  keep(paste(name, "iv just"), "plm", estimate = coef(one_iv)[xc], std_error = root(vcov(one_iv), xc))
  peer <- ivreg(y ~ x + c + factor(region) + factor(year) | c + z1 + z2 + factor(region) + factor(year), data = d)
  diagnostics <- summary(peer, diagnostics = TRUE)$diagnostics
  test <- function(row) list(statistic = diagnostics[row, "statistic"], p_value = diagnostics[row, "p-value"])
  keep(paste(name, "iv tests"), "AER", first_stage = test("Weak instruments"), endogeneity = test("Wu-Hausman"),
       sargan = test("Sargan"))
  wald <- function(left, vcov) {
    long <- lm(as.formula(paste(left, "~ z1 + z2 + c + factor(region) + factor(year)")), d)
    found <- waldtest(long, . ~ . - z1 - z2, vcov = vcov)
    list(statistic = found$F[2])
  }
  clustered <- function(fit) vcovCL(fit, cluster = d$region, type = "HC0", cadjust = FALSE)
  keep(paste(name, "iv wald"), "lmtest", first_stage = wald("x", clustered),
       anderson_rubin = wald("y", clustered), anderson_rubin_iid = wald("y", vcov))
}

packages <- c("plm", "sandwich", "lmtest", "AER")
versions <- c(list(R = paste(R.version$major, R.version$minor, sep = ".")),
              sapply(packages, function(p) as.character(packageVersion(p)), simplify = FALSE))
writeLines(toJSON(list(versions = versions, results = results), digits = I(17), auto_unbox = TRUE, pretty = 1),
           file.path(here, "panel.json"))
