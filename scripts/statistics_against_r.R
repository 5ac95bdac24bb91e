# Rscript scripts/statistics_against_r.R STATISTIC DATA.json ANSWERS.json: what R says of every data set in a file.
# Needs survival, cmprsk, MASS, nlme, metafor, jsonlite; mstate, logistf, survRM2, PSweight for their statistics.
# An answer is a list of named numbers, or list(refused = message). Warnings stand beside it.
suppressMessages({ library(survival); library(jsonlite) })
space <- asNamespace("survival") # the package stops Turnbull's iteration at 5e-5
tight <- eval(parse(text = gsub("5e-05", "1e-10", deparse(space$survfitTurnbull), fixed = TRUE)))
environment(tight) <- space; assignInNamespace("survfitTurnbull", tight, "survival")
exactly <- coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 60)
matrix_of <- function(x, n) matrix(unlist(x), nrow = n, byrow = TRUE)
one_time <- function(t) aeqSurv(Surv(t, rep(1, length(t))))[, 1] # cmprsk takes times split by rounding as they are
ranks <- function(t) match(one_time(t), sort(unique(one_time(t)))) # it is off at a time of zero
ask <- list()

ask$kaplan_meier <- function(d) {
  out <- list()
  for (kind in c("plain", "log", "log-log")) {
    f <- survfit(Surv(d$time, d$event) ~ 1, conf.type = kind)
    out[[paste0("low_", kind)]] <- f$lower; out[[paste0("high_", kind)]] <- f$upper
  }
  m <- quantile(f, 0.5)
  c(list(time = f$time, at_risk = f$n.risk, events = f$n.event, survival = f$surv, error = f$std.err,
         median = unname(c(m$quantile, m$lower, m$upper))), out)
}

ask$log_rank <- function(d) {
  f <- survdiff(Surv(time, event) ~ group + strata(stratum), as.data.frame(d[c("time", "event", "group", "stratum")]), rho = d$rho)
  total <- function(x) if (is.matrix(x)) rowSums(x) else x
  list(observed = unname(total(f$obs)), expected = unname(total(f$exp)), covariance = as.vector(f$var), chi_square = f$chisq,
       degrees = sum(total(f$exp) > 0) - 1)
}

ask$one_sample_log_rank <- function(d) {
  f <- survdiff(Surv(rep(1, length(d$event)), d$event) ~ offset(exp(-d$hazard)))
  e <- sum(d$hazard); p <- poisson.test(sum(d$event), e)
  list(observed = f$obs, expected = f$exp, chi_square = f$chisq, interval = as.vector(p$conf.int))
}

ask$restricted_mean <- function(d) {
  one <- function(keep) {
    f <- survfit(Surv(d$time[keep], d$event[keep]) ~ 1)
    c(summary(f, rmean = d$horizon)$table[c("rmean", "se(rmean)")], min(f$surv), max(f$time))
  }
  a <- one(d$group == 0); b <- one(d$group == 1)
  rm2 <- survRM2:::rmst1(d$time[d$group == 0], d$event[d$group == 0], d$horizon)$result[1, ]
  list(mean = unname(c(a[1], b[1])), error = unname(c(a[2], b[2])), left = unname(c(a[3], b[3])), last = unname(c(a[4], b[4])),
       second_package = unname(rm2[1:2]))
}

ask$cox <- function(d) {
  n <- length(d$time); x <- matrix_of(d$x, n)
  s <- if (any(d$entry >= 0)) Surv(d$entry, d$time, d$event) else Surv(d$time, d$event)
  if (anyNA(s)) stop("entry at or after the end")
  f <- coxph(s ~ x + strata(d$stratum), weights = d$weight, ties = if (d$efron) "efron" else "breslow", robust = d$robust,
             cluster = if (d$robust) d$cluster, control = exactly)
  v <- if (is.null(f$naive.var)) f$var else f$naive.var
  list(estimate = unname(coef(f)), covariance = as.vector(f$var), model = as.vector(v), loglik = f$loglik,
       score = unname(f$score), iterations = f$iter)
}

