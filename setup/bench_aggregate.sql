-- The bare aggregate: every figure that winback_status keeps or that a sign reads, once, from the same tables, in one
-- statement, with the lists (days, documents, things, events) that the signs read. Left out are what the probability
-- model says and what the product concludes of the figures: which signs hold, scores, states.
--
-- This is what the product's runs are measured against. It is written independently of the product's code, as directly
-- as SQL allows, and the benchmark checks that both give the same figures for every customer. It knows a company that
-- counts its days in UTC and admits whoever has bought.
--
-- Parameters: company, today, day_end (the first moment after today), recent (days), digits (of the currency), the rule
-- for the lost-day: lost_min, lost_max (days), lost_factor; the ends of the twelve months of demand: month_end, and
-- month_end_before for those before the recent period; and the limits of the classes: a_share, b_share, x_variation,
-- y_variation (percent).
WITH confirmed AS (
    -- an order below zero is a return: it lowers the amounts and is no purchase
    SELECT p.commercial_partner_id AS partner_id, o.id, o.date_order AS sold_at, o.date_order::date AS day,
           CASE o.currency_rate WHEN 1 THEN o.amount_untaxed ELSE o.amount_untaxed / o.currency_rate END AS amount,
           CASE o.currency_rate WHEN 1 THEN o.margin ELSE o.margin / o.currency_rate END AS margin,
           o.amount_untaxed >= 0 AS is_purchase, o.user_id, o.currency_rate
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
    SELECT *, max(gap) OVER (rhythm ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS gap_before,
           avg(gap::float8) OVER (rhythm ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS gap_recent
      FROM gap
    WINDOW rhythm AS (PARTITION BY partner_id, is_purchase ORDER BY day)
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
           max(gap_recent) FILTER (WHERE is_purchase AND day = last_day) AS gap_recent,
           max(day) FILTER (WHERE is_return) AS returned_date,
           count(*) FILTER (WHERE is_return) AS return_count,
           round(sum(amount), %(digits)s) AS amount_total,
           round(sum(amount) FILTER (WHERE day > %(today)s - 365), %(digits)s) AS amount_year,
           round(sum(amount) FILTER (WHERE day > %(today)s - %(recent)s), %(digits)s) AS amount_recent,
           round(sum(amount) FILTER (WHERE day > %(today)s - %(recent)s - 365 AND day <= %(today)s - %(recent)s),
                 %(digits)s) AS amount_base,
           round(sum(amount) FILTER (WHERE day > last_day - 365), %(digits)s) AS amount_active_year,
           round(sum(margin), %(digits)s) AS margin_total,
           round(sum(margin) FILTER (WHERE day > last_day - 365), %(digits)s) AS margin_active_year,
           round(sum(amount) FILTER (WHERE day > %(today)s - %(recent)s - 365 AND day <= %(today)s - 365),
                 %(digits)s) AS amount_season,
           round(sum(amount) FILTER (WHERE day > %(today)s - 90), %(digits)s) AS amount_90,
           count(*) FILTER (WHERE is_purchase AND day > %(today)s - 365) AS orders_year,
           count(*) FILTER (WHERE is_purchase AND day > %(today)s - %(recent)s) AS orders_recent,
           count(*) FILTER (WHERE is_purchase AND day > %(today)s - %(recent)s - 365
                                  AND day <= %(today)s - %(recent)s) AS orders_base,
           count(*) FILTER (WHERE is_purchase AND day > %(today)s - %(recent)s - 365
                                  AND day <= %(today)s - 365) AS orders_season,
           count(*) FILTER (WHERE is_new_day AND day > %(today)s - 90) AS days_90,
           count(*) FILTER (WHERE is_new_day AND day > %(today)s - 180) AS days_180
      FROM judged
     GROUP BY partner_id
), second_life AS (
    -- what came since the last return after a loss
    SELECT c.partner_id, round(sum(c.amount), %(digits)s) AS amount, round(sum(c.margin), %(digits)s) AS margin
      FROM confirmed c
      JOIN sales s ON s.partner_id = c.partner_id AND c.day >= s.returned_date
     GROUP BY 1
), inquiry AS (
    -- each kind of document grouped by contact first: the join with the contacts then has few rows; the latest document
    -- is the greatest pair of its day and its number
    SELECT partner_id AS contact_id, 'sale.order' AS model, min(asked) AS first_at,
           max((asked::date - DATE '2000-01-01')::bigint << 32 | id) AS latest,
           count(*) FILTER (WHERE asked >= %(today)s - 364) AS documents, count(*) AS quotations
      FROM (SELECT id, partner_id, company_id,
                   CASE WHEN date_order < %(day_end)s THEN date_order ELSE create_date END AS asked
              FROM sale_order) o
     WHERE company_id = %(company)s AND asked < %(day_end)s
     GROUP BY 1
     UNION ALL
    SELECT partner_id, 'crm.lead', min(create_date), max((create_date::date - DATE '2000-01-01')::bigint << 32 | id),
           count(*) FILTER (WHERE create_date >= %(today)s - 364), 0
      FROM crm_lead
     WHERE (company_id = %(company)s OR company_id IS NULL) AND create_date < %(day_end)s
     GROUP BY 1
     UNION ALL
    SELECT author_id, 'mail.message', min(date), max((date::date - DATE '2000-01-01')::bigint << 32 | id),
           count(*) FILTER (WHERE date >= %(today)s - 364), 0
      FROM mail_message m
     WHERE message_type IN ('email', 'comment') AND model != 'discuss.channel' AND date < %(day_end)s
       AND (record_company_id = %(company)s OR record_company_id IS NULL)
       AND EXISTS (SELECT FROM res_partner a WHERE a.id = m.author_id AND a.partner_share)
     GROUP BY 1
     UNION ALL
    SELECT CASE a.res_model WHEN 'res.partner' THEN a.res_id ELSE COALESCE(o.partner_id, l.partner_id) END,
           'mail.activity', min(a.date_done), max((a.date_done - DATE '2000-01-01')::bigint << 32 | a.id),
           count(*) FILTER (WHERE a.date_done >= %(today)s - 364), 0
      FROM mail_activity a
      JOIN mail_activity_type t ON t.id = a.activity_type_id AND t.category IN ('phonecall', 'meeting')
      LEFT JOIN sale_order o ON o.id = a.res_id AND a.res_model = 'sale.order'
      LEFT JOIN crm_lead l ON l.id = a.res_id AND a.res_model = 'crm.lead'
     WHERE a.active IS NOT TRUE AND a.date_done <= %(today)s AND a.winback_outcome IS DISTINCT FROM 'not_reached'
       AND COALESCE(o.company_id, l.company_id, %(company)s) = %(company)s
     GROUP BY 1
     UNION ALL
    SELECT r.res_partner_id, 'calendar.event', min(e.start),
           max((e.start::date - DATE '2000-01-01')::bigint << 32 | e.id),
           count(*) FILTER (WHERE e.start >= %(today)s - 364), 0
      FROM calendar_event e
      JOIN calendar_event_res_partner_rel r ON r.calendar_event_id = e.id
      JOIN res_partner a ON a.id = r.res_partner_id AND a.partner_share
     WHERE e.active AND e.start < %(day_end)s
     GROUP BY 1
), inquiries AS (
    SELECT p.commercial_partner_id AS partner_id, min(first_at)::date AS first_inquiry_date,
           DATE '2000-01-01' + (max(latest) >> 32)::integer AS last_inquiry_date,
           (array_agg(model ORDER BY latest DESC))[1] AS last_inquiry_model,
           (max(latest) & 4294967295)::integer AS last_inquiry_id,
           sum(documents) AS inquiry_count, sum(quotations) AS quotation_count
      FROM inquiry i
      JOIN res_partner p ON p.id = i.contact_id
     GROUP BY 1
), failed AS (
    SELECT partner_id, 'sale.order' AS model, id, date_order AS asked_at
      FROM sale_order
     WHERE company_id = %(company)s AND date_order < %(day_end)s
       AND (state = 'cancel' OR state IN ('draft', 'sent') AND validity_date < %(today)s)
     UNION ALL
    SELECT partner_id, 'crm.lead', id, create_date
      FROM crm_lead l
     WHERE won_status = 'lost' AND (company_id = %(company)s OR company_id IS NULL) AND create_date < %(day_end)s
       AND COALESCE(date_closed, create_date) < %(day_end)s
       AND NOT EXISTS (SELECT FROM sale_order q WHERE q.opportunity_id = l.id AND q.create_date < %(day_end)s)
), fruitless AS (
    SELECT p.commercial_partner_id AS partner_id, count(DISTINCT f.asked_at::date) AS fruitless_count,
           array_agg(DISTINCT f.asked_at::date ORDER BY f.asked_at::date) AS fruitless_dates,
           jsonb_agg(jsonb_build_array(f.model, f.id) ORDER BY f.asked_at::date, f.id) AS fruitless_documents
      FROM failed f
      JOIN res_partner p ON p.id = f.partner_id
      JOIN sales s ON s.partner_id = p.commercial_partner_id AND (s.sold_at IS NULL OR f.asked_at > s.sold_at)
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
), trace AS (
    -- mailings: to contacts, to the contacts of documents, and to addresses
    SELECT COALESCE(o.partner_id, l.partner_id, t.res_id) AS contact_id, t.id, t.sent_datetime, t.reply_datetime,
           t.links_click_datetime
      FROM mailing_trace t
      LEFT JOIN sale_order o ON o.id = t.res_id AND t.model = 'sale.order' AND o.company_id = %(company)s
      LEFT JOIN crm_lead l ON l.id = t.res_id AND t.model = 'crm.lead'
     WHERE (t.model = 'res.partner' OR o.id IS NOT NULL OR l.company_id = %(company)s
            OR l.id IS NOT NULL AND l.company_id IS NULL)
       AND t.is_test_trace IS NOT TRUE AND t.sent_datetime < %(day_end)s
       AND t.trace_status IN ('sent', 'open', 'reply', 'bounce')
     UNION ALL
    SELECT p.id, t.id, t.sent_datetime, t.reply_datetime, t.links_click_datetime
      FROM mailing_trace t
      JOIN res_partner p ON p.email_normalized = t.email
     WHERE t.model = 'mailing.contact' AND t.is_test_trace IS NOT TRUE AND t.sent_datetime < %(day_end)s
       AND t.trace_status IN ('sent', 'open', 'reply', 'bounce')
), touch AS (
    SELECT DISTINCT p.commercial_partner_id AS partner_id, 'mail.message' AS model, m.id, m.date::date AS day
      FROM mail_notification n
      JOIN mail_message m ON m.id = n.mail_message_id
      JOIN res_partner p ON p.id = n.res_partner_id AND p.partner_share
      JOIN inquiries i ON i.partner_id = p.commercial_partner_id AND m.date::date > i.last_inquiry_date
     WHERE n.notification_type != 'inbox' AND n.notification_status IN ('ready', 'process', 'pending', 'sent', 'bounce')
       AND m.message_type IN ('comment', 'email', 'email_outgoing', 'sms', 'snailmail') AND m.date < %(day_end)s
       AND COALESCE(m.model, '') NOT IN ('account.move', 'account.payment', 'stock.picking', 'discuss.channel')
       AND (m.record_company_id = %(company)s OR m.record_company_id IS NULL)
       AND m.author_id IN (SELECT partner_id FROM res_users WHERE NOT share)
     UNION ALL
    SELECT p.commercial_partner_id, 'mailing.trace', t.id, t.sent_datetime::date
      FROM trace t
      JOIN res_partner p ON p.id = t.contact_id AND p.partner_share
      JOIN inquiries i ON i.partner_id = p.commercial_partner_id AND t.sent_datetime::date > i.last_inquiry_date
     UNION ALL
    SELECT p.commercial_partner_id, 'mail.activity', a.id, a.date_done
      FROM mail_activity a
      LEFT JOIN sale_order o ON o.id = a.res_id AND a.res_model = 'sale.order'
      LEFT JOIN crm_lead l ON l.id = a.res_id AND a.res_model = 'crm.lead'
      JOIN res_partner p ON p.partner_share AND p.id
           = CASE a.res_model WHEN 'res.partner' THEN a.res_id ELSE COALESCE(o.partner_id, l.partner_id) END
      JOIN inquiries i ON i.partner_id = p.commercial_partner_id AND a.date_done > i.last_inquiry_date
     WHERE a.winback_outcome = 'not_reached' AND a.active IS NOT TRUE AND a.date_done <= %(today)s
       AND COALESCE(o.company_id, l.company_id, %(company)s) = %(company)s
), reaction AS (
    SELECT p.commercial_partner_id AS partner_id,
           max(GREATEST(CASE WHEN t.reply_datetime < %(day_end)s THEN t.reply_datetime END,
                        CASE WHEN t.links_click_datetime < %(day_end)s THEN t.links_click_datetime END))::date AS day
      FROM trace t
      JOIN res_partner p ON p.id = t.contact_id AND p.partner_share
     GROUP BY 1
), touches AS (
    SELECT t.partner_id, count(DISTINCT t.day) AS touch_count, array_agg(DISTINCT t.day ORDER BY t.day) AS touch_dates,
           (array_agg(t.model ORDER BY t.day DESC, t.model, t.id))[1] AS touch_last_model, min(r.day) AS reacted,
           to_jsonb((array_agg(jsonb_build_array(t.model, t.id) ORDER BY t.day DESC, t.model, t.id DESC))[1:20])
               AS touch_documents
      FROM touch t
      LEFT JOIN reaction r ON r.partner_id = t.partner_id
     WHERE r.day IS NULL OR t.day > r.day
     GROUP BY 1
), settlement AS (
    SELECT l.move_id, max(r.max_date) AS day
      FROM account_move_line l
      JOIN account_partial_reconcile r ON r.debit_move_id = l.id
     WHERE l.display_type = 'payment_term' AND r.max_date > %(today)s - %(recent)s - 379
     GROUP BY 1
), invoice AS (
    -- settled by a credit note alone: neither an invoice nor a due one
    SELECT m.partner_id AS contact_id, m.invoice_date AS day, COALESCE(m.invoice_date_due, m.invoice_date) AS due_day,
           m.payment_state IN ('paid', 'in_payment')
           AND (s.day IS NULL OR s.day <= COALESCE(m.invoice_date_due, m.invoice_date) + 14) AS is_paid
      FROM account_move m
      LEFT JOIN settlement s ON s.move_id = m.id
     WHERE m.company_id = %(company)s AND m.move_type = 'out_invoice' AND m.state = 'posted'
       AND m.amount_total_signed > 0 AND m.invoice_date <= %(today)s AND m.payment_state != 'invoicing_legacy'
       AND NOT (m.payment_state = 'reversed' AND COALESCE(s.day, m.invoice_date) <= %(today)s)
), payer AS (
    SELECT contact_id, min(day) AS first_day,
           count(*) FILTER (WHERE day > %(today)s - %(recent)s) AS invoices_recent,
           count(*) FILTER (WHERE day > %(today)s - %(recent)s - 365 AND day <= %(today)s - %(recent)s)
               AS invoices_base,
           count(*) FILTER (WHERE day > %(today)s - %(recent)s - 365 AND day <= %(today)s - 365) AS invoices_season,
           count(*) FILTER (WHERE due_day > %(today)s - 14 - %(recent)s AND due_day <= %(today)s - 14) AS due_recent,
           count(*) FILTER (WHERE due_day > %(today)s - 14 - %(recent)s - 365
                                  AND due_day <= %(today)s - 14 - %(recent)s) AS due_base,
           count(*) FILTER (WHERE due_day > %(today)s - 14 - %(recent)s - 365
                                  AND due_day <= %(today)s - 14 - 365) AS due_season,
           count(*) FILTER (WHERE is_paid AND due_day > %(today)s - 14 - %(recent)s
                                  AND due_day <= %(today)s - 14) AS paid_recent,
           count(*) FILTER (WHERE is_paid AND due_day > %(today)s - 14 - %(recent)s - 365
                                  AND due_day <= %(today)s - 14 - %(recent)s) AS paid_base,
           count(*) FILTER (WHERE is_paid AND due_day > %(today)s - 14 - %(recent)s - 365
                                  AND due_day <= %(today)s - 14 - 365) AS paid_season
      FROM invoice
     GROUP BY 1
), payments AS (
    SELECT p.commercial_partner_id AS partner_id, min(first_day) AS first_invoice_date,
           sum(invoices_recent) AS invoices_recent, sum(invoices_base) AS invoices_base,
           sum(invoices_season) AS invoices_season, sum(due_recent) AS due_recent, sum(due_base) AS due_base,
           sum(due_season) AS due_season, sum(paid_recent) AS paid_recent, sum(paid_base) AS paid_base,
           sum(paid_season) AS paid_season
      FROM payer
      JOIN res_partner p ON p.id = contact_id
     GROUP BY 1
), bounce AS (
    SELECT contact_id, (array_agg(day ORDER BY day))[2] AS day
      FROM (SELECT n.res_partner_id AS contact_id, m.date::date AS day
              FROM mail_notification n
              JOIN mail_message m ON m.id = n.mail_message_id
             WHERE n.notification_status = 'bounce' AND n.notification_type = 'email' AND m.date < %(day_end)s
               AND m.date >= COALESCE((SELECT max(i.date) FROM mail_message i
                                        WHERE i.author_id = n.res_partner_id AND i.message_type = 'email'
                                          AND i.date < %(day_end)s), m.date)) returned
     GROUP BY 1
    HAVING count(*) >= 2
), person AS (
    SELECT p.id, p.commercial_partner_id AS partner_id, p.id != p.commercial_partner_id AS is_child, n.day,
           CASE WHEN NOT p.active AND p.id != p.commercial_partner_id THEN 'archived'
                WHEN p.message_bounce >= 2 OR p.email_normalized IS NULL AND btrim(p.email) != '' THEN 'bounced'
                END AS fate,
           bool_or(p.id != p.commercial_partner_id) OVER (PARTITION BY p.commercial_partner_id) AS has_children
      FROM res_partner p
      LEFT JOIN bounce n ON n.contact_id = p.id
     WHERE (p.id = p.commercial_partner_id OR p.type = 'contact' AND p.is_company IS NOT TRUE)
       AND p.create_date < %(day_end)s
), people AS (
    SELECT partner_id, count(*) AS contact_count, count(*) FILTER (WHERE fate = 'archived') AS contact_archived_count,
           count(*) FILTER (WHERE fate = 'bounced') AS contact_bounced_count,
           array_agg(CASE fate WHEN 'bounced' THEN day END ORDER BY CASE fate WHEN 'bounced' THEN day END)
               FILTER (WHERE fate IS NOT NULL) AS contact_gone_dates,
           jsonb_agg(jsonb_build_array('res.partner', id) ORDER BY id) FILTER (WHERE fate IS NOT NULL)
               AS contact_documents
      FROM person
     WHERE is_child OR NOT has_children
     GROUP BY 1
), conflict AS (
    SELECT p.commercial_partner_id AS partner_id, count(*) AS conflict_count,
           min(COALESCE(c.conflict_date, c.date_received)::date) AS conflict_since,
           (array_agg(c.name ORDER BY COALESCE(c.conflict_date, c.date_received), c.id))[1] AS conflict_subject,
           jsonb_agg(jsonb_build_array('winback.complaint', c.id)
                     ORDER BY COALESCE(c.conflict_date, c.date_received), c.id) AS conflict_documents
      FROM winback_complaint c
      JOIN res_partner p ON p.id = c.partner_id
     WHERE c.company_id = %(company)s AND c.is_conflict AND c.date_received < %(day_end)s
       AND COALESCE(c.conflict_date, c.date_received) < %(day_end)s
       AND (c.state NOT IN ('closed', 'cancelled')
            OR c.state = 'closed' AND COALESCE(c.date_closed, c.date_received) >= %(day_end)s)
     GROUP BY 1
), complaint AS (
    SELECT partner_id, id, name, severity, satisfied, date_received::date AS day,
           COALESCE(date_closed, date_received)::date AS closed_day,
           state != 'closed' OR COALESCE(date_closed, date_received) >= %(day_end)s AS is_open
      FROM winback_complaint
     WHERE company_id = %(company)s AND state != 'cancelled' AND date_received < %(day_end)s
), event AS (
    SELECT partner_id AS contact_id, CASE WHEN NOT is_open AND satisfied = 'no' THEN closed_day ELSE day END AS day,
           'complaint' AS kind, 'winback.complaint' AS model, id, name, is_open
      FROM complaint
     WHERE is_open OR satisfied = 'no' OR severity = 'serious' AND satisfied IS NULL
     UNION ALL
    SELECT r.partner_id, r.invoice_date, 'refund', 'account.move', r.id, r.name, FALSE
      FROM account_move r
     WHERE r.move_type = 'out_refund' AND r.state = 'posted' AND r.company_id = %(company)s
       AND r.invoice_date <= %(today)s
       AND (r.reversed_entry_id IS NULL OR NOT EXISTS (
               SELECT FROM account_move anew
                WHERE anew.partner_id = r.partner_id AND anew.id > r.id AND anew.move_type = 'out_invoice'
                  AND anew.state = 'posted' AND anew.company_id = r.company_id
                  AND anew.currency_id = r.currency_id AND anew.amount_total = r.amount_total
                  AND anew.invoice_date BETWEEN r.invoice_date AND LEAST(r.invoice_date + 7, %(today)s)))
     UNION ALL
    SELECT o.partner_id, o.date_order::date, 'return', 'sale.order', o.id, o.name, FALSE
      FROM sale_order o
     WHERE o.state = 'sale' AND o.company_id = %(company)s AND o.amount_untaxed < 0 AND o.date_order < %(day_end)s
       AND o.id NOT IN (SELECT l.order_id
                          FROM account_move r
                          JOIN account_move_line ml ON ml.move_id = r.id
                          JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = ml.id
                          JOIN sale_order_line l ON l.id = rel.order_line_id
                         WHERE r.move_type = 'out_refund' AND r.state = 'posted' AND r.invoice_date <= %(today)s)
), unhappy AS (
    SELECT p.commercial_partner_id AS partner_id,
           jsonb_agg(jsonb_build_object('day', e.day, 'kind', e.kind, 'model', e.model, 'id', e.id, 'name', e.name,
                                        'open', e.is_open) ORDER BY e.day, e.kind, e.id) AS unhappy_events
      FROM event e
      JOIN res_partner p ON p.id = e.contact_id
      JOIN sales s ON s.partner_id = p.commercial_partner_id
     WHERE e.is_open OR e.day > %(today)s - 365 OR e.day >= s.last_order_date
     GROUP BY 1
), attended AS (
    SELECT partner_id, day, user_id, id
      FROM confirmed
     WHERE is_purchase AND sold_at >= %(today)s - 1095 AND user_id != 1
), here AS (
    SELECT id FROM res_users WHERE active OR write_date >= %(day_end)s
), tracked AS (
    SELECT DISTINCT ON (m.res_id) m.res_id AS partner_id, m.date::date AS day, v.new_value_integer AS user_id
      FROM mail_tracking_value v
      JOIN ir_model_fields f ON f.id = v.field_id AND f.model = 'res.partner' AND f.name = 'user_id'
      JOIN mail_message m ON m.id = v.mail_message_id AND m.model = 'res.partner' AND m.date < %(day_end)s
     ORDER BY m.res_id, m.date DESC, v.id DESC
), seller AS (
    SELECT partner_id, user_id, max(day) AS last_day,
           first_value(user_id) OVER (PARTITION BY partner_id ORDER BY max(day) DESC, max(id) DESC) AS last_user_id
      FROM attended
     GROUP BY 1, 2
), manager AS (
    -- the salesperson of the contact, else the one of the last order, as far as they are still here; and the last day
    -- on which the customer ordered from somebody else
    SELECT s.partner_id, max(COALESCE(own.id, last.id)) AS manager_id,
           max(t.day) FILTER (WHERE t.user_id = own.id) AS tracked_day, max(s.last_day) AS other_day
      FROM seller s
      JOIN res_partner p ON p.id = s.partner_id
      LEFT JOIN here own ON own.id = p.user_id
      LEFT JOIN here last ON last.id = s.last_user_id
      LEFT JOIN tracked t ON t.partner_id = s.partner_id
     WHERE s.user_id IS DISTINCT FROM COALESCE(own.id, last.id)
     GROUP BY 1
), former AS (
    SELECT DISTINCT ON (m.partner_id) m.partner_id, m.manager_id, m.tracked_day, a.user_id, max(a.day) AS last_day,
           max((a.day - DATE '2000-01-01')::bigint << 32 | a.id) AS latest
      FROM manager m
      JOIN attended a ON a.partner_id = m.partner_id AND a.day <= m.other_day AND a.day > m.other_day - 365
     GROUP BY m.partner_id, m.manager_id, m.tracked_day, a.user_id
     ORDER BY m.partner_id, count(*) DESC, max((a.day - DATE '2000-01-01')::bigint << 32 | a.id) DESC
), change AS (
    SELECT f.partner_id, f.manager_id, f.user_id AS manager_former_id,
           (f.latest & 4294967295)::integer AS manager_former_order_id,
           CASE WHEN f.manager_id IS NULL THEN GREATEST(u.write_date::date, f.last_day)
                ELSE COALESCE(LEAST(f.tracked_day, min(a.day) FILTER (WHERE a.day >= f.last_day)), f.last_day)
                END AS manager_changed_date,
           array_agg(DISTINCT a.day) AS manager_days
      FROM former f
      LEFT JOIN res_users u ON u.id = f.user_id AND NOT u.active AND u.write_date < %(day_end)s
      LEFT JOIN attended a ON a.partner_id = f.partner_id AND a.user_id = f.manager_id
     WHERE f.user_id IS DISTINCT FROM f.manager_id AND (f.manager_id IS NOT NULL OR u.id IS NOT NULL)
     GROUP BY f.partner_id, f.manager_id, f.user_id, f.latest, f.tracked_day, f.last_day, u.write_date
), followed AS (
    -- what a customer who is active and buys often enough bought, with the second purchase day after each order
    SELECT n.*, first_value(next_day) OVER (PARTITION BY partner_id ORDER BY day
                    RANGE BETWEEN INTERVAL '1 day' FOLLOWING AND UNBOUNDED FOLLOWING) AS after_day
      FROM (SELECT o.id, o.partner_id, o.day, o.currency_rate,
                   first_value(o.day) OVER (PARTITION BY o.partner_id ORDER BY o.day
                       RANGE BETWEEN INTERVAL '1 day' FOLLOWING AND UNBOUNDED FOLLOWING) AS next_day
              FROM confirmed o
              JOIN sales s ON s.partner_id = o.partner_id AND s.purchase_days >= 6
                   AND s.last_order_date > %(today)s - 365 AND s.last_order_date - s.first_order_date >= 180
             WHERE o.is_purchase AND o.sold_at >= %(today)s - 1095) n
), line AS MATERIALIZED (
    SELECT o.partner_id, o.id AS order_id, o.day, o.after_day, t.id AS template_id, COALESCE(t.categ_id, 0) AS categ_id,
           CASE o.currency_rate WHEN 1 THEN l.price_subtotal ELSE l.price_subtotal / o.currency_rate END AS amount
      FROM followed o
      JOIN sale_order_line l ON l.order_id = o.id
      JOIN product_product v ON v.id = l.product_id
      JOIN product_template t ON t.id = v.product_tmpl_id
     WHERE l.display_type IS NULL AND l.is_downpayment IS NOT TRUE AND l.product_uom_qty > 0 AND l.price_subtotal >= 0
), item AS (
    SELECT i.*, max(first_day) OVER (PARTITION BY partner_id, categ_id) AS newest_day
      FROM (SELECT partner_id, categ_id, template_id, min(day) AS first_day, max(day) AS last_day,
                   CASE WHEN bool_and(after_day IS NOT NULL) THEN max(after_day) END AS after_day, count(*) AS lines
              FROM line
             GROUP BY GROUPING SETS ((partner_id, categ_id), (partner_id, categ_id, template_id))) i
), candidate AS MATERIALIZED (
    SELECT * FROM item
     WHERE lines >= 4 AND last_day - first_day >= 180 AND last_day BETWEEN %(today)s - 730 AND %(today)s - 30
       AND after_day IS NOT NULL AND COALESCE(template_id, categ_id) > 0
), item_order AS (
    SELECT d.*, NULLIF(day - lag(day) OVER (PARTITION BY partner_id, categ_id, template_id ORDER BY day), 0) AS gap
      FROM (SELECT c.partner_id, c.categ_id, c.template_id, c.first_day, c.last_day, c.after_day, c.newest_day, l.day,
                   l.order_id, sum(l.amount) AS amount
              FROM candidate c
              JOIN line l ON l.partner_id = c.partner_id AND l.categ_id = c.categ_id
                   AND (c.template_id IS NULL OR c.template_id = l.template_id)
             GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9) d
), missed AS (
    SELECT partner_id, categ_id, template_id, last_day, newest_day, round(avg(gap))::integer AS gap_mean,
           round(sum(amount) FILTER (WHERE day > last_day - 365), %(digits)s) AS amount,
           GREATEST(last_day + floor(1.5 * max(gap))::integer + 1, after_day,
                    CASE WHEN first_day <= last_day - 335
                         THEN min(day) FILTER (WHERE day > last_day - 335) + 365 END) AS holds_from,
           to_jsonb((array_agg(order_id ORDER BY day DESC, order_id DESC))[1:20]) AS orders
      FROM item_order
     GROUP BY partner_id, categ_id, template_id, first_day, last_day, after_day, newest_day
    HAVING count(DISTINCT day) >= 4
), stopped AS (
    SELECT m.*, bool_or(template_id IS NULL) OVER (PARTITION BY partner_id, categ_id) AS is_whole
      FROM missed m
     WHERE holds_from <= %(today)s
), offered AS (
    SELECT id, categ_id FROM product_template WHERE active AND sale_ok
), assortment AS (
    SELECT partner_id,
           jsonb_agg(jsonb_build_object(
               'model', CASE WHEN template_id IS NULL THEN 'product.category' ELSE 'product.template' END,
               'id', COALESCE(template_id, categ_id), 'last_day', last_day, 'holds_from', holds_from,
               'gap_mean', gap_mean, 'amount', amount, 'orders', orders
           ) ORDER BY amount DESC, categ_id, template_id NULLS FIRST) AS stopped_items
      FROM stopped
     WHERE CASE WHEN template_id IS NULL THEN categ_id IN (SELECT categ_id FROM offered)
                ELSE template_id IN (SELECT id FROM offered)
                     AND NOT is_whole AND newest_day <= last_day - gap_mean END
     GROUP BY 1
), buyer AS (
    SELECT s.partner_id, p.industry_id, COALESCE(p.country_id, 0) AS country_id, s.amount_year,
           s.amount_year / s.orders_year AS order_amount
      FROM sales s
      JOIN res_partner p ON p.id = s.partner_id
     WHERE s.amount_year > 0 AND s.orders_year > 0 AND s.first_order_date <= %(today)s - 365
       AND p.industry_id IS NOT NULL
), peers AS (
    SELECT industry_id, country_id, count(*) AS customers,
           percentile_cont(0.75) WITHIN GROUP (ORDER BY amount_year)::numeric AS amount,
           round(percentile_cont(0.5) WITHIN GROUP (ORDER BY order_amount)::numeric, %(digits)s) AS order_amount
      FROM buyer
     GROUP BY 1, 2
), potential AS (
    SELECT s.partner_id, round(g.amount, 1 - floor(log(g.amount))::integer) AS amount, g.order_amount,
           g.customers - (b.partner_id IS NOT NULL)::integer AS customers
      FROM sales s
      JOIN res_partner p ON p.id = s.partner_id
      JOIN peers g ON g.industry_id = p.industry_id AND g.country_id = COALESCE(p.country_id, 0)
      LEFT JOIN buyer b ON b.partner_id = s.partner_id
     WHERE g.customers - (b.partner_id IS NOT NULL)::integer >= 10
), customer AS (
    SELECT s.*, d.amount AS demand_amount, d.squares AS demand_squares, d.amount_before AS demand_amount_before,
           d.squares_before AS demand_squares_before, COALESCE(d.demand_margin, 0) AS demand_margin,
           COALESCE(d.demand_margin_before, 0) AS demand_margin_before, -GREATEST(s.margin_active_year, 0) AS rank,
           -GREATEST(d.demand_margin, 0) AS demand_rank, -GREATEST(d.demand_margin_before, 0) AS demand_rank_before,
           LEAST(12, %(month_number)s - date_part('year', s.first_order_date) * 12
                     - date_part('month', s.first_order_date)) AS months,
           LEAST(12, %(month_number_before)s - date_part('year', s.first_order_date) * 12
                     - date_part('month', s.first_order_date)) AS months_before
      FROM sales s
      LEFT JOIN demand d ON d.partner_id = s.partner_id
     WHERE s.purchase_days > 0
), ranked AS (
    -- the share of all margin that those bring who bring more; who brings the same is in the same class
    SELECT c.*,
           100 * (sum(rank) OVER (ORDER BY rank) - sum(rank) OVER (PARTITION BY rank))
               / NULLIF(sum(rank) OVER (), 0) AS better,
           100 * (sum(demand_rank) OVER (ORDER BY demand_rank) - sum(demand_rank) OVER (PARTITION BY demand_rank))
               / NULLIF(sum(demand_rank) OVER (), 0) AS demand_better,
           100 * (sum(demand_rank_before) OVER (ORDER BY demand_rank_before)
                  - sum(demand_rank_before) OVER (PARTITION BY demand_rank_before))
               / NULLIF(sum(demand_rank_before) OVER (), 0) AS demand_better_before,
           CASE WHEN months >= 6 AND demand_amount > 0
                THEN LEAST(9999, round(100 * sqrt(GREATEST(0, months * demand_squares::float8
                     / demand_amount::float8 ^ 2 - 1))))::integer END AS demand_variation,
           CASE WHEN months_before >= 6 AND demand_amount_before > 0
                THEN LEAST(9999, round(100 * sqrt(GREATEST(0, months_before * demand_squares_before::float8
                     / demand_amount_before::float8 ^ 2 - 1))))::integer END AS demand_variation_before
      FROM customer c
), value_class AS (
    -- those of the company, else the shared ones; the last one takes everybody who is left
    SELECT array_agg(id ORDER BY margin_share_to) AS ids,
           trim_array(array_agg(margin_share_to ORDER BY margin_share_to), 1) AS limits
      FROM (SELECT *, dense_rank() OVER (ORDER BY company_id) AS choice FROM winback_value_class
             WHERE company_id = %(company)s OR company_id IS NULL) v
     WHERE choice = 1
)
SELECT s.partner_id,
       s.first_order_date, s.last_order_date, s.last_order_id, s.order_count::integer, s.purchase_days::integer,
       s.gap_mean::integer, s.gap_max, s.gap_recent, s.returned_date, s.return_count::integer,
       s.orders_year::integer, s.orders_recent::integer, s.orders_base::integer, s.orders_season::integer,
       s.days_90::integer, s.days_180::integer,
       i.first_inquiry_date, i.last_inquiry_date, i.last_inquiry_model, i.last_inquiry_id,
       COALESCE(i.inquiry_count, 0)::integer AS inquiry_count,
       COALESCE(i.quotation_count, 0)::integer AS quotation_count,
       COALESCE(f.fruitless_count, 0)::integer AS fruitless_count, f.fruitless_dates, f.fruitless_documents,
       s.amount_total, COALESCE(s.amount_year, 0) AS amount_year, COALESCE(s.amount_recent, 0) AS amount_recent,
       COALESCE(s.amount_base, 0) AS amount_base, COALESCE(s.amount_season, 0) AS amount_season,
       COALESCE(s.amount_90, 0) AS amount_90, COALESCE(s.amount_active_year, 0) AS amount_active_year,
       s.margin_total, COALESCE(s.margin_active_year, 0) AS margin_active_year,
       COALESCE(l.amount, 0) AS amount_since_return, COALESCE(l.margin, 0) AS margin_since_return,
       COALESCE(t.touch_count, 0)::integer AS touch_count, t.touch_dates, t.touch_last_model,
       CASE WHEN t.partner_id IS NOT NULL THEN GREATEST(i.last_inquiry_date, t.reacted) END AS touch_life_date,
       t.touch_documents,
       COALESCE(s.demand_amount, 0) AS demand_amount, COALESCE(s.demand_squares, 0) AS demand_squares,
       s.demand_margin, COALESCE(s.demand_amount_before, 0) AS demand_amount_before,
       COALESCE(s.demand_squares_before, 0) AS demand_squares_before, s.demand_margin_before,
       s.demand_variation, s.demand_variation_before,
       CASE WHEN s.months > 0
            THEN CASE WHEN s.demand_margin > 0 AND s.demand_better < %(a_share)s THEN 'A'
                      WHEN s.demand_margin > 0 AND s.demand_better < %(b_share)s THEN 'B' ELSE 'C' END
              || CASE WHEN s.months < 6 THEN '' WHEN s.demand_variation <= %(x_variation)s THEN 'X'
                      WHEN s.demand_variation <= %(y_variation)s THEN 'Y' ELSE 'Z' END END AS abc_xyz,
       CASE WHEN s.months_before > 0
            THEN CASE WHEN s.demand_margin_before > 0 AND s.demand_better_before < %(a_share)s THEN 'A'
                      WHEN s.demand_margin_before > 0 AND s.demand_better_before < %(b_share)s THEN 'B' ELSE 'C' END
              || CASE WHEN s.months_before < 6 THEN '' WHEN s.demand_variation_before <= %(x_variation)s THEN 'X'
                      WHEN s.demand_variation_before <= %(y_variation)s THEN 'Y' ELSE 'Z' END END AS abc_xyz_before,
       v.ids[1 + CASE WHEN s.margin_active_year > 0 THEN width_bucket(s.better, v.limits)
                      ELSE cardinality(v.limits) END] AS value_class_id,
       y.first_invoice_date, y.invoices_recent::integer, y.invoices_base::integer, y.invoices_season::integer,
       y.due_recent::integer, y.due_base::integer, y.due_season::integer, y.paid_recent::integer,
       y.paid_base::integer, y.paid_season::integer,
       COALESCE(e.contact_count, 0)::integer AS contact_count,
       COALESCE(e.contact_archived_count, 0)::integer AS contact_archived_count,
       COALESCE(e.contact_bounced_count, 0)::integer AS contact_bounced_count, e.contact_gone_dates,
       e.contact_documents,
       COALESCE(c.conflict_count, 0)::integer AS conflict_count, c.conflict_since, c.conflict_subject,
       c.conflict_documents, u.unhappy_events, a.stopped_items,
       m.manager_id, m.manager_former_id, m.manager_former_order_id, m.manager_changed_date,
       (SELECT count(*) FROM unnest(m.manager_days) day WHERE day >= m.manager_changed_date)::integer
           AS manager_purchase_count,
       COALESCE(g.amount, 0) AS potential_used, g.customers AS potential_peers,
       COALESCE(g.order_amount, 0) AS potential_order
  FROM ranked s
 CROSS JOIN value_class v
  LEFT JOIN second_life l ON l.partner_id = s.partner_id
  LEFT JOIN inquiries i ON i.partner_id = s.partner_id
  LEFT JOIN fruitless f ON f.partner_id = s.partner_id
  LEFT JOIN touches t ON t.partner_id = s.partner_id
  LEFT JOIN payments y ON y.partner_id = s.partner_id
  LEFT JOIN people e ON e.partner_id = s.partner_id
  LEFT JOIN conflict c ON c.partner_id = s.partner_id
  LEFT JOIN unhappy u ON u.partner_id = s.partner_id
  LEFT JOIN assortment a ON a.partner_id = s.partner_id
  LEFT JOIN change m ON m.partner_id = s.partner_id
  LEFT JOIN potential g ON g.partner_id = s.partner_id
