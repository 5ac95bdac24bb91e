# Makes the small invented data sets of tests/data/statistics; run from the repository root: Rscript tests/reference/statistics/make_data.R
set.seed(20261122)
out <- "tests/data/statistics"
n <- 160
arm <- rep(0:1, n / 2); age <- round(rnorm(n, 36, 8)); years <- round(runif(n, 0.4, 4), 2)
relapses <- rnbinom(n, size = 1.3, mu = years * exp(-0.4 - 0.7 * arm - 0.01 * (age - 36)))
write.csv(data.frame(subject = 1:n, arm, age, years, relapses), file.path(out, "relapses.csv"), row.names = FALSE)

n <- 70; visits <- 5
truth <- diag(c(1, 1.1, 1.3, 1.4, 1.6)) %*% (0.55^abs(outer(1:5, 1:5, "-"))) %*% diag(c(1, 1.1, 1.3, 1.4, 1.6))
arm <- rep(0:1, n / 2)
y <- matrix(rnorm(n * visits), n) %*% chol(truth) + outer(arm, -0.25 * (0:4)) + 4
long <- data.frame(subject = rep(1:n, each = visits), visit = rep(1:visits, n), arm = rep(arm, each = visits), value = round(as.vector(t(y)), 3))
dropout <- rep(sample(c(5, 5, 5, 4, 3, 2), n, TRUE), each = visits)
missed <- runif(nrow(long)) < 0.06 & long$visit > 1
write.csv(long[long$visit <= dropout & !missed, ], file.path(out, "repeated.csv"), row.names = FALSE)

n <- 240
age <- round(rnorm(n, 36, 8)); edss <- round(2 * pmin(7, pmax(1, rnorm(n, 4, 1.4)))) / 2; female <- rbinom(n, 1, 0.65)
treated <- rbinom(n, 1, plogis(-0.6 - 0.05 * (age - 36) + 0.5 * (edss - 4)))
change <- round(0.3 * (edss - 4) - 0.4 * treated + rnorm(n), 3)
worse <- rbinom(n, 1, plogis(-1 - 0.8 * treated + 0.3 * (edss - 4)))
time <- round(rexp(n, 0.2 * exp(-0.7 * treated + 0.2 * (edss - 4))), 2) + 0.01
event <- as.integer(time < 5); time <- pmin(time, 5)
write.csv(data.frame(subject = 1:n, age, edss, female, treated, change, worse, time, event), file.path(out, "cohorts.csv"), row.names = FALSE)

n <- 60
treated <- rep(0:1, c(35, 25)); age <- round(rnorm(n, 36, 8)); event <- rbinom(n, 1, plogis(-2.2 + 0.06 * (age - 36))); event[treated == 1] <- 0
write.csv(data.frame(subject = 1:n, treated, age, event), file.path(out, "few_events.csv"), row.names = FALSE)
