# R 4.2.2, survival. The package stops Turnbull's iteration at 5e-5; here it runs to 1e-13.
library(survival)
space <- asNamespace("survival")
body_text <- gsub("5e-05", "1e-13", deparse(space$survfitTurnbull), fixed = TRUE)
tight <- eval(parse(text = body_text)); environment(tight) <- space
assignInNamespace("survfitTurnbull", tight, "survival")
options(digits = 15)
# breast cosmesis, radiotherapy alone: Finkelstein DM, Wolfe RA. Biometrics 1985;41:933
left <- c(45,6,0,46,46,7,17,7,37,0,4,15,11,22,46,46,25,46,26,46,27,36,46,32,46,5,37,15,5,0,17,40,18,26,25,11,36,5,24,1,14,19,37,34,0,33)
right <- c(NA,10,7,NA,NA,16,NA,14,44,8,11,NA,15,NA,NA,NA,37,NA,40,NA,34,44,NA,NA,NA,12,NA,NA,11,5,25,NA,NA,NA,NA,18,NA,12,NA,NA,NA,35,NA,NA,22,NA)
cat(length(left), length(right), "\n")
fit <- survfit(Surv(left, right, type = "interval2") ~ 1)
s <- summary(fit, times = c(4.5, 8.5, 12.5, 20, 30, 42, 46), extend = TRUE); print(cbind(s$time, s$surv))
# visits every 3 to 5 units with exact deaths among them
set.seed(5); n <- 60
t <- round(rexp(n, 0.1), 2); gap <- sample(3:5, n, replace = TRUE); c <- 18
l <- pmin(floor(t / gap) * gap, 15); r <- ifelse(t > 15, NA, ceiling(t / gap) * gap); ex <- runif(n) < 0.2 & t < 15
l[ex] <- t[ex]; r[ex] <- t[ex]
l[!ex & is.na(r)] <- 15
fit2 <- survfit(Surv(l, r, type = "interval2") ~ 1)
cat("l <- ", paste(l, collapse = ", "), "\nr <- ", paste(r, collapse = ", "), "\n")
s2 <- summary(fit2, times = c(3, 4, 5, 8, 10, 12, 15)); print(cbind(s2$time, s2$surv))
# Fisher and exact limits
print(fisher.test(matrix(c(3, 21, 9, 15), 2, byrow = TRUE))$p.value)
print(fisher.test(matrix(c(5, 19, 9, 15), 2, byrow = TRUE))$p.value)
print(binom.test(9, 25)$conf.int)
