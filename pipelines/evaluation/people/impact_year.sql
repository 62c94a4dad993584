-- party_impact of the whole scenario, a column a measure; a measure that no row tells of a party of its side is 0.
SELECT scenario, party, name, side, year,
    {measure_columns},
    any_value(p10) FILTER (measure = 'margin_change_eur') AS margin_change_eur_p10,
    any_value(p90) FILTER (measure = 'margin_change_eur') AS margin_change_eur_p90,
    CASE WHEN side = 'patients' THEN coalesce(any_value(mean) FILTER (measure = 'patient_km_change'), 0) END AS patient_km_change
FROM party_impact JOIN party USING (party)
WHERE initiative IS NULL AND year IS NOT NULL
GROUP BY scenario, party, name, side, year
