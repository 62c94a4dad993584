# Opens every table of the export by its name and asks who gains and who loses in the last year.
# Needs install.packages(c("arrow", "dplyr")). Run it in this folder.
library(arrow)
library(dplyr)

files <- list.files(pattern = "\\.parquet$")
release <- setNames(lapply(files, open_dataset), sub("\\.parquet$", "", files))

release$party_impact |>
  inner_join(select(release$scenario, scenario, horizon), by = "scenario") |>
  filter(measure == "margin_change_eur", is.na(initiative), year == horizon) |>
  select(scenario, party, mean, p10, p90) |>
  arrange(scenario, mean) |>
  collect() |>
  print(n = 50)
