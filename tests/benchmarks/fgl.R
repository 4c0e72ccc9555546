# Writes the table fgl of R's MASS to a file, its column type called kind.

table <- MASS::fgl
names(table)[names(table) == "type"] <- "kind"
write.csv(table, commandArgs(trailingOnly = TRUE)[1], row.names = FALSE)
