-- Care as delivered, added up over the periods of a year and scaled up by year_factor.
SELECT part.provider, coalesce(payer_id, 'unknown') AS payer, part.year,
    coalesce(specialism, 'unknown') AS specialism,
    coalesce(diagnosis, 'unknown') AS diagnosis,
    coalesce(care_product, 'unknown') AS care_product,
    coalesce(area, 'unknown') AS area,
    sum(units * part.factor) AS units,
    bool_or(part.factor > 1) AS annualised
FROM volume AS row
JOIN year_factor AS part
    ON part.dataset = 'volume' AND part.delivered_by = row.provider_id AND part.year = left(row.period, 4)::BIGINT
GROUP BY ALL
