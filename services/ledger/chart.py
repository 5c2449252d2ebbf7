"""The chart of accounts: each account with its normal side, its book and what it is kept by.

Every line also carries its currency, and every entry its legal entity. `by` adds to that:
a balance can be asked for by any of an account's dimensions, and by no others.
"""

from typing import Final

from libs.books import Account, Book, Side

LEAF: Final = ("market", "payee", "mode", "surface", "creator", "reason")
"""Dimensions with few values: together with legal entity, currency and account, a balance."""

REFERENCES: Final = ("order_line", "payment", "statement")
"""Dimensions with a value a deal: they are on the line, no balance is stored by them."""

_MARKET = ("market",)
_LINE = ("market", "payee", "order_line")
_INCOME = ("market", "payee", "mode")
_SALE = ("market", "payee", "mode", "surface", "creator")
_ADJUSTED = ("payee", "reason")

CHART: Final[dict[str, Account]] = {}
"""Every account by its code."""


def _account(
    code: str, name: str, normal: Side, by: tuple[str, ...] = (), book: Book = Book.MONEY
) -> Account:
    account = CHART[code] = Account(code, name, normal, book, by)
    return account


def _asset(code: str, name: str, *by: str) -> Account:
    return _account(code, name, Side.DEBIT, by)


def _liability(code: str, name: str, *by: str) -> Account:
    return _account(code, name, Side.CREDIT, by)


def _income(code: str, name: str, *by: str) -> Account:
    return _account(code, name, Side.CREDIT, by)


def _contra(code: str, name: str, *by: str) -> Account:
    """Income that is taken back: it stands on the left."""
    return _account(code, name, Side.DEBIT, by)


def _expense(code: str, name: str, *by: str) -> Account:
    return _account(code, name, Side.DEBIT, by)


def _memo(code: str, name: str, normal: Side, *by: str) -> Account:
    return _account(code, name, normal, by, Book.STAT)


# Assets
OPERATING_CASH = _asset("1010", "Cash, operating")
CLIENT_CASH = _asset("1020", "Cash, client money")
PROVIDER_RECEIVABLE = _asset("1110", "Payment provider receivable", "market", "payment")
DISPUTE_HOLD_AT_PROVIDER = _asset("1120", "Payment provider dispute hold", "market", "payment")
INSTALMENT_RECEIVABLE = _asset("1130", "Instalment receivable", "market", "payment")
INSTALMENT_ALLOWANCE = _liability("1139", "Allowance for instalments")
DEFERRED_PROMOTION = _asset("1150", "Deferred platform promotion", *_MARKET)
MERCHANT_RECEIVABLE = _asset("1210", "Merchant receivable", "payee")
CREATOR_RECEIVABLE = _asset("1220", "Creator and agency receivable", "payee")
CLAIMS = _asset("1230", "Carrier and warehouse claims", *_MARKET)
DUTY_REFUND_RECEIVABLE = _asset("1240", "Duty refund receivable", *_MARKET)
OWN_GOODS = _asset("1320", "Platform-owned goods")
GOODS_IN_TRANSIT = _asset("1330", "Goods sold in transit", *_LINE)
FX_POSITION = _asset("1900", "Foreign exchange position")
OUTSIDE_FEES = _asset("1911", "To be cleared: fees charged outside", *_ADJUSTED)
OUTSIDE_DISCOUNTS = _asset("1912", "To be cleared: discounts given outside", *_ADJUSTED)
MANUAL_ADJUSTMENTS = _asset("1913", "To be cleared: manual adjustments", *_ADJUSTED)
CHARITY = _asset("1914", "To be cleared: charity", *_ADJUSTED)
OUTSIDE_BAD_DEBTS = _asset("1915", "To be cleared: bad debts of buyers", *_ADJUSTED)
SAMPLES = _asset("1916", "To be cleared: samples", *_ADJUSTED)
UNMATCHED_CANCELLATIONS = _asset("1917", "To be cleared: unmatched cancellations", *_ADJUSTED)

