-- party_impact of each initiative, a column a measure; a measure that no row tells of a party of its side is 0.
SELECT scenario, initiative, party, name, side, year,
    CASE WHEN side = 'provider' THEN coalesce(any_value(mean) FILTER (measure = 'revenue_change_eur'), 0) END AS revenue_change_eur,
    CASE WHEN side = 'provider' THEN coalesce(any_value(mean) FILTER (measure = 'backfill_revenue_eur'), 0) END AS backfill_revenue_eur,
    CASE WHEN side = 'provider' THEN coalesce(any_value(mean) FILTER (measure = 'avoided_cost_eur'), 0) END AS avoided_cost_eur,
    CASE WHEN side = 'provider' THEN coalesce(any_value(mean) FILTER (measure = 'stranded_cost_eur'), 0) END AS stranded_cost_eur,
    CASE WHEN side = 'provider' THEN coalesce(any_value(mean) FILTER (measure = 'stranded_if_kept_eur'), 0) END AS stranded_if_kept_eur,
    CASE WHEN side = 'provider' THEN coalesce(any_value(mean) FILTER (measure = 'incremental_cost_eur'), 0) END AS incremental_cost_eur,
    CASE WHEN side = 'provider' THEN coalesce(any_value(mean) FILTER (measure = 'support_cost_eur'), 0) END AS support_cost_eur,
    CASE WHEN side = 'payer' THEN coalesce(any_value(mean) FILTER (measure = 'spend_change_eur'), 0) END AS spend_change_eur,
    CASE WHEN side <> 'patients' THEN coalesce(any_value(mean) FILTER (measure = 'transition_cost_eur'), 0) END AS transition_cost_eur,
    CASE WHEN side <> 'patients' THEN coalesce(any_value(mean) FILTER (measure = 'margin_change_eur'), 0) END AS margin_change_eur,
    CASE WHEN side = 'patients' THEN coalesce(any_value(mean) FILTER (measure = 'patient_km_change'), 0) END AS patient_km_change
FROM party_impact JOIN party USING (party)
WHERE initiative IS NOT NULL AND year IS NOT NULL
GROUP BY scenario, initiative, party, name, side, year
