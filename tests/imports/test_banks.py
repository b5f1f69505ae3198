"""The exports of banks on five continents, in the manner of each, with invented rows: read without being told."""

from pathlib import Path

import pytest

from expenses.imports.statements import Mapping, guess, read

pytestmark = pytest.mark.either  # asks no database

STATEMENTS = Path(__file__).parent.parent / "statements" / "banks"

# What each says: day, amount (money out negative), description.
SAID = {
    "american_app_blank_after_sign.csv": """
        2026-01-29 -12.50 Bob Test
        2026-01-30 500.00 Carl Test
    """,
    "american_card_categories_inverted.csv": """
        2026-01-29 -4.75 COFFEE
        2026-01-28 -24.75 STORE
        2026-01-28 -14.75 STORE B
        2026-01-20 500.00 INTERNET PAYMENT - THANK YOU
    """,
    "american_card_holder_inverted.csv": """
        2026-01-29 -4.75 COFFEE
        2026-01-28 -30.00 BOOKS
        2026-01-27 -40.00 FUEL
        2026-01-20 500.00 AUTOPAY PAYMENT RECEIVED - THANK YOU
    """,
    "american_card_signed.csv": """
        2026-01-29 -4.75 COFFEE #12
        2026-01-20 500.00 Payment Thank You - Web
        2026-01-18 20.00 RETURN SHOP
    """,
    "american_checking_details.csv": """
        2026-01-30 -45.10 GROCER 123
        2026-01-28 1000.00 ACME PAYROLL
    """,
    "american_credits_with_minus.csv": """
        2026-01-29 -4.75 COFFEE
        2026-01-20 500.00 ONLINE PAYMENT, THANK YOU
    """,
    "american_debit_credit.csv": """
        2026-01-29 -4.75 COFFEE
        2026-01-20 500.00 CAPITAL ONE AUTOPAY PYMT
    """,
    "american_headerless_stars.csv": """
        2026-01-30 -45.10 GROCER 123
        2026-01-28 1000.00 ACME PAYROLL
        2026-01-27 -20.00 CHECK # 1042
    """,
    "american_summary_above.csv": """
        2026-01-15 2000.00 ACME PAYROLL
        2026-01-30 -45.10 GROCER 123
    """,
    "australian_headerless_quoted.csv": """
        2026-01-30 -45.10 VISA DEBIT PURCHASE CARD 1234 COLES
        2026-01-28 1000.00 PAY/SALARY FROM ACME
    """,
    "australian_narrative.csv": """
        2026-01-30 -45.10 EFTPOS COLES
        2026-01-28 1000.00 DEPOSIT ACME
    """,
    "austrian_utf16.csv": """
        2026-01-30 -15.90 Billa
        2026-01-29 1900.00 Firma
    """,
    "belgian_bare_thousand.csv": """
        2026-01-30 -45.1 BAKKER
        2026-01-28 1000 ACME
    """,
    "belgian_preamble.csv": """
        2026-01-30 -45.10 BAKKER
        2026-01-28 1000.00 ACME NV
    """,
    "belgian_signed_and_halves.csv": """
        2026-01-30 -45.10 BAKKER
        2026-01-28 1000.00 ACME NV
    """,
    "brazilian_account.csv": """
        2026-01-30 -12.50 Transferência enviada pelo Pix - ANA
        2026-01-28 5000.00 Transferência recebida - ACME
    """,
    "brazilian_card_inverted.csv": """
        2026-01-30 -12.50 Padaria São João
        2026-01-29 -23.10 Uber
        2026-01-28 -99.90 Mercado
        2026-01-20 500.00 Pagamento recebido
    """,
    "brazilian_headerless.txt": """
        2026-01-28 5000.00 SALARIO ACME
        2026-01-30 -12.50 INT PADARIA
        2026-01-30 -150.00 PIX TRANSF ANA
    """,
    "british_currency_in_name.csv": """
        2026-01-30 -45.10 Tesco
        2026-01-28 1000.00 Acme
    """,
    "british_first_column_empty.csv": """
        2026-01-30 -45.10 TESCO STORES       ON 29 JAN
        2026-01-28 1000.00 ACME LTD       BGC
    """,
    "british_headerless.csv": """
        2026-01-30 -45.10 TESCO STORES
        2026-01-28 1000.00 SALARY ACME
    """,
    "british_signed_and_halves.csv": """
        2026-01-30 -4.50 Pret
        2026-01-28 1000.00 Acme Ltd
    """,
    "british_sort_code_apostrophe.csv": """
        2026-01-30 -45.10 TESCO
        2026-01-28 1000.00 ACME
    """,
    "canadian_currency_columns.csv": """
        2026-01-30 -45.1 INTERAC PURCHASE
        2026-01-28 1000 PAYROLL DEPOSIT
    """,
    "canadian_headerless_balance.csv": """
        2026-01-30 -45.10 LOBLAWS 123
        2026-01-28 1000.00 ACME PAYROLL
        2026-01-27 -3.10 TIM HORTONS
    """,
    "canadian_headerless_card_number.csv": """
        2026-01-30 -45.10 LOBLAWS 123, TORONTO
        2026-01-28 1000.00 PAYMENT THANK YOU
    """,
    "canadian_one_decimal.csv": """
        2026-01-30 -45.1 LOBLAWS
        2026-01-28 1000 ACME
    """,
    "czech_utf16.csv": """
        2026-01-30 -1290.00 Řeznictví
        2026-01-28 10000.00 Firma s.r.o.
    """,
    "danish_waiting.csv": """
        2026-01-25 25000.00 Løn
        2026-01-30 -1234.00 Netto Ørsted
    """,
    "dutch_plus_signs_many_empty.csv": """
        2026-01-19 -25.00 Kiosk
        2026-01-20 1500.00 Werkgever BV
    """,
    "finnish_archive_ids.csv": """
        2026-01-30 -45.60 K-Market Ääkkönen
        2026-01-25 2500.00 TYÖNANTAJA OY
    """,
    "french_blank_thousands_quoted.csv": """
        2026-01-30 -4.50 CARTE 29/01/26 BOULANGERIE
        2026-01-28 1000.00 VIR SALAIRE ACME
    """,
    "french_euros_and_francs.csv": """
        2026-01-30 -45.10 ACHAT CB BOULANGERIE
        2026-01-28 1000.00 VIREMENT DE ACME
    """,
    "french_labels_of_three_lines.csv": """
        2026-01-30 -45.10 PAIEMENT PAR CARTE           BOULANGERIE MARTIN              29/01
        2026-01-28 1000.00 VIREMENT EN VOTRE FAVEUR ACME SALAIRE
    """,
    "german_app_english_names.csv": """
        2026-02-01 -3.40 Bäckerei Huber
        2026-02-02 2100.00 Lohn GmbH
    """,
    "german_balance_after.csv": """
        2026-01-30 -45.50 Gärtnerei
        2026-01-29 1000.00 Firma
    """,
    "german_balance_row_below.csv": """
        2026-01-30 -20.00 Markt Süd
        2026-01-29 1200.00 Firma
    """,
    "german_open_rows_and_old_balance.csv": """
        2026-01-30 -84.00 Auftraggeber: Strom AG Buchungstext: Abschlag
        2026-01-29 2450.00 Auftraggeber: Firma Buchungstext: Lohn
    """,
    "german_pending_by_info.csv": """
        2026-01-30 -12.00 Verein e.V.
        2026-01-29 2450.00 Firma AG
    """,
    "german_quoted_preamble.csv": """
        2026-01-30 -84.00 Stadtwerke Süd
        2026-01-29 2450.00 Firma AG
    """,
    "german_two_digit_years_euro_signs.csv": """
        2026-01-30 -84 Stadtwerke
        2026-01-29 2450.10 Firma AG
    """,
    "greek_sign_letters.csv": """
        2026-01-30 -45.10 ΑΓΟΡΑ ΣΚΛΑΒΕΝΙΤΗΣ
        2026-01-28 1000.00 ΜΙΣΘΟΔΟΣΙΑ
    """,
    "hungarian_headerless_flag.csv": """
        2026-01-05 -4500 PIAC KFT
        2026-01-09 412000 MUNKALTATO ZRT
    """,
    "indian_blanks_and_zeros.csv": """
        2026-01-30 -1250.00 UPI-GROCER-OKAXIS
        2026-01-28 25000.00 NEFT CR-ACME
    """,
    "indian_preamble_lakhs.csv": """
        2026-01-28 125000.00 NEFT-ACME
        2026-01-30 -1250.00 UPI/GROCER
    """,
    "indian_tabs_named_xls.xls": """
        2026-01-28 25000.00 BY TRANSFER-NEFT ACME
        2026-01-30 -1250.00 TO TRANSFER-UPI/GROCER
    """,
    "italian_in_out_with_minus.csv": """
        2026-01-30 -45.10 Pagamento Visa Debit
        2026-01-28 1000.00 Stipendio
    """,
    "japanese_shift_jis.csv": """
        2026-01-28 250000 給与
        2026-01-30 -1250 コンビニ
    """,
    "mexican_cargo_abono.csv": """
        2026-01-30 -45.10 OXXO
        2026-01-28 1000.00 NOMINA
    """,
    "norwegian_out_in.csv": """
        2026-01-30 -312.40 Varekjøp Rema 1000
        2026-01-25 30000.00 Lønn
    """,
    "polish_hash_names_blank_thousands.csv": """
        2026-01-30 -1234.50 ŻABKA  ZAKUP PRZY UŻYCIU KARTY
        2026-01-28 5000.00 PRZELEW WYNAGRODZENIE
    """,
    "polish_text_in_five_columns.csv": """
        2026-01-30 -45.10 Tytuł:  010 123 74987
        2026-01-28 1000.00 Rachunek nadawcy: 11
    """,
    "south_african_fee_beside.csv": """
        2026-01-28 1000.00 Salary
        2026-01-29 -45.60 Spar
    """,
    "south_african_preamble.csv": """
        2026-01-30 -45.10 SPAR
        2026-01-28 1000.00 SALARY
    """,
    "spanish_code_behind_amount.csv": """
        2026-01-30 -45.10 MERCADONA
        2026-01-28 1000.00 NOMINA
    """,
    "spanish_first_column_empty.csv": """
        2026-01-30 -45.10 Mercadona
        2026-01-28 1000.00 Nómina
    """,
    "spanish_unicode_minus_codes.csv": """
        2026-01-30 -45.10 COMPRA MERCADONA
        2026-01-28 1000.00 NOMINA ACME
    """,
    "swedish_blank_thousands.csv": """
        2026-01-30 -1234.50 Kortköp ICA
        2026-01-25 10000.00 Lön
    """,
    "swedish_three_decimals.csv": """
        2026-01-30 -312.000 ICA KVANTUM/26-01-29
        2026-01-25 5000.000 LÖN
    """,
    "swedish_two_names_of_the_day.csv": """
        2026-01-30 -150.00 Swish skickad
        2026-01-28 1000.00 Lön
    """,
    "swiss_english_midnight_times.csv": """
        2026-01-30 -12.5 Coop Pronto
        2026-01-29 1000 Gutschrift Firma
    """,
    "swiss_formula_preamble_disclaimer.csv": """
        2026-01-30 -35.20 KAUF/DIENSTLEISTUNG VOM 29.01.2026 COOP BERN
        2026-01-28 5000 GUTSCHRIFT AUFTRAGGEBER: FIRMA AG
    """,
    "swiss_preamble_debit_minus.csv": """
        2026-01-30 -100.00 Migros; Zürich
        2026-01-25 2000.00 Firma AG
    """,
    "transfers_nineteen_columns.csv": """
        2026-01-14 -12.30 Cafe Uno
        2026-01-13 500.00 ANN EXAMPLE
    """,
    "turkish_cp1254.csv": """
        2026-01-30 -45.10 BAKKAL İSTANBUL
        2026-01-28 1000.00 MAAŞ
    """,
    "uk_app_two_dates_pending.csv": """
        2026-01-13 -4.50 Tea House
        2026-01-14 100.00 Top-Up by *1234
        2026-01-16 -51.50 Cash at Corner
    """,
    "wallet_fee_without_balance.csv": """
        2026-01-28 -12.50 Bistro
        2026-01-27 -100.00 Cash machine
    """,
    "wallet_gross_fee_net.csv": """
        2026-01-30 -45.10 Shop Ltd
        2026-01-28 100.00 Friend
    """,
    "german_dash_for_cents.csv": """
        2026-01-31 -4.50 Kaffee
        2026-01-30 -12 Reis
        2026-01-29 2000 Lohn
        2026-01-28 -3.10 Saft
    """,
    "american_parentheses.csv": """
        2026-01-31 -4.50 Cafe
        2026-01-30 2000.00 Pay
        2026-01-29 0.00 Zero
    """,
    "german_card_no_signs.csv": """
        2026-01-31 -4.50 Cafe
        2026-01-30 -20.00 Shop
        2026-01-29 -30.10 Bar
    """,
    "swedish_minus_behind.csv": """
        2026-01-31 -45.00 Kaffe
        2026-01-30 1000.00 Lön
    """,
    "indian_month_names.csv": """
        2026-01-30 -100.00 UPI
        2026-01-28 1000.00 PAY
    """,
    "american_days_in_words.csv": """
        2026-01-30 -1.00 Cafe
        2026-01-31 -2.00 Bar
    """,
    "days_in_one_word.csv": """
        2026-01-30 -1.00 Cafe
        2026-01-31 -2.00 Bar
    """,
    "app_utc_times.csv": """
        2026-01-30 -1.00 Cafe
        2026-01-31 2.00 Firm
    """,
    "headerless_d_and_c.csv": """
        2026-01-31 -4.50 CAFE
        2026-01-30 1000.00 FIRM
        2026-01-29 -9.50 SHOP
    """,
    "hebrew.csv": """
        2026-01-31 -45.10 מכולת
        2026-01-28 1000.00 משכורת
    """,
    "arabic.csv": """
        2026-01-31 -45.10 بقالة
        2026-01-28 1000.00 راتب
    """,
    "vietnamese.csv": """
        2026-01-31 -45000 CA PHE
        2026-01-28 1000000 LUONG
    """,
    "korean_won_in_names.csv": """
        2026-01-31 -4500 카페
        2026-01-28 100000 급여
    """,
    "russian_failed_rows.csv": """
        2026-01-31 -350.40 Пятёрочка
        2026-01-29 50000.00 Работа
    """,
    "german_balance_before_amount.csv": """
        2026-01-31 -45.10 Bäcker
        2026-01-28 1000.00 Firma
    """,
    "german_sender_receiver.csv": """
        2026-01-31 -45.10 Bäcker
        2026-01-28 1000.00 Firma
    """,
    "german_s_and_h.csv": """
        2026-01-31 -45.10 Bäcker
        2026-01-28 1000.00 Firma
    """,
    "headerless_bars_dr_cr.csv": """
        2026-01-31 -45.10 CAFE
        2026-01-28 1000.00 FIRM
    """,
    "charges_and_refunds.csv": """
        2026-01-31 -4.50 Cafe
        2026-01-30 20.00 Shop
        2026-01-29 -30.10 Bar
    """,
    "foreign_amount_first.csv": """
        2026-01-31 -4.60 Cafe
        2026-01-30 92.00 Firm
    """,
    "landlord_mostly_income.csv": """
        2026-01-31 400.00 Tenant A
        2026-01-30 400.00 Tenant B
        2026-01-29 400.00 Tenant C
        2026-01-28 400.00 Tenant D
        2026-01-27 -90.00 Roofer
    """,
    "zeros_in_both_halves.csv": """
        2026-01-31 -4.50 Cafe
        2026-01-28 1000.00 Firm
    """,
    "american_card_purchases_and_refunds.csv": """
        2026-01-31 -4.50 Cafe
        2026-01-20 500.00 Ach Deposit
        2026-01-19 20.00 Shop
        2026-01-18 -20.00 Shop
    """,
    "american_card_few_rows_thanks.csv": """
        2026-01-25 -12.34 GROCER 12
        2026-01-26 -2.80 BUS CARD
        2026-01-28 150.00 PAYMENT RECEIVED - THANK YOU
    """,
    "brazilian_card_payment_and_refund.csv": """
        2026-01-30 -112.50 Loja
        2026-01-28 -18.90 Corrida
        2026-01-20 850.00 Pagamento recebido
        2026-01-18 30.00 Estorno de Loja
        2026-01-17 -7.00 Padaria
    """,
    "swiss_card_sides_against_signs.csv": """
        2026-01-30 -12.50 GROCER ZURICH
        2026-01-29 -20.00 BOOKS
        2026-01-28 310.00 YOUR PAYMENT
        2026-01-27 20.00 BOOKS RETURNED
    """,
    "french_balance_by_another_hand.csv": """
        2026-01-30 -12.50 CARTE 29/01/26 EPICERIE
        2026-01-12 1500.00 VIR FIRME
    """,
    "dutch_headerless_debet_overdrawn.csv": """
        2026-01-30 -12.50 WINKEL 1234 18:01
        2026-01-12 1500.00 Loon januari
        2026-01-10 -40.00 Rekening 123
    """,
    "dutch_headerless_balance_before_single_quotes.csv": """
        2026-01-10 -40.00 Rekening 123
        2026-01-12 1500.00 Loon, januari
        2026-01-30 -12.50 WINKEL 1234>STAD 29.01.2026
        2026-01-31 -3.50 BAKKER, STAD
    """,
    "canadian_headerless_overdrawn.csv": """
        2026-01-25 -4.50 COFFEE #12
        2026-01-24 1500.00 ACME PAYROLL
        2026-01-23 -80.00 POWER BILL
    """,
    "polish_headerless_summary_row.csv": """
        2026-01-30 -112.50 ZAKUP KARTĄ SKLEP
        2026-01-12 5000.00 WYNAGRODZENIE
    """,
    "polish_two_amounts_sender_recipient.csv": """
        2026-01-29 -435.00 HOTEL
        2026-01-12 5000.00 FIRMA SP Z O O
    """,
    "norwegian_currency_of_another_amount.csv": """
        2026-01-29 -129.50 DAGLIGVARER
        2026-01-27 -228.00 BOKHANDEL
        2026-01-25 5000.00 INNSKUDD
    """,
    "german_old_cooperative.csv": """
        2026-01-30 -12.50 LADEN
        2026-01-12 1500.00 FIRMA GMBH
    """,
    "german_counterpart_numbers.csv": """
        2026-01-31 -12.50 LADEN
        2026-01-02 1500.00 FIRMA GMBH
    """,
    "german_two_payees_in_numbers.csv": """
        2026-01-30 -12.50 BÄCKER
        2026-01-12 1500.00 FIRMA GMBH
    """,
    "austrian_headerless_own_iban.csv": """
        2026-01-30 -12.50 Bezahlung Karte  MC/000000001|LADEN WIEN 1010
        2026-01-12 1500.00 Gehalt  FE/000000002|FIRMA GMBH
    """,
    "swiss_numbered_descriptions.csv": """
        2026-01-31 -12.50 Laden;8001 Zürich
        2026-01-29 -100.00 Sammelauftrag Telefon AG Strom AG
        2026-01-25 5500.00 Firma AG
    """,
    "swiss_card_total_in_another_column.csv": """
        2026-01-29 -12.50 SHOP ZURICH
        2026-01-27 -19.22 BOOKS
        2026-01-25 310.00 DIRECT DEBIT
    """,
    "belgian_holder_beside_payee.csv": """
        2026-01-30 -12.50 AANKOOP WINKEL
        2026-01-12 1500.00 FIRMA NV
    """,
    "belgian_payee_is_a_number.csv": """
        2026-01-30 -12.50 WINKEL
        2026-01-12 1500.00 FIRMA NV
    """,
    "finnish_payer_and_payee.csv": """
        2026-01-30 -12.50 KAUPPA
        2026-01-12 1500.00 FIRMA OY
    """,
    "swedish_reserved_for_a_day.csv": """
        2026-01-30 -129.50 Kortköp 260129 BUTIK
        2026-01-25 25000.00 Lön
    """,
    "italian_not_booked.csv": """
        2026-01-30 -12.50 MERCATO
        2026-01-12 1500.00 DITTA SRL
    """,
    "french_balances_above_and_below.csv": """
        2026-01-30 -12.50 CB EPICERIE
        2026-01-12 1500.00 VIR FIRME
    """,
    "lithuanian_turnover_rows.csv": """
        2026-01-12 1500.00 ĮMONĖ UAB
        2026-01-30 -12.50 PARDUOTUVĖ
    """,
    "russian_payment_beside_operation.csv": """
        2026-01-30 -912.50 Сервис
        2026-01-12 50000.00 Фирма
    """,
    "business_total_after_fee.csv": """
        2026-01-25 -120.20 To Supplier
        2026-01-26 -15.80 Hosting
    """,
    "japanese_commas_without_yen.csv": """
        2026-01-25 -1250 カード
        2026-01-24 250000 給料
    """,
    "hebrew_prefixed_sides.csv": """
        2026-01-30 -112.50 סופר
        2026-01-13 6000.00 משכורת
    """,
    "transfers_direction_after_fees.csv": """
        2026-01-25 -12.50 Shop
        2026-01-24 1000.00 Firm
    """,
    "ukrainian_card_currency_in_name.csv": """
        2026-01-25 -112.5 Крамниця
        2026-01-24 -415.0 Сервіс
        2026-01-23 6415.0 Від: Фірма
    """,
    "bulgarian_debit_credit.csv": """
        2026-01-25 -12.50 МАГАЗИН
        2026-01-24 1500.00 ЗАПЛАТА
    """,
    "latvian_account_and_balances.csv": """
        2026-01-25 -12.50 VEIKALS
        2026-01-26 1500.00 FIRMA SIA
    """,
    "norwegian_to_and_from_account.csv": """
        2026-01-30 -129.50 BUTIKK
        2026-01-25 25000.00 Lønn
    """,
    "american_unsigned_by_kind.csv": """
        2026-01-25 -40.00 ATM
        2026-01-24 1500.00 PAYROLL
        2026-01-23 -5.00 Monthly fee
        2026-01-22 -12.50 GROCER
    """,
}
ASKED = {
    "american_card_categories_inverted.csv": ("invert",),
    "american_card_holder_inverted.csv": ("invert",),
    "brazilian_card_inverted.csv": ("invert",),
    "canadian_headerless_card_number.csv": ("money_out",),
    "german_card_no_signs.csv": ("invert",),
    "landlord_mostly_income.csv": ("invert",),
    "american_card_purchases_and_refunds.csv": ("invert",),
    "american_card_few_rows_thanks.csv": ("invert",),
    "brazilian_card_payment_and_refund.csv": ("invert",),
}
LEFT_OUT = {
    "american_app_blank_after_sign.csv": {"before the table": 2, "a balance or a total": 2},
    "american_credits_with_minus.csv": {"left out by its status": 1},
    "american_summary_above.csv": {"before the table": 5, "a balance or a total": 1},
    "belgian_preamble.csv": {"before the table": 5},
    "danish_waiting.csv": {"left out by its status": 1},
    "french_euros_and_francs.csv": {"before the table": 6},
    "french_labels_of_three_lines.csv": {"before the table": 5},
    "german_balance_row_below.csv": {"before the table": 6, "a balance or a total": 1},
    "german_open_rows_and_old_balance.csv": {"before the table": 2, "not booked yet": 1, "a balance or a total": 1},
    "german_pending_by_info.csv": {"left out by its status": 1},
    "german_quoted_preamble.csv": {"before the table": 4},
    "german_two_digit_years_euro_signs.csv": {"before the table": 4, "left out by its status": 1},
    "indian_preamble_lakhs.csv": {"before the table": 3, "a balance or a total": 1},
    "indian_tabs_named_xls.xls": {"before the table": 7, "after the last row with a date": 1},
    "italian_in_out_with_minus.csv": {"before the table": 3},
    "polish_hash_names_blank_thousands.csv": {"before the table": 13},
    "south_african_preamble.csv": {"before the table": 4},
    "spanish_first_column_empty.csv": {"before the table": 1},
    "spanish_unicode_minus_codes.csv": {"before the table": 3},
    "swedish_two_names_of_the_day.csv": {"before the table": 1},
    "swiss_formula_preamble_disclaimer.csv": {"before the table": 5, "after the last row with a date": 2},
    "swiss_preamble_debit_minus.csv": {"before the table": 8},
    "uk_app_two_dates_pending.csv": {"left out by its status": 2},
    "wallet_gross_fee_net.csv": {"left out by its status": 1},
    "russian_failed_rows.csv": {"left out by its status": 1},
    "german_balance_before_amount.csv": {"before the table": 9},
    "polish_headerless_summary_row.csv": {"before the table": 1},
    "polish_two_amounts_sender_recipient.csv": {"before the table": 1},
    "german_old_cooperative.csv": {"before the table": 4, "a balance or a total": 2},
    "swiss_card_total_in_another_column.csv": {"a balance or a total": 1},
    "belgian_holder_beside_payee.csv": {"left out by its status": 1},
    "swedish_reserved_for_a_day.csv": {"not booked yet": 1},
    "italian_not_booked.csv": {"left out by its status": 1},
    "french_balances_above_and_below.csv": {"before the table": 2, "a balance or a total": 1},
    "lithuanian_turnover_rows.csv": {"a balance or a total": 4},
    "transfers_direction_after_fees.csv": {"left out by its status": 1},
    "latvian_account_and_balances.csv": {"a balance or a total": 2},
}
# The own account, and the currency, of every row; "" where the file does not say.
MORE = {
    "swiss_card_sides_against_signs.csv": ("XXXX 1234", "CHF"),
    "french_balance_by_another_hand.csv": ("00040000001", ""),
    "dutch_headerless_debet_overdrawn.csv": ("NL02TEST0123456789", ""),
    "dutch_headerless_balance_before_single_quotes.csv": ("NL02TEST0123456789", "EUR"),
    "polish_two_amounts_sender_recipient.csv": ("", "PLN"),
    "norwegian_currency_of_another_amount.csv": ("", ""),
    "german_old_cooperative.csv": ("", "EUR"),
    "german_counterpart_numbers.csv": ("", "EUR"),
    "german_two_payees_in_numbers.csv": ("1234567890", "EUR"),
    "austrian_headerless_own_iban.csv": ("AT020000000000000001", "EUR"),
    "swiss_numbered_descriptions.csv": ("", "CHF"),
    "swiss_card_total_in_another_column.csv": ("0000 1234", "CHF"),
    "belgian_holder_beside_payee.csv": ("BE02 0000 0000 0001", "EUR"),
    "belgian_payee_is_a_number.csv": ("BE02000000000001", "EUR"),
    "swedish_reserved_for_a_day.csv": ("", "SEK"),
    "italian_not_booked.csv": ("", "EUR"),
    "french_balances_above_and_below.csv": ("", "EUR"),
    "lithuanian_turnover_rows.csv": ("LT020000000000000001", "EUR"),
    "russian_payment_beside_operation.csv": ("", "RUB"),
    "business_total_after_fee.csv": ("", "GBP"),
    "transfers_direction_after_fees.csv": ("", "EUR"),
    "ukrainian_card_currency_in_name.csv": ("", "UAH"),
    "latvian_account_and_balances.csv": ("LV02TEST0000000000001", "EUR"),
    "norwegian_to_and_from_account.csv": ("", ""),
}


