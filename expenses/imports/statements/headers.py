"""What banks and apps call their columns, in the languages their exports come in."""

import re
import unicodedata
from functools import lru_cache

from expenses.shared.currencies import CURRENCIES

# Phrases by role, best first. A header that is the phrase beats one that holds it among other words.
_PHRASES: dict[str, str] = {
    "date": """
        date; transaction date; trans date; date of transaction; datum; buchungstag; buchungsdatum; booking date;
        posting date; posted date; post date; date posted; date operation; date d operation; date de l operation;
        date comptable; date de comptabilisation; fecha; fecha operacion; fecha de operacion; fecha contable;
        f contable; data; data operazione; data contabile; data movimento; data do movimento; data mov;
        data da operacao; data transakcji; data operacji; data ksiegowania; transaktionsdatum; transactiedatum;
        boekdatum; boekingsdatum; bokforingsdag; bokforingsdatum; bogforingsdato; bokfort; bokforingsdato;
        utfort dato; dato; kirjauspaiva; kirjauspaivamaara; pvm; paiva; kuupaev; datums; operacijos data;
        datum transakce; datum zauctovani; datum provedeni; datum uctovania; datum splatnosti; konyveles datuma;
        konyvelesi nap; tranzakcio datuma; tranzakcio ideje; data tranzactiei; datum knjizenja; datum transakcije;
        tarih; islem tarihi; дата; дата операции; дата проводки; дата транзакції; ημερομηνια; completed date;
        date completed; started date; transaction time; created; created at; date time; datetime; timestamp; when;
        tanggal; dia; fecha movimiento; ngay giao dich; ngay; תאריך; التاريخ; تاريخ; วันที่; txn date; tran date;
        booked at; date op; dateop; 交易时间; 交易创建时间; 交易日期; 记账日期; 日期; 取引日; 日付; ご利用日; 利用日;
        거래일시; 거래일자; belegdatum; uitvoeringsdatum
    """,
    "later_date": """
        value date; valuta; valutadatum; valuta datum; wertstellung; wertstellungsdatum; valuuttapaiva; date valeur;
        date de valeur; fecha valor; f valor; data valuta; data waluty; data valor; rentedatum; interest date;
        ertektnap; erteknap; valutadag; rentedato; rentedag; arvopaiva; due date; process date; processed date;
        payment date; effective date; settlement date; valutni datum
    """,
    "amount": """
        amount; transaction amount; net amount; net; betrag; umsatz; betrag in eur; umsatz in eur; bedrag; montant;
        montant de l operation; kwota w walucie rachunku; сумма платежа; сума в валюті картки; importe; importo;
        import; importe eur; valor;
        montante; quantia; kwota;
        kwota transakcji; kwota operacji; belopp; transaktionsbelopp; belob; belop; summa;
        maara; maara euroina; summa eur; suma; suma operacijos valiuta; castka; castka v mene uctu; objem;
        suma transakcie; osszeg; tranzakcio osszege; konyvelt osszeg; suma tranzactie; iznos; znesek; tutar;
        islem tutari; ποσο; сумма; сумма операции; сума; so tien; סכום; المبلغ; จำนวนเงิน; credit debit amount;
        value; sum; gross; total; total amount; jumlah; 金额; 金额 元; 交易金额; 金額; 利用金額; 거래금액;
        source amount after fees
    """,
    "out": """
        money out; paid out; debit; debit amount; debits; debit amt; withdrawal; withdrawals; withdrawal amt;
        withdrawal amount; withdrawals dr; amount debit; amount out; outflow; out; spent; spend; spent amount;
        expense; expenses; expense amount; cost; charge; charges; charge amount; price; soll; belastung;
        belastung in chf; belastungen; lastschrift; ausgaben; ausgabe; ausgang; debit euros; depense; depenses;
        cargo; cargos; debe; gasto; gastos; addebito; addebiti; uscite; uscita; dare; debito; saidas; saida;
        obciazenia; obciazenie; wydatki; debet; afschrijving; uit; uitgaven; uttag; utgifter; haevet; ut;
        ut fra konto; ud; pano otto; debets; deebet; debetas; vydaje; vydaj; terheles; terheles osszege; kiadas;
        odliv; isplata; isplate; breme; borc; giden; rashod; rashodi; расход; списание; видатки; χρεωση; dr;
        dr amount; debit dr; 支出; 支出金额; 出金; 出金金額; 出金額; お支払金額; 支払金額; 引出; 출금; 출금액;
        sale amount; ghi no; חובה; בחובה; مدين; ถอนเงิน; wn; debitare; 支払い金額;
        дебит; дебет
    """,
    "in": """
        money in; paid in; credit; credit amount; credits; credit amt; deposit; deposits; deposit amt;
        deposit amount; deposits cr; amount credit; amount in; inflow; in; received; income; income amount; earned;
        haben; gutschrift; gutschrift in chf; gutschriften; einnahmen; einnahme; eingang; credit euros; recette;
        recettes; revenu; abono; abonos; haber; ingreso; ingresos; accredito; accrediti; entrate; entrata; avere;
        credito; entradas; entrada; uznania; uznanie; wplywy; bijschrijving; inkomsten; insattning; insattningar;
        inkomster; indsat; inn; inn pa konto; ind; kredit; kredits; kreedit; kreditas; prijmy; prijem; jovairas;
        jovairas osszege; bevetel; priliv; uplata; uplate; dobro; alacak; gelen; prihod; prihodi; приход; доход;
        зачисление; надходження; πιστωση; cr; cr amount; credit cr; 收入; 收入金额; 入金; 入金金額; 入金額;
        お預り金額; 預入; 입금; 입금액; ghi co; זכות; בזכות; دائن; ฝากเงิน; ma; creditare; 預かり金額;
        кредит
    """,
    "flag": """
        transaction type; debit credit; credit debit; dr cr; cr dr; type; sign; direction; in out; income expense;
        af bij; bij af; soll haben; soll haben kennzeichen; s h; d c; c d; d k; k d; debet credit; credit debet;
        debit credit indicator; credit debit indicator; bevetel kiadas; +/-; plus minus; sens; segno; flow; 收 支;
        收支; kredit debet; deebet kreedit; deebet kreedit d c; debets kredits; d k; προσημο ποσου; προσημο; znak;
        znamenko
    """,
    "balance": """
        balance; running balance; running bal; available balance; account balance; closing balance; balance after;
        saldo; kontostand; saldo nach buchung; solde; zustatek; zostatok; egyenleg; saldo po operacji; saldo efter;
        beholdning; stanje; bakiye; остаток; баланс; υπολοιπο; 余额; 残高; 잔액; jaak; atlikums; likutis;
        saldo na mutatie; eindsaldo; beginsaldo; startsaldo; endsaldo; mutatiesaldo; closing bal;
        saldo nach transaktion; 差引残高; so du; יתרה; היתרה; היתרה בש ח; الرصيد; ยอดคงเหลือ; disponible; bakiye tl;
        bokfort saldo; running bal; салдо; сальдо; залишок; залишок після операції
    """,
    "payee": """
        payee; merchant; merchant name; partnername; tegenpartij naam; contraparte; שם בית העסק; counterparty;
        counterparty name; counter party; beneficiary; beneficiary name; recipient; recipient name; payee name; name;
        partner name; partner; auftraggeber empfanger; auftraggeber beguenstigter; auftraggeber begunstigter;
        auftraggeber zahlungsempfanger; auftraggeber; begunstigter zahlungspflichtiger;
        beguenstigter zahlungspflichtiger; name zahlungsbeteiligter; zahlungsempfanger in; zahlungsempfanger;
        empfanger; zahlungsbeteiligter; name des partners; naam omschrijving; naam tegenpartij; tegenpartij; naam;
        nom; nom de la contrepartie; contrepartie; tiers; destinataire; beneficiaire; beneficiario; ordenante;
        destinatario; nome; nadawca odbiorca; kontrahent; odbiorca; nazwa kontrahenta; dane kontrahenta; mottagare;
        motpart; modtager; mottaker; saaja maksaja; saaja; saajan nimi; saaja maksaja nimi; saaja maksja nimi;
        nazev protiuctu; nazev protistrany; protistrana; prijemca; prijimatel; partner neve; kedvezmenyezett;
        kereskedo; platitor beneficiar; primatelj; prejemnik; saldejs maksatajs; saņemejs maksatajs;
        gavejas moketojas; αποδεκτης; получатель; контрагент; store; shop; vendor; seller; supplier; place; to from;
        from to; empfaenger; zahlungsempfaenger; tegenrekeninghouder; naam van de tegenpartij;
        begunstigter auftraggeber; beguenstigter auftraggeber; sender empfanger; nazwa odbiorcy;
        nazev uctu protistrany; gavejas; namn; navn; to; target name; destination; 交易对方; 商户名称; お取引内容;
        ご利用店名
    """,
    "payer": """
        zahlungspflichtige r; zahlungspflichtiger; payer; payer name; sender; sender name; absender; zleceniodawca;
        nadawca; nazwa nadawcy; maksaja; auftraggeber; remitter; ordenante; betaler; debiteur; donneur d ordre;
        avsandare; source name; from
    """,
    "memo": """
        description; transaction description; label; details; transaction details; narrative; narration; memo;
        particulars;
        transaction; original description; original statement; full description; extended details; purpose; subject;
        verwendungszweck; vorgang verwendungszweck; buchungsdetails; buchungstext; beschreibung; text; betreff;
        umsatztext; mitteilung; avisierungstext; omschrijving; mededelingen; mededeling; omschrijving 1;
        omschrijving 2; omschrijving 3; libelle; libelle operation; libelle de l operation; libelle simplifie;
        nature de l operation; detail de l ecriture; concepto; descripcion; observaciones; mas datos; causale;
        descrizione; descrizione operazione; descrizione completa; descricao; historico; opis; opis operacji;
        opis transakcji; tytul; tytulem; specyfikacja; tekst; beskrivelse; forklaring; meddelelse; viesti; selitys;
        selgitus; popis; zprava; zprava pro prijemce; poznamka; ucel platby; sprava pre prijemcu; kozlemeny;
        reszletek; megjegyzes; leiras; detalii; detalii tranzactie; opis placanja; opis transakcije; svrha; namen;
        aciklama; описание; комментарий; назначение платежа; αιτιολογια; περιγραφη; informacija saņemejam; paskirtis;
        paaiskinimai;
        note; notes; comment; comments; message; remark; remarks; reference; payment reference; referenz; title;
        item; what; rubrik; memo description; keterangan; 商品说明; 商品; 备注; 摘要; 摘要内容; 内容; 적요
    """,
    "category": """
        category group category; category; kategorie; categorie; categoria; kategoria; kategori; kategorija;
        catégorie; transaction category; spending category; budget category; umsatzkategorie; luokka; категория;
        交易分类; 分类
    """,
    "currency": """
        currency; currency code; ccy; cur; account currency; waehrung; wahrung; munt; muntsoort; munteenheid; valuta;
        devise; monnaie; divisa; moneda; moeda; waluta; mena; valuutta; penznem; devizanem; tranzakcio devizaneme;
        konyvelt osszeg devizaneme; waluta rachunku; valutacode; devies; valiuta; valuuta; valuta transakcije;
        para birimi; валюта; νομισμα; 币种; 通貨
    """,
    "account": """
        account number; account num; accountnum; account no; account; account id; account name; acct; card;
        card number; iban; konto;
        kontonummer; auftragskonto; iban auftragskonto; eigenes konto; iban kontoinhaber; rekening; rekeningnummer;
        iban bban; eigen rekening; van rekening; compte; numero de compte; compte source; cuenta; numero de cuenta;
        conto; conta; rachunek; numer rachunku; konto wlasne; tili; kliendi konto; szamlaszam; szamla szama;
        cislo uctu; ucet; konta nr; saskaita; saskaitos nr; klienta konts; kartennummer; kortnummer; hesap; счет;
        source account; bank account; номер счета;
        卡号; accountcode
    """,
    "bank_id": """
        transaction id; transactionid; transaction number; transaction no; transaction reference number; unique id;
        fitid; external id; id; journal id; txn id; trans id; operation id; payment id; entry id; transaktionsnummer;
        transaktionsid; transaktions id; umsatz id; arkiveringskod; arkistointitunnus; arhiveerimistunnus;
        volgnummer; volgnr; transactiereferentie; id pohybu; id transakce; id operace; tranzakcio azonosito;
        tranzakcio azonositoja; id operacji; numer referencyjny; referencyjny; 交易订单号; 交易号; 交易单号;
        bank reference; numero operazione
    """,
    "status": """
        status; state; transaction status; stan; stav; tila; statut; estado; stato; statusas; etat; durum; 交易状态;
        当前状态; 状态
    """,
}

