# R 4.2.2, metafor 3.8-1, lme4 1.1-31, numDeriv 2016.8. Numbers are quoted in tests/reference/test_meta_analysis_against_r.py.
suppressMessages({ library(metafor); library(lme4); library(numDeriv) }); options(digits = 15)
xi <- c(1, 3, 1, 0, 3, 0); ni <- c(24, 210, 507, 617, 41, 99)
d <- escalc(measure = "PLO", xi = xi, ni = ni); print(c(d$yi)); print(c(d$vi))
for (m in c("REML", "DL", "EE")) for (t in c("z", "knha", "adhoc")) {
  if (m == "EE" && t != "z") next
  f <- rma(yi, vi, data = d, method = m, test = t, control = list(threshold = 1e-14, maxiter = 10000)); p <- predict(f)
  cat(m, t, "\n"); print(c(f$beta, f$se, f$ci.lb, f$ci.ub, p$pi.lb, p$pi.ub, f$tau2, f$I2, f$H2, f$QE, f$QEp), digits = 15)
  if (m == "REML" && t == "z") print(confint(f, control = list(tol = 1e-14, maxiter = 10000))$random, digits = 15)
}
# rma.glmm(measure = "PLO") is glmer(cbind(xi, mi) ~ 1 + (1 | study)); its optimiser stops early, so Newton steps finish it
x2 <- c(16, 18, 33, 20, 60, 70); n2 <- c(23, 24, 41, 35, 99, 85)
for (g in list(list(xi, ni), list(x2, n2))) for (q in c(7, 25)) {
  f <- rma.glmm(measure = "PLO", xi = g[[1]], ni = g[[2]], nAGQ = q); print(c(f$beta, f$se, f$tau2), digits = 15)
  dd <- data.frame(x = g[[1]], n = g[[2]], s = 1:6)
  gm <- glmer(cbind(x, n - x) ~ 1 + (1 | s), dd, binomial, nAGQ = q, control = glmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9), tolPwrss = 1e-13))
  deviance <- update(gm, devFunOnly = TRUE); th <- c(getME(gm, "theta"), fixef(gm))
  for (i in 1:4) { s <- grad(deviance, th); H <- hessian(deviance, th); th <- th - solve(H, s) }
  print(unname(c(th[2], sqrt(solve(H / 2)[2, 2]), th[1]^2)), digits = 15)
}