ask$cumulative_incidence <- function(d) {
  d$time <- one_time(d$time); f <- cmprsk::cuminc(d$time, d$status)
  at <- sort(unique(d$time)); r <- cmprsk::timepoints(f["1 1"], at)
  list(time = at, incidence = as.vector(r$est), variance = as.vector(r$var))
}

ask$gray <- function(d) {
  f <- cmprsk::cuminc(ranks(d$time), d$status, d$group, d$stratum, rho = d$rho)
  if (is.null(f$Tests)) stop("no test")
  list(chi_square = unname(f$Tests["1", "stat"]), degrees = unname(f$Tests["1", "df"]), groups = length(unique(d$group)))
}

ask$fine_gray <- function(d) {
  n <- length(d$time); x <- matrix_of(d$x, n)
  f <- cmprsk::crr(ranks(d$time), d$status, x, failcode = 1, cencode = 0, gtol = 1e-10, maxiter = 60)
  list(estimate = unname(f$coef), covariance = as.vector(f$var), loglik = c(f$loglik.null, f$loglik), converged = f$converged)
}

ask$negative_binomial <- function(d) {
  n <- length(d$y); none <- length(unlist(d$x)) == 0; d$x <- if (!none) matrix_of(d$x, n)
  d <- d[!sapply(d, is.null)]; form <- if (none) y ~ 1 + offset(log(exposure)) else y ~ x + offset(log(exposure))
  f <- MASS::glm.nb(form, d, control = glm.control(maxit = 500, epsilon = 1e-12))
  p <- glm(form, poisson, d)
  list(estimate = unname(coef(f)), error = unname(sqrt(diag(vcov(f)))), theta = f$theta, loglik = f$twologlik / 2,
       poisson = as.numeric(logLik(p)), converged = f$converged)
}

ask$firth <- function(d) {
  n <- length(d$event); x <- matrix_of(d$x, n)
  if (qr(cbind(1, scale(x)))$rank <= ncol(x)) stop("covariates determine each other")
  unit <- apply(x, 2, sd); x <- sweep(x, 2, unit, "/") # it stops short, or at its limit of steps, in raw units
  control <- logistf::logistf.control(maxit = 300, maxstep = 5, lconv = 1e-10, gconv = 1e-10, xconv = 1e-10)
  f <- logistf::logistf(d$event ~ x, control = control, plcontrol = logistf::logistpl.control(maxit = 300, maxstep = 5, lconv = 1e-10, xconv = 1e-10))
  s <- c(1, unit)
  list(estimate = unname(f$coefficients / s), covariance = as.vector(f$var / outer(s, s)), low = unname(f$ci.lower / s),
       high = unname(f$ci.upper / s), p_value = unname(f$prob), loglik = max(f$loglik) + sum(log(unit)), iterations = f$iter)
}

ask$repeated <- function(d) {
  suppressMessages(library(nlme))
  d$v <- factor(d$visit); d$step <- as.integer(d$v); g <- as.data.frame(d[c("subject", "v", "step", "group", "value")])
  f <- gls(value ~ v - 1 + v:group, g, correlation = corSymm(form = ~ step | subject), weights = varIdent(form = ~ 1 | v),
           method = if (d$full) "ML" else "REML",
           control = glsControl(maxIter = 500, msMaxIter = 2000, tolerance = 1e-10, msTol = 1e-13))
  list(estimate = unname(coef(f)), covariance = as.vector(f$varBeta), loglik = as.numeric(f$logLik))
}

ask$overlap <- function(d) {
  n <- length(d$treated); x <- scale(matrix_of(d$x, n)); colnames(x) <- paste0("x", seq_len(ncol(x)))
  g <- data.frame(treated = d$treated, outcome = d$outcome, x)
  f <- suppressWarnings(glm(treated ~ ., binomial, g[setdiff(names(g), "outcome")], control = glm.control(epsilon = 1e-13, maxit = 100)))
  if (any(is.na(coef(f)))) stop("covariates determine each other")
  p <- fitted(f)
  if (max(abs(coef(f)[-1] * apply(x, 2, sd))) > 15) stop("the score runs to 0 and 1")
  w <- PSweight::PSweight(ps.formula = as.formula(paste("treated ~", paste(colnames(x), collapse = "+"))), yname = "outcome", data = g, weight = "overlap")
  s <- summary(w)$estimates
  list(treated = unname(w$muhat["1"]), control = unname(w$muhat["0"]), difference = s[1, 1], error = s[1, 2], score = unname(p))
}