# Words that turn what they stand with into something else: a foreign amount, a date of birth, the payee's account.
_NOT_WITH: dict[str, str] = {
    "date": "value valuta valeur valor time uhrzeit",
    "amount": "foreign original orig ref fee fees tax vat rate split exchange limit currency ccy fremd ursprung"
    " eredeti alkuperainen auslandseinsatz entgelt converted local instructed cashback points number tip type code",
    "out": "card number type code id account name date category currency",
    "in": "card number type code id account name date category currency",
    "payee": "member holder cardholder kontoinhaber karteninhaber titular account iban bic number nr no code id type"
    " address area bank konto rekening currency country szamlaszama"
    " szamlaszam street city category group cislo kod typ kontonummer swift amount",
    "memo": "code id type date amount number currency cislo kod",
    "category": "group id parent",
    "currency": "rate foreign original type exchange orig amount second fee fees",
    "account": "payee counterparty beneficiary recipient partner type bank owner balance currency group opposing"
    " destination protiuctu protiucet tegenrekening gegenkonto to til fra till fran odbiorcy nadawcy tegenpartij"
    " target",
    "bank_id": "category tax mandate creditor budget group",
    "status": "",
    "flag": "",
    "balance": "",
    "later_date": "",
    "payer": "",
}
_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "ß": "ss", "æ": "ae", "œ": "oe", "đ": "d", "ı": "i", "ð": "d", "þ": "th"}
)

