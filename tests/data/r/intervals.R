suppressMessages(library(survival)); options(digits=17)
show <- function(name, time, event, at) for (type in c("plain","log","log-log")) {
  f <- survfit(Surv(time, event) ~ 1, conf.type=type)
  cat(name, type, "surv", f$surv, "\n"); cat(name,type,"low", f$lower,"\n"); cat(name,type,"high",f$upper,"\n")
  cat(name,type,"time",f$time,"\n"); cat(name,type,"nrisk",f$n.risk,"\n"); cat(name,type,"se",f$std.err,"\n")
  s <- summary(f, times=at, extend=TRUE); cat(name,type,"at",s$time, s$surv,s$lower,s$upper,s$n.risk,"\n")
  q <- quantile(f, 0.5); cat(name,type,"median",q$quantile,q$lower,q$upper,"\n") }
show("atkins", c(0.4,0.7,0.9,1.4,1.9,2.2,2.8,rep(5,16)), c(rep(1,7),rep(0,16)), c(1,3))
show("aml", c(9,13,13,18,23,28,31,34,45,48,161), c(1,1,0,1,1,0,1,1,0,1,0), c(10,13,25,100))
show("ties", c(1,1,1,2,2,3,3,3,4,5,5,6,7,7), c(1,0,1,1,0,0,1,1,0,1,1,0,1,1), c(1,2,3,5,7))
show("half", c(1,2,3,4), c(1,1,1,1), c(1,2,3))
for (p in list(c(0,23),c(8,23),c(16,23),c(23,23),c(2,24),c(1,24))) { b<-binom.test(p[1],p[2]); cat("binom",p,b$conf.int,"\n"); b<-binom.test(p[1],p[2],conf.level=.9); cat("binom90",p,b$conf.int,"\n")}
for (p in list(c(0,179),c(167,140),c(3,48))) { b<-poisson.test(p[1],p[2]); cat("pois",p,b$conf.int,"\n") }
