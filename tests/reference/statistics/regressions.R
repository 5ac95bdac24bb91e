# R 4.2.2, MASS 7.3-58.2, nlme 3.1-162, brglm2 0.9, numDeriv 2016.8. Run from the repository root (about a minute).
# Numbers are quoted in tests/reference/test_regressions_against_r.py.
options(digits = 15); suppressMessages({ library(MASS); library(nlme); library(brglm2); library(numDeriv) })
cat("== glm.nb\n")
r <- read.csv("tests/data/statistics/relapses.csv")
for (model in list(relapses ~ arm + age + offset(log(years)), relapses ~ 1 + offset(log(years)))) {
  f <- glm.nb(model, r, control = glm.control(epsilon = 1e-15, maxit = 200))
  theta <- theta.ml(r$relapses, fitted(f), limit = 200, eps = 1e-14)  # glm.nb stops its SE.theta one step early
  print(coef(f)); print(sqrt(diag(vcov(f)))); print(c(c(theta), attr(theta, "SE"), f$twologlik), digits = 15)
}
cat("== gls: nlme's own likelihood, polished to its maximum by Newton's method\n")
d <- read.csv("tests/data/statistics/repeated.csv"); d$v <- factor(d$visit)
at <- function(p, method) gls(value ~ v * arm, d, method = method,
  correlation = corSymm(value = p[1:10], form = ~ visit | subject, fixed = TRUE), weights = varIdent(form = ~ 1 | v, fixed = setNames(exp(p[11:14]), 2:5)))
for (m in c("REML", "ML")) {
  h <- gls(value ~ v * arm, d, correlation = corSymm(form = ~ visit | subject), weights = varIdent(form = ~ 1 | v), method = m,
           control = glsControl(maxIter = 500, msMaxIter = 2000, msTol = 1e-14, tolerance = 1e-12))
  p <- c(coef(h$modelStruct$corStruct, unconstrained = FALSE), log(coef(h$modelStruct$varStruct, unconstrained = FALSE)))
  f <- function(p) as.numeric(logLik(at(p, m)))
  for (i in 1:3) { g <- grad(f, p); p <- p - solve(hessian(f, p), g); cat("largest gradient", max(abs(g)), "\n") }
  b <- at(p, m); print(unname(coef(b)), digits = 15); print(unname(sqrt(diag(vcov(b)))), digits = 15); print(as.numeric(b$logLik), digits = 15)
  print(unname(b$sigma^2 * exp(2 * c(0, p[11:14]))), digits = 15); print(unname(p[1:10]), digits = 15)
}
cat("== firth\n")
e <- read.csv("tests/data/statistics/few_events.csv")
b <- glm(event ~ treated + age, binomial, e, method = "brglmFit", type = "AS_mean", epsilon = 1e-14, maxit = 1000); print(coef(b)); print(sqrt(diag(vcov(b))))
pl <- function(X, y, b) { eta <- drop(X %*% b); p <- plogis(eta); sum(y * eta - log1p(exp(eta))) + 0.5 * c(determinant(crossprod(X * sqrt(p * (1 - p))))$modulus) }
profile_at <- function(X, y, j, at) {
  g <- function(z) { b <- rep(0, ncol(X)); b[-j] <- z; b[j] <- at; -pl(X, y, b) }
  z <- rep(0, ncol(X) - 1); for (k in 1:6) z <- optim(z, g, method = "BFGS", control = list(reltol = 1e-16, maxit = 1e4))$par
  -g(suppressWarnings(nlm(g, z, gradtol = 1e-12, steptol = 1e-14))$estimate)
}
X <- cbind(1, e$treated, e$age - mean(e$age)); b <- coef(glm(e$event ~ X - 1, binomial, method = "brglmFit", type = "AS_mean", epsilon = 1e-14, maxit = 1000))
best <- pl(X, e$event, b); print(best)
for (j in 2:3) {
  h <- function(at) 2 * (best - profile_at(X, e$event, j, at)) - qchisq(0.95, 1); w <- c(6, 0.4)[j - 1]
  print(c(uniroot(h, c(b[j] - w, b[j]), tol = 1e-12)$root, uniroot(h, c(b[j], b[j] + w), tol = 1e-12)$root, pchisq(h(0) + qchisq(0.95, 1), 1, lower = FALSE)))
}
cat("== overlap weights: stacked estimating equations with numerical derivatives\n")
d <- read.csv("tests/data/statistics/cohorts.csv")
g <- glm(treated ~ age + edss + female, binomial, d, control = glm.control(epsilon = 1e-15, maxit = 100))
w <- ifelse(d$treated == 1, 1 - fitted(g), fitted(g)); X <- model.matrix(g)
for (outcome in c("change", "worse")) {
  y <- d[[outcome]]; z <- d$treated; m1 <- weighted.mean(y[z == 1], w[z == 1]); m0 <- weighted.mean(y[z == 0], w[z == 0]); th <- c(coef(g), m1, m0)
  psi <- function(th) { e <- plogis(drop(X %*% th[1:4])); cbind(X * (z - e), z * (1 - e) * (y - th[5]), (1 - z) * e * (y - th[6])) }
  A <- jacobian(function(t) colSums(psi(t)), th); V <- solve(A) %*% crossprod(psi(th)) %*% t(solve(A)); k <- c(0, 0, 0, 0, 1, -1)
  print(c(m1, m0, m1 - m0, sqrt(drop(t(k) %*% V %*% k))), digits = 15)
}