_PUNCTUATION = re.compile("[^a-z0-9+]+")
_FIGURE = re.compile("[0-9]")
_NUMBERED = re.compile(r"^([^\W\d]{4,})([0-9])$")


@lru_cache(maxsize=5_000)
def normalised(header: str) -> str:
    """A header without case, accents and punctuation: "Bedrag (EUR)" is "bedrag eur"."""
    if header.isascii():  # as most texts, of which each row has some: in a fraction of the time
        return " ".join(_PUNCTUATION.sub(" ", header.lower()).split())
    decomposed = unicodedata.normalize("NFKD", header.casefold().translate(_LETTERS))
    kept = (c if c.isalnum() or c == "+" else " " for c in decomposed if not unicodedata.combining(c))
    return " ".join("".join(kept).split())


@lru_cache(maxsize=1)
def _phrases() -> dict[str, dict[str, int]]:
    return {
        role: {
            normalised(phrase): rank for rank, phrase in reversed(list(enumerate(text.replace("\n", " ").split(";"))))
        }
        for role, text in _PHRASES.items()
    }


@lru_cache(maxsize=5_000)
def score(header: str, role: str) -> float:
    """How much a header speaks for a role: 0 not at all, beyond 60 it is a phrase for it, else it holds one."""
    name = normalised(header)
    phrases = _phrases()[role]
    if not name:
        return 0
    if name in phrases:
        return 100 - min(phrases[name], 39)
    without_currency = " ".join(word for word in name.split() if len(word) != 3 or word.upper() not in CODES)
    if without_currency != name and without_currency in phrases:
        return 98 - min(phrases[without_currency], 37)
    words = name.split()
    if words[-1][-1:].isdigit() and (apart := _NUMBERED.sub(r"\1 \2", words[-1])) != words[-1]:
        return score(" ".join([*words[:-1], apart]), role)  # Beschreibung1 is as Beschreibung 1
    if any(word in words for word in _NOT_WITH[role].split()):
        return 0
    padded = f" {name} "
    best = 0.0
    for phrase in phrases:
        if len(phrase) >= 2 and phrase[0] >= "\u3000" and phrase in name:
            best = max(best, 45)  # no blanks between the words of these languages
        if len(phrase) >= 3 and f" {phrase} " in padded:
            best = max(best, 55 - 6 * (len(words) - len(phrase.split())) + 2 * len(phrase.split()))
    return max(best, 1.0) if best else 0