# Liabilities
REFUNDS_PAYABLE = _liability("2060", "Refunds payable", "market", "payment")
BUYER_CREDIT = _liability("2070", "Buyer credit", *_MARKET)
ESCROW_UNDELIVERED = _liability("2110", "Escrow, undelivered", *_LINE)
ESCROW_IN_HOLD = _liability("2120", "Escrow, in hold", *_LINE)
AVAILABLE = _liability("2130", "Payee available", "payee", "mode", "statement")
RESERVE = _liability("2140", "Reserve", "payee")
DISPUTE_HOLD = _liability("2150", "Dispute hold", "payee")
SUPPLIER_PAYABLE = _liability("2160", "Supplier payable, not yet due", *_LINE)
DEPOSIT = _liability("2170", "Merchant deposit", "payee")
CREATOR_PENDING = _liability("2210", "Creator commission pending", "payee")
CREATOR_AVAILABLE = _liability("2211", "Creator commission available", "payee", "statement")
AGENCY_PENDING = _liability("2220", "Agency commission pending", "payee")
AGENCY_AVAILABLE = _liability("2221", "Agency commission available", "payee", "statement")
PARTNER_PENDING = _liability("2230", "Live partner share pending", "payee")
PARTNER_AVAILABLE = _liability("2231", "Live partner share available", "payee", "statement")
PAYOUTS_IN_TRANSIT = _liability("2310", "Payouts in transit", "payee", "statement")
SALES_TAX = _liability("2410", "Sales tax", *_MARKET)
VAT = _liability("2420", "VAT and GST as deemed supplier or principal", *_MARKET)
DUTY = _liability("2430", "Duty and import charges", *_MARKET)
TAX_ON_FEES = _liability("2440", "Tax on platform fees", *_MARKET)
WITHHOLDING_TAX = _liability("2450", "Withholding tax", "payee")
CARRIERS_PAYABLE = _liability("2510", "Carriers", *_MARKET)
WAREHOUSES_PAYABLE = _liability("2520", "Third-party warehouses", *_MARKET)
CONTRACT_LIABILITY = _liability("2620", "Contract liability", *_LINE)
EXPECTED_RETURNS = _liability("2630", "Expected returns", *_MARKET)

# Income
REFERRAL_COMMISSION = _income("4010", "Referral commission", *_INCOME)
TRANSACTION_FEE = _income("4020", "Transaction fee", *_INCOME)
FULFILMENT_FEE = _income("4030", "Fulfilment", *_INCOME)
STORAGE_FEE = _income("4040", "Storage", *_INCOME)
INBOUND_FEE = _income("4050", "Inbound and preparation", *_INCOME)
REMOVAL_FEE = _income("4060", "Removal and unsold return", *_INCOME)
REFUND_ADMINISTRATION = _income("4070", "Refund administration", *_INCOME)
CAMPAIGN_FEE = _income("4080", "Campaign and live slots", *_INCOME)
SHIPPING_INCOME = _income("4090", "Shipping", *_INCOME)
PRODUCT_REVENUE = _income("4110", "Product revenue", *_INCOME)
PRODUCT_RETURNS = _contra("4120", "Product returns", *_INCOME)
PLATFORM_PROMOTION = _contra("4130", "Platform-funded promotion", *_INCOME)
INSTALMENT_FEE = _income("4140", "Instalment fees", *_MARKET)
PENALTIES = _income("4150", "Penalties", "payee", "reason")
FX_GAIN = _income("4910", "Foreign exchange gain")

# Expense
COST_OF_GOODS = _expense("5010", "Cost of goods", *_INCOME)
CARRIAGE = _expense("5020", "Carriage", *_INCOME)
WAREHOUSING = _expense("5030", "Third-party warehousing", *_INCOME)
DUTY_COST = _expense("5040", "Duty and clearance", *_INCOME)
PROVIDER_FEES = _expense("5110", "Payment provider fees", *_MARKET)
CHARGEBACK_LOSS = _expense("5120", "Chargeback loss", *_MARKET)
DISPUTE_FEES = _expense("5121", "Dispute fees", *_MARKET)
CREATOR_COST = _expense("5130", "Creator commission paid by the platform", *_INCOME)
PARTNER_COST = _expense("5140", "Live partner share", *_INCOME)
GOODWILL = _expense("5150", "Goodwill", "payee", "reason")
INSTALMENT_LOSS = _expense("5160", "Instalment loss", *_MARKET)
MERCHANT_BAD_DEBT = _expense("5170", "Merchant bad debt", "payee", "reason")
STOCK_LOSS = _expense("5180", "Stock loss and compensation", *_INCOME)
FX_LOSS = _expense("5910", "Foreign exchange loss")
ROUNDING = _expense("5990", "Rounding")

# Memo
GMV = _memo("9010", "GMV", Side.DEBIT, *_SALE)
GMV_REVERSED = _memo("9011", "GMV reversed", Side.CREDIT, *_SALE)
GMV_CONTRA = _memo("9019", "GMV contra", Side.CREDIT, *_SALE)
AUTHORIZED = _memo("9020", "Authorisations held", Side.DEBIT, "market", "payment")
AUTHORIZED_CONTRA = _memo("9029", "Authorisations held, contra", Side.CREDIT, "market", "payment")
RESIDUE = _memo("9030", "Rounding residue", Side.DEBIT, *_ADJUSTED)
RESIDUE_CONTRA = _memo("9039", "Rounding residue, contra", Side.CREDIT, *_ADJUSTED)