ask$meta <- function(d) {
  suppressMessages(library(metafor))
  f <- rma(d$effect, d$variance, method = d$method, test = d$test, control = list(maxiter = 5000, threshold = 1e-11, stepadj = 0.5))
  p <- predict(f)
  t <- if (d$method == "EE") c(NA, NA) else confint(f, control = list(tol = 1e-12, tau2.max = 1e7))$random[1, 2:3]
  list(estimate = as.vector(f$beta), error = f$se, interval = c(f$ci.lb, f$ci.ub),
       prediction = if (is.null(p$pi.lb)) c(NA, NA) else c(p$pi.lb, p$pi.ub),
       tau2 = f$tau2, tau2_interval = unname(t), i2 = f$I2, h2 = f$H2, q = f$QE, q_p = f$QEp,
       loglik = as.numeric(logLik(f, REML = TRUE)))
}

ask$proportions <- function(d) {
  suppressMessages(library(metafor))
  f <- rma.glmm(measure = "PLO", xi = d$event, ni = d$total, nAGQ = 25)
  list(estimate = as.vector(f$beta), error = f$se, tau2 = f$tau2, loglik = f$fit.stats["ll", "ML"])
}

ask$turnbull <- function(d) {
  right <- as.numeric(ifelse(d$until < 0, NA, d$until))
  left <- ifelse(d$after == 0 & !(!is.na(right) & right == 0), NA_real_, d$after)
  both <- is.na(left) & is.na(right); left[both] <- 0
  f <- survfit(Surv(left, right, type = "interval2") ~ 1)
  at <- sort(unique(c(d$after, d$until[d$until >= 0])))
  free <- sapply(at, function(a) { j <- sum(f$time <= a + 1e-9); if (j == 0) 1 else f$surv[j] })
  list(at = at, free = free)
}

ask$states <- function(d) {
  g <- as.data.frame(d); g <- g[order(g$subject, g$start), ]
  state <- c("zero", "one", "two", "three")
  g$event <- factor(ifelse(g$target < 0, "censor", state[pmax(g$target, 0) + 1]), levels = c("censor", state))
  g$now <- factor(state[g$begin + 1], levels = state)
  f <- survfit(Surv(start, end, event) ~ 1, g, id = subject, istate = now)
  k <- match(state, f$states)
  pick <- function(m, fill) { m <- matrix(m, ncol = length(f$states)); o <- matrix(fill, nrow(m), 4); o[, !is.na(k)] <- m[, k[!is.na(k)]]; o }
  list(time = f$time, p = as.vector(t(pick(f$pstate, 0))), error = as.vector(t(pick(f$std.err, 0))))
}

ask$exact <- function(d) {
  b <- binom.test(d$events, d$total, conf.level = d$level)$conf.int
  p <- poisson.test(d$events, d$exposure, conf.level = d$level)$conf.int
  list(proportion = as.vector(b), rate = as.vector(p))
}

ask$fisher <- function(d) {
  out <- c()
  for (a in 0:d$unknown[1]) for (b in 0:d$unknown[2]) {
    x <- d$events[1] + a; y <- d$events[2] + b; n <- d$known + d$unknown
    out <- c(out, fisher.test(matrix(c(x, n[1] - x, y, n[2] - y), 2))$p.value)
  }
  list(p_value = out)
}

given <- commandArgs(trailingOnly = TRUE)
sets <- fromJSON(given[2], simplifyVector = TRUE, simplifyDataFrame = FALSE, simplifyMatrix = FALSE)
answer <- function(d) {
  said <- character()
  out <- tryCatch(withCallingHandlers(ask[[given[1]]](d), warning = function(w) {
    said <<- c(said, conditionMessage(w)); invokeRestart("muffleWarning") }),
    error = function(e) list(refused = paste(conditionMessage(e), collapse = " ")))
  c(out, list(warnings = unique(said)))
}
invisible(capture.output(answers <- lapply(sets, answer)))
write_json(answers, given[3], digits = I(17), auto_unbox = FALSE, na = "string", null = "list")