CODES = frozenset(CURRENCIES)


def is_known(header: str) -> bool:
    return any(score(header, role) > 40 for role in _PHRASES)


def flag_side(text: str, *, of_kind: bool = True) -> str:
    """ "in", "out" or "" for what a column that says which way the money went may say; `of_kind` where it may say by
    the kind of a row (Fee, Salary)."""
    return (_KINDS if of_kind else _FLAGS).get(normalised_flag(text), "")


def normalised_flag(text: str) -> str:
    text = text.strip()
    return text if text in ("+", "-", "−") else normalised(text)


def _sided(texts_by_side: dict[str, str]) -> dict[str, str]:
    return {normalised_flag(text): side for side, texts in texts_by_side.items() for text in texts.split(";")}


_FLAGS = _sided(
    {
        "out": """
            out; outflow; debit; dbit; deb; db; dr; d; debet; debets; debetas; deebet; debito; debite; soll; s;
            lastschrift; belastung; af; withdrawal; withdraw; expense; expenses; exp; spent; sale; purchase; sent;
            charge; money out; paid out; kiadas; terheles; t; vydaj; vydaje; ud; ut; uit; ausgabe; ausgaben; ausgang;
            depense; gasto; cargo; uscita; uscite; addebito; dare; saida; wydatek; obciazenie; uttag; odliv; isplata;
            borc; giden; -; −; расход; списание; витрата; 支出; χ; χρεωση; wn; חובה; مدين; ghi no; 出金; 출금
        """,
        "in": """
            in; inflow; credit; crdt; cred; cr; c; kredit; kredits; kreditas; kreedit; credito; k; haben; h;
            gutschrift; bij; deposit; income; inc; received; refund; money in; paid in; bevetel; jovairas; j; prijem;
            prijmy; einnahme; einnahmen; eingang; recette; revenu; ingreso; abono; entrata; entrate; accredito;
            avere; entrada; wplyw; uznanie; insattning; ind; inn; priliv; uplata; alacak; gelen; +; доход; приход;
            зачисление; надходження; 收入; π; πιστωση; ma; זכות; دائن; ghi co; 入金; 입금
        """,
    }
)

