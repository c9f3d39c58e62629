-- The bare aggregate: every stored figure of winback_status, once, from the same tables, in one statement.
--
-- This is what the product's runs are measured against. It is written independently of the product's code, as directly
-- as SQL allows, and the benchmark checks that both give the same figures for every customer. It knows a company that
-- counts its days in UTC and admits whoever has bought.
--
-- Parameters: company, today, day_end (the first moment after today), recent (days), digits (of the currency), and the
-- rule for the lost-day: lost_min, lost_max (days), lost_factor.
WITH purchase_day AS (
    -- one row for each customer and day with confirmed orders; an order below zero is a return
    SELECT p.commercial_partner_id AS partner_id,
           o.date_order::date AS day,
           count(*) FILTER (WHERE o.amount_untaxed >= 0) AS orders,
           max(o.id) FILTER (WHERE o.amount_untaxed >= 0) AS order_id,
           max(o.date_order) FILTER (WHERE o.amount_untaxed >= 0) AS sold_at,
           sum(o.amount_untaxed / o.currency_rate) AS amount,
           sum(o.margin / o.currency_rate) AS margin
      FROM sale_order o
      JOIN res_partner p ON p.id = o.partner_id
     WHERE o.state = 'sale' AND o.company_id = %(company)s AND o.date_order < %(day_end)s
     GROUP BY 1, 2
), gap AS (
    SELECT partner_id, day, day - lag(day) OVER (PARTITION BY partner_id ORDER BY day) AS gap
      FROM purchase_day
     WHERE orders > 0
), longest AS (
    SELECT *, max(gap) OVER (PARTITION BY partner_id ORDER BY day
                             ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS gap_before
      FROM gap
), rhythm AS (
    SELECT partner_id,
           count(*) AS purchase_days,
           round(avg(gap)) AS gap_mean,
           max(gap) AS gap_max,
           max(day) FILTER (WHERE is_return) AS returned_date,
           count(*) FILTER (WHERE is_return) AS return_count
      FROM (SELECT *, gap >= LEAST(%(lost_max)s, GREATEST(%(lost_min)s, ceil(%(lost_factor)s * gap_before)))
                      AND gap_before IS NOT NULL AS is_return
              FROM longest) l
     GROUP BY partner_id
), last_day AS (
    SELECT partner_id, min(day) AS first_day, max(day) AS last_day, max(sold_at) AS sold_at
      FROM purchase_day
     WHERE orders > 0
     GROUP BY partner_id
), sales AS (
    SELECT d.partner_id,
           max(order_id) FILTER (WHERE day = last_day) AS last_order_id,
           sum(orders) AS order_count,
           round(sum(amount), %(digits)s) AS amount_total,
           round(sum(amount) FILTER (WHERE day > %(today)s - 365), %(digits)s) AS amount_year,
           round(sum(amount) FILTER (WHERE day > %(today)s - %(recent)s), %(digits)s) AS amount_recent,
           round(sum(amount) FILTER (WHERE day > %(today)s - %(recent)s - 365 AND day <= %(today)s - %(recent)s),
                 %(digits)s) AS amount_base,
           round(sum(amount) FILTER (WHERE day > last_day - 365), %(digits)s) AS amount_active_year,
           round(sum(margin), %(digits)s) AS margin_total,
           round(sum(margin) FILTER (WHERE day > last_day - 365), %(digits)s) AS margin_active_year
      FROM purchase_day d
      JOIN last_day l ON l.partner_id = d.partner_id
     GROUP BY d.partner_id
), inquiry AS (
    -- each kind of document grouped by contact first: the join with the contacts then has few rows
    SELECT partner_id AS contact_id, max(asked) AS last_at,
           count(*) FILTER (WHERE asked >= %(today)s - 364) AS documents
      FROM (SELECT partner_id, company_id,
                   CASE WHEN date_order < %(day_end)s THEN date_order ELSE create_date END AS asked
              FROM sale_order) o
     WHERE company_id = %(company)s AND asked < %(day_end)s
     GROUP BY 1
     UNION ALL
    SELECT partner_id, max(create_date), count(*) FILTER (WHERE create_date >= %(today)s - 364)
      FROM crm_lead
     WHERE (company_id = %(company)s OR company_id IS NULL) AND create_date < %(day_end)s
     GROUP BY 1
     UNION ALL
    SELECT author_id, max(date), count(*) FILTER (WHERE date >= %(today)s - 364)
      FROM mail_message m
     WHERE message_type IN ('email', 'comment') AND model != 'discuss.channel' AND date < %(day_end)s
       AND (record_company_id = %(company)s OR record_company_id IS NULL)
       AND EXISTS (SELECT FROM res_partner a WHERE a.id = m.author_id AND a.partner_share)
     GROUP BY 1
     UNION ALL
    SELECT CASE a.res_model WHEN 'res.partner' THEN a.res_id ELSE COALESCE(o.partner_id, l.partner_id) END,
           max(a.date_done), count(*) FILTER (WHERE a.date_done >= %(today)s - 364)
      FROM mail_activity a
      JOIN mail_activity_type t ON t.id = a.activity_type_id AND t.category IN ('phonecall', 'meeting')
      LEFT JOIN sale_order o ON o.id = a.res_id AND a.res_model = 'sale.order'
      LEFT JOIN crm_lead l ON l.id = a.res_id AND a.res_model = 'crm.lead'
     WHERE a.active IS NOT TRUE AND a.date_done <= %(today)s
       AND COALESCE(o.company_id, l.company_id, %(company)s) = %(company)s
     GROUP BY 1
     UNION ALL
    SELECT r.res_partner_id, max(e.start), count(*) FILTER (WHERE e.start >= %(today)s - 364)
      FROM calendar_event e
      JOIN calendar_event_res_partner_rel r ON r.calendar_event_id = e.id
      JOIN res_partner a ON a.id = r.res_partner_id AND a.partner_share
     WHERE e.active AND e.start < %(day_end)s
     GROUP BY 1
), inquiries AS (
    SELECT p.commercial_partner_id AS partner_id, max(last_at)::date AS last_inquiry_date,
           sum(documents) AS inquiry_count
      FROM inquiry i
      JOIN res_partner p ON p.id = i.contact_id
     GROUP BY 1
), failed AS (
    SELECT partner_id, date_order AS asked_at
      FROM sale_order
     WHERE company_id = %(company)s AND date_order < %(day_end)s
       AND (state = 'cancel' OR state IN ('draft', 'sent') AND validity_date < %(today)s)
     UNION ALL
    SELECT partner_id, create_date
      FROM crm_lead l
     WHERE won_status = 'lost' AND (company_id = %(company)s OR company_id IS NULL) AND create_date < %(day_end)s
       AND COALESCE(date_closed, create_date) < %(day_end)s
       AND NOT EXISTS (SELECT FROM sale_order q WHERE q.opportunity_id = l.id)
), fruitless AS (
    SELECT p.commercial_partner_id AS partner_id, count(DISTINCT f.asked_at::date) AS fruitless_count
      FROM failed f
      JOIN res_partner p ON p.id = f.partner_id
      JOIN last_day l ON l.partner_id = p.commercial_partner_id AND f.asked_at > l.sold_at
     GROUP BY 1
)
SELECT l.partner_id,
       l.first_day AS first_order_date, l.last_day AS last_order_date, s.last_order_id, s.order_count::integer,
       r.purchase_days::integer, r.gap_mean::integer, r.gap_max, r.returned_date, r.return_count::integer,
       i.last_inquiry_date, COALESCE(i.inquiry_count, 0)::integer AS inquiry_count,
       COALESCE(f.fruitless_count, 0)::integer AS fruitless_count,
       s.amount_total, COALESCE(s.amount_year, 0) AS amount_year, COALESCE(s.amount_recent, 0) AS amount_recent,
       COALESCE(s.amount_base, 0) AS amount_base, COALESCE(s.amount_active_year, 0) AS amount_active_year,
       s.margin_total, COALESCE(s.margin_active_year, 0) AS margin_active_year
  FROM last_day l
  JOIN sales s ON s.partner_id = l.partner_id
  JOIN rhythm r ON r.partner_id = l.partner_id
  LEFT JOIN inquiries i ON i.partner_id = l.partner_id
  LEFT JOIN fruitless f ON f.partner_id = l.partner_id