def statement(name: str) -> bytes:
    return (STATEMENTS / name).read_bytes()


def test_no_statement_of_a_bank_is_forgotten():
    assert {path.name for path in STATEMENTS.iterdir()} == set(SAID)


@pytest.mark.parametrize("name", SAID)
def test_the_export_of_a_bank_is_read_without_being_told(name):
    found = read(statement(name))

    said = [f"{r.date} {r.amount:f} {r.description}" for r in found.records]
    assert said == [line.strip() for line in SAID[name].strip().splitlines()]
    assert not found.problems
    assert found.ambiguous == ASKED.get(name, ())
    assert found.left_out_counts() == LEFT_OUT.get(name, {})


@pytest.mark.parametrize("name", SAID)
def test_the_reading_of_a_bank_can_be_kept_as_json(name):
    data = statement(name)

    kept = Mapping.from_json(guess(data).mapping.to_json())

    assert read(data, kept).records == read(data).records


@pytest.mark.parametrize("name", MORE)
def test_the_export_of_a_bank_tells_its_account_and_currency(name):
    found = read(statement(name)).records

    assert {(record.account, record.currency) for record in found} == {MORE[name]}


@pytest.mark.parametrize(
    ("name", "notices"),
    [
        ("south_african_fee_beside.csv", ("The amounts of the column “Fee” are counted as money out besides.",)),
        ("wallet_fee_without_balance.csv", ("The column “Fee” has amounts of its own, which are not read.",)),
        ("wallet_gross_fee_net.csv", ()),
    ],
)
def test_a_fee_is_counted_where_the_balance_needs_it_and_told_where_nobody_knows(name, notices):
    assert guess(statement(name)).notices == notices


@pytest.mark.parametrize(
    ("header", "neither"), [("收/支", "不计收支"), ("收/支", "/"), ("Direction", "NEUTRAL"), ("Type", "Interest")]
)
def test_a_row_that_goes_neither_in_nor_out_is_named_and_the_others_are_read(header, neither):
    out, into = ("支出", "收入") if header == "收/支" else ("Out", "In")
    data = (
        f"Date,Name,{header},Amount\n2026-01-25,Shop,{out},12.50\n2026-01-24,Ann,{into},250.00\n"
        f"2026-01-23,Fund,{neither},99.00\n2026-01-22,Shop,{out},3.00\n"
    )

    found = read(data.encode())

    assert [f"{r.amount:f}" for r in found.records] == ["-12.50", "250.00", "-3.00"]
    assert [problem.reason for problem in found.problems] == [f"“{neither}” says neither money in nor money out."]
    assert not found.ambiguous