# What kind of row it is, where a column is named so; as a description it is one like any other.
_KINDS = _FLAGS | _sided(
    {
        "out": """
            fee; fees; service charge; bank charge; atm; atm withdrawal; cash withdrawal; direct debit; standing order;
            bill payment; check; cheque; card payment; debit card; debit card purchase; pos; interest charge;
            interest charged
        """,
        "in": """
            direct deposit; direct credit; cash deposit; interest paid; interest earned; dividend; salary; payroll;
            cashback; top up; topup
        """,
    }
)


# Said of what is neither: a move between own accounts, say.
NEITHER = frozenset(map(normalised_flag, ("/", "不计收支", "中性交易", "neutral")))


def _phrased(text: str) -> list[str]:
    return [normalised(phrase) for phrase in text.split(";")]


PENDING = frozenset(
    _phrased("""
    pending; in progress; processing; authorised; authorized; authorisation; authorization; reserved; on hold; hold;
    declined; failed; reverted; cancelled; canceled; rejected; denied; expired; voided; vorgemerkt;
    umsatz vorgemerkt; offen; ausstehend; pendiente; en attente; in attesa; pendente; w toku; oczekujaca;
    zablokowane; blokada; reserverad; reserveret; reservert; varaus; katevaraus; cekajici; cekajuca; fuggoben;
    venter; vantande; ej bokford; kommende; nicht gebucht; in bearbeitung; in verwerking; provisoire; a venir;
    en cours; w realizacji; bekliyor; provizyon; pending transaction; not booked; unposted; unsettled; scheduled;
    upcoming; nezauctovano; nezauctovane; feldolgozas alatt; varattu; 未入账; 処理中; em processamento;
    zarolt; in behandeling; gereserveerd; openstaand; beklemede; reserverat; geweigerd; autorizzato;
    non contabilizzato; abgelehnt; storniert; abgebrochen; refuse; rechazado; rechazada;
    denegado; denegada; anulado; anulada; cancelado; cancelada; recusado; recusada; annullato; rifiutato; odrzucona;
    odrzucony; anulowana; zamitnuto; zamitnuta; zruseno; zrusena; avvisad; avbruten; afvist; avvist; hylatty; peruttu;
    ожидает; в обработке; 交易关闭; 等待付款
    """)
)

