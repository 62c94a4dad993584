-- The present value of the whole scenario, beside the size of the party.
SELECT scenario, party, name, side, mean AS present_value_eur, p10 AS present_value_eur_p10,
    p50 AS present_value_eur_p50, p90 AS present_value_eur_p90, mean / nullif(own.size_eur, 0) AS share_of_size
FROM party_impact JOIN party USING (party)
LEFT JOIN (
    SELECT scenario, party, any_value(size_eur) AS size_eur FROM party_baseline GROUP BY scenario, party
) AS own USING (scenario, party)
WHERE measure = 'present_value_eur' AND initiative IS NULL
