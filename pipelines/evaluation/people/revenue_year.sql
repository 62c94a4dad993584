-- Revenue as delivered, added up over the periods of a year and scaled up by year_factor.
SELECT part.provider, coalesce(payer_id, 'unknown') AS payer, part.year,
    coalesce(care_product, 'unknown') AS care_product,
    sum(units * part.factor) AS units, sum(revenue_eur * part.factor) AS revenue_eur,
    bool_or(part.factor > 1) AS annualised
FROM revenue AS row
JOIN year_factor AS part
    ON part.dataset = 'revenue' AND part.delivered_by = row.provider_id AND part.year = left(row.period, 4)::BIGINT
GROUP BY ALL
