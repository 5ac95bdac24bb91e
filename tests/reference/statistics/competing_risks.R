# R 4.2.2, cmprsk 2.2-11. Run from the repository root. Numbers are quoted in tests/reference/test_competing_risks_against_r.py.
suppressMessages(library(cmprsk)); options(digits = 15)
d <- read.csv("tests/data/ebmt3/ebmt3.csv"); tcd <- as.integer(d$tcd == "TCD"); mis <- as.integer(d$drmatch == "Gender mismatch")
t <- ifelse(d$prstat == 1, d$prtime, d$rfstime); s <- ifelse(d$prstat == 1, 1, ifelse(d$rfsstat == 1, 2, 0))
print(timepoints(cuminc(t, s), c(28, 100, 365, 1825)), digits = 15)
print(timepoints(cuminc(t, s, tcd), c(28, 100, 365)), digits = 15)
print(cuminc(t, s, tcd)$Tests, digits = 15)
print(cuminc(t, s, d$age, strata = d$dissub)$Tests, digits = 15)
print(cuminc(t, s, d$age, rho = 1)$Tests, digits = 15)
for (cause in 1:2) {
  f <- crr(t, s, cbind(tcd, mis), failcode = cause, gtol = 1e-12, maxiter = 100)
  print(f$coef, digits = 15); print(f$var, digits = 15); print(c(f$loglik, f$loglik.null), digits = 15)
}
