# Writes notebooks/cpus.csv: computers of about 1980, their parts and speed (r-cran-mass).
# Source: Ein-Dor and Feldmesser (1987), Communications of the ACM 30, as MASS::cpus has it, without
# the speeds that the authors estimated.
cpus <- MASS::cpus
cpus$estperf <- NULL
write.csv(cpus, "notebooks/cpus.csv", row.names = FALSE, quote = FALSE)