BALANCES = frozenset(
    _phrased("""
    opening balance; closing balance; balance brought forward; balance carried forward; brought forward;
    carried forward; previous balance; statement opening balance; statement closing balance; beginning balance;
    ending balance; turnover; total balance; anfangssaldo; endsaldo; alter saldo; neuer saldo; alter kontostand;
    neuer kontostand; kontostand; saldo; saldo vortrag; ubertrag; abschlusssaldo; tagessaldo; beginsaldo; eindsaldo;
    saldo anterior; saldo inicial; saldo final; saldo actual; saldo contabilistico; saldo disponivel; saldo iniziale;
    saldo finale; solde initial;
    solde final; solde en debut de periode; solde en fin de periode; ancien solde; nouveau solde; solde precedent;
    saldo poczatkowe; saldo koncowe; ingaende saldo;
    utgaende saldo; ingaende balans; utgaende balans; startsaldo; slutsaldo; alkusaldo; loppusaldo; algsaldo;
    loppsaldo; kaive; kaibed; sakuma atlikums; beigu atlikums; apgrozijums; likutis pradziai; likutis pabaigai;
    apyvarta; pocatecni zustatek; konecny zustatek; pociatocny zostatok; konecny zostatok; nyito egyenleg;
    zaro egyenleg; nyitoegyenleg; zaroegyenleg; sold initial; sold final; pocetno stanje; zavrsno stanje;
    начальный остаток; конечный остаток; gesamtsaldo; gesamtbilanz; solde total; balance total; saldo total;
    saldo totale; bilancio totale; totaal saldo; totale balans; saldo calkowite; total saldo
    """)
)

# Said of rows without a date only: with one, Total is a petrol station.
TOTALS = frozenset(
    _phrased("""
    total; totals; total inflows; total outflows; net total; subtotal; sub total; grand total; sum; summe; gesamt;
    gesamtsumme; zwischensumme; totaal; totale;
    sous total; suma; razem; celkem; spolu; osszesen; summa; sammanlagt; yhteensa; итого; всего; 合计
    """)
)


def is_balance(text: str) -> bool:
    """The text names a balance or a turnover, and nothing else."""
    return not _FIGURE.search(text) and normalised(text) in BALANCES  # no name of them has a figure, as most texts do


def tells_of_balance(text: str) -> bool:
    """The text begins with the name of a balance: "Beginning balance as of 1 May"."""
    words = normalised(text).split()
    return any(" ".join(words[:count]) in BALANCES for count in range(1, 5))


def is_total(text: str) -> bool:
    return normalised(text) in TOTALS or is_balance(text)


def begins_with_total(text: str) -> bool:
    """ "Total card bookings" """
    return normalised(text).split(" ", 1)[0] in TOTALS
