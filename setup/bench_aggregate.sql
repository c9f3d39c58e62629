-- The bare aggregate: every stored figure of winback_status, once, from the same tables, in one statement; and what the
-- signs count besides: invoices, payments, people, conflicts. The product's lists of documents and things are left out.
--
-- This is what the product's runs are measured against. It is written independently of the product's code, as directly
-- as SQL allows, and the benchmark checks that both give the same figures for every customer. It knows a company that
-- counts its days in UTC and admits whoever has bought.
--
-- Parameters: company, today, day_end (the first moment after today), recent (days), digits (of the currency), the rule
-- for the lost-day: lost_min, lost_max (days), lost_factor; and the ends of the twelve months of demand: month_end, and
-- month_end_before for those before the recent period.
WITH confirmed AS (
    -- an order below zero is a return: it lowers the amounts and is no purchase
    SELECT p.commercial_partner_id AS partner_id, o.id, o.date_order AS sold_at, o.date_order::date AS day,
           CASE o.currency_rate WHEN 1 THEN o.amount_untaxed ELSE o.amount_untaxed / o.currency_rate END AS amount,
           CASE o.currency_rate WHEN 1 THEN o.margin ELSE o.margin / o.currency_rate END AS margin,
           o.amount_untaxed >= 0 AS is_purchase
      FROM sale_order o
      JOIN res_partner p ON p.id = o.partner_id
     WHERE o.state = 'sale' AND o.company_id = %(company)s AND o.date_order < %(day_end)s
), gap AS (
    -- the first purchase of a day has the gap to the purchase day before, all other orders have none
    SELECT *, NULLIF(day - lag(day) OVER rhythm, 0) AS gap,
           is_purchase AND lag(day) OVER rhythm IS DISTINCT FROM day AS is_new_day,
           max(day) FILTER (WHERE is_purchase) OVER (PARTITION BY partner_id) AS last_day
      FROM confirmed
    WINDOW rhythm AS (PARTITION BY partner_id, is_purchase ORDER BY day)
), longest AS (
    SELECT *, max(gap) OVER (PARTITION BY partner_id, is_purchase ORDER BY day
                             ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS gap_before
      FROM gap
), judged AS (
    SELECT *, is_purchase AND gap_before IS NOT NULL
              AND gap >= LEAST(%(lost_max)s, GREATEST(%(lost_min)s, ceil(%(lost_factor)s * gap_before))) AS is_return
      FROM longest
), sales AS (
    SELECT partner_id,
           min(day) FILTER (WHERE is_purchase) AS first_order_date,
           max(last_day) AS last_order_date,
           max(id) FILTER (WHERE is_purchase AND day = last_day) AS last_order_id,
           max(sold_at) FILTER (WHERE is_purchase) AS sold_at,
           count(*) FILTER (WHERE is_purchase) AS order_count,
           count(*) FILTER (WHERE is_new_day) AS purchase_days,
           round(avg(gap) FILTER (WHERE is_purchase)) AS gap_mean,
           max(gap) FILTER (WHERE is_purchase) AS gap_max,
           max(day) FILTER (WHERE is_return) AS returned_date,
           count(*) FILTER (WHERE is_return) AS return_count,
           round(sum(amount), %(digits)s) AS amount_total,
           round(sum(amount) FILTER (WHERE day > %(today)s - 365), %(digits)s) AS amount_year,
           round(sum(amount) FILTER (WHERE day > %(today)s - %(recent)s), %(digits)s) AS amount_recent,
           round(sum(amount) FILTER (WHERE day > %(today)s - %(recent)s - 365 AND day <= %(today)s - %(recent)s),
                 %(digits)s) AS amount_base,
           round(sum(amount) FILTER (WHERE day > last_day - 365), %(digits)s) AS amount_active_year,
           round(sum(margin), %(digits)s) AS margin_total,
           round(sum(margin) FILTER (WHERE day > last_day - 365), %(digits)s) AS margin_active_year
      FROM judged
     GROUP BY partner_id
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
      JOIN sales s ON s.partner_id = p.commercial_partner_id AND f.asked_at > s.sold_at
     GROUP BY 1
), month AS (
    SELECT partner_id, date_trunc('month', sold_at)::date AS month, sum(amount) AS amount, sum(margin) AS margin
      FROM confirmed
     WHERE sold_at >= %(month_end_before)s::date - INTERVAL '1 year' AND sold_at < %(month_end)s
     GROUP BY 1, 2
), demand AS (
    SELECT partner_id,
           round(sum(amount) FILTER (WHERE month >= %(month_end)s::date - INTERVAL '1 year'), %(digits)s) AS amount,
           round(sum(amount * amount) FILTER (WHERE month >= %(month_end)s::date - INTERVAL '1 year'),
                 2 * %(digits)s) AS squares,
           round(sum(margin) FILTER (WHERE month >= %(month_end)s::date - INTERVAL '1 year'),
                 %(digits)s) AS demand_margin,
           round(sum(amount) FILTER (WHERE month < %(month_end_before)s), %(digits)s) AS amount_before,
           round(sum(amount * amount) FILTER (WHERE month < %(month_end_before)s), 2 * %(digits)s) AS squares_before,
           round(sum(margin) FILTER (WHERE month < %(month_end_before)s), %(digits)s) AS demand_margin_before
      FROM month
     GROUP BY partner_id
), touch AS (
    SELECT p.commercial_partner_id AS partner_id, count(DISTINCT m.date::date) AS touch_count
      FROM mail_notification n
      JOIN mail_message m ON m.id = n.mail_message_id
      JOIN res_partner p ON p.id = n.res_partner_id AND p.partner_share
      JOIN inquiries i ON i.partner_id = p.commercial_partner_id AND m.date::date > i.last_inquiry_date
     WHERE n.notification_type != 'inbox' AND n.notification_status IN ('ready', 'process', 'pending', 'sent', 'bounce')
       AND m.message_type IN ('comment', 'email', 'email_outgoing', 'sms', 'snailmail') AND m.date < %(day_end)s
       AND COALESCE(m.model, '') NOT IN ('account.move', 'account.payment', 'stock.picking', 'discuss.channel')
       AND (m.record_company_id = %(company)s OR m.record_company_id IS NULL)
       AND m.author_id IN (SELECT partner_id FROM res_users WHERE NOT share)
     GROUP BY 1
), settlement AS (
    SELECT l.move_id, max(r.max_date) AS day
      FROM account_move_line l
      JOIN account_partial_reconcile r ON r.debit_move_id = l.id
     WHERE r.max_date > %(today)s - %(recent)s - 379
     GROUP BY 1
), invoice AS (
    SELECT m.partner_id AS contact_id,
           count(*) FILTER (WHERE m.invoice_date > %(today)s - %(recent)s) AS invoices_recent,
           count(*) FILTER (WHERE m.invoice_date > %(today)s - %(recent)s - 365
                                  AND m.invoice_date <= %(today)s - %(recent)s) AS invoices_base,
           count(*) FILTER (WHERE m.invoice_date_due > %(today)s - 14 - %(recent)s
                                  AND m.invoice_date_due <= %(today)s - 14) AS due_recent,
           count(*) FILTER (WHERE m.invoice_date_due > %(today)s - 14 - %(recent)s - 365
                                  AND m.invoice_date_due <= %(today)s - 14 - %(recent)s) AS due_base,
           count(*) FILTER (WHERE m.invoice_date_due > %(today)s - 14 - %(recent)s
                                  AND m.invoice_date_due <= %(today)s - 14
                                  AND s.day <= m.invoice_date_due + 14) AS paid_recent,
           count(*) FILTER (WHERE m.invoice_date_due > %(today)s - 14 - %(recent)s - 365
                                  AND m.invoice_date_due <= %(today)s - 14 - %(recent)s
                                  AND s.day <= m.invoice_date_due + 14) AS paid_base
      FROM account_move m
      LEFT JOIN settlement s ON s.move_id = m.id
     WHERE m.company_id = %(company)s AND m.move_type = 'out_invoice' AND m.state = 'posted'
       AND m.amount_total_signed > 0 AND m.invoice_date <= %(today)s
     GROUP BY 1
), payments AS (
    SELECT p.commercial_partner_id AS partner_id, sum(invoices_recent) AS invoices_recent,
           sum(invoices_base) AS invoices_base, sum(due_recent) AS due_recent, sum(due_base) AS due_base,
           sum(paid_recent) AS paid_recent, sum(paid_base) AS paid_base
      FROM invoice
      JOIN res_partner p ON p.id = contact_id
     GROUP BY 1
), people AS (
    SELECT commercial_partner_id AS partner_id, count(*) AS people,
           count(*) FILTER (WHERE NOT active OR message_bounce >= 2) AS people_gone
      FROM res_partner
     WHERE id != commercial_partner_id AND type = 'contact'
     GROUP BY 1
), conflict AS (
    SELECT p.commercial_partner_id AS partner_id, count(*) AS conflicts
      FROM winback_complaint c
      JOIN res_partner p ON p.id = c.partner_id
     WHERE c.company_id = %(company)s AND c.is_conflict AND c.conflict_date < %(day_end)s
       AND (c.state NOT IN ('closed', 'cancelled') OR c.state = 'closed' AND c.date_closed >= %(day_end)s)
     GROUP BY 1
), rhythm AS (
    SELECT partner_id,
           LEAST(12, (EXTRACT(YEAR FROM %(month_end)s::date) - EXTRACT(YEAR FROM first_order_date)) * 12
                     + EXTRACT(MONTH FROM %(month_end)s::date) - EXTRACT(MONTH FROM first_order_date)) AS months
      FROM sales
)
SELECT s.partner_id,
       s.first_order_date, s.last_order_date, s.last_order_id, s.order_count::integer, s.purchase_days::integer,
       s.gap_mean::integer, s.gap_max, s.returned_date, s.return_count::integer,
       i.last_inquiry_date, COALESCE(i.inquiry_count, 0)::integer AS inquiry_count,
       COALESCE(f.fruitless_count, 0)::integer AS fruitless_count,
       s.amount_total, COALESCE(s.amount_year, 0) AS amount_year, COALESCE(s.amount_recent, 0) AS amount_recent,
       COALESCE(s.amount_base, 0) AS amount_base, COALESCE(s.amount_active_year, 0) AS amount_active_year,
       s.margin_total, COALESCE(s.margin_active_year, 0) AS margin_active_year,
       COALESCE(t.touch_count, 0)::integer AS touch_count,
       COALESCE(d.demand_margin, 0) AS demand_margin, COALESCE(d.demand_margin_before, 0) AS demand_margin_before,
       CASE WHEN r.months >= 6 AND d.amount > 0
            THEN LEAST(9999, round(100 * sqrt(GREATEST(
                 0, r.months::float8 * d.squares::float8 / d.amount::float8 ^ 2 - 1))))::integer END AS demand_variation,
       d.amount_before, d.squares_before, y.invoices_recent, y.invoices_base, y.due_recent, y.due_base, y.paid_recent,
       y.paid_base, e.people, e.people_gone, c.conflicts
  FROM sales s
  LEFT JOIN inquiries i ON i.partner_id = s.partner_id
  LEFT JOIN fruitless f ON f.partner_id = s.partner_id
  LEFT JOIN demand d ON d.partner_id = s.partner_id
  LEFT JOIN rhythm r ON r.partner_id = s.partner_id
  LEFT JOIN touch t ON t.partner_id = s.partner_id
  LEFT JOIN payments y ON y.partner_id = s.partner_id
  LEFT JOIN people e ON e.partner_id = s.partner_id
  LEFT JOIN conflict c ON c.partner_id = s.partner_id
 WHERE s.purchase_days > 0
