-- party_impact of each initiative, a column a measure; a measure that no row tells of a party of its side is 0.
SELECT scenario, initiative, party, name, side, year,
    {measure_columns},
    CASE WHEN side = 'patients' THEN coalesce(any_value(mean) FILTER (measure = 'patient_km_change'), 0) END AS patient_km_change
FROM party_impact JOIN party USING (party)
WHERE initiative IS NOT NULL AND year IS NOT NULL
GROUP BY scenario, initiative, party, name, side, year
