"""The words of statements in the languages they are printed in."""

from __future__ import annotations

from typing import Final, Literal

Language = Literal["en", "zh"]

WORDS: Final[dict[str, tuple[str, str]]] = {
    # titles
    "receipt": ("Payment receipt", "还款凭证"),
    "account_statement": ("Account statement", "账户对账单"),
    "transactions": ("Transactions", "交易明细"),
    "amortization_table": ("Amortization table", "还款计划表"),
    # facts
    "loan": ("Loan", "借款编号"),
    "payer": ("Payer", "付款方"),
    "transaction": ("Transaction", "链上交易"),
    "amount_paid": ("Amount paid", "付款金额"),
    "outstanding_before": ("Outstanding before", "还款前剩余本金"),
    "outstanding_after": ("Outstanding after", "还款后剩余本金"),
    "from": ("From", "开始日期"),
    "to": ("To", "截止日期"),
    "as_of": ("As of", "截至日期"),
    "currency": ("Currency", "币种"),
    # columns
    "n": ("No.", "期数"),
    "due_date": ("Due date", "到期日"),
    "date": ("Date", "日期"),
    "principal": ("Principal", "本金"),
    "interest": ("Interest", "利息"),
    "fee": ("Fee", "费用"),
    "penalty": ("Penalty", "罚息"),
    "prepaid": ("Prepaid principal", "提前还本"),
    "total": ("Total", "合计"),
    "balance": ("Balance", "余额"),
    "paid": ("Paid", "已还"),
    "status": ("Status", "状态"),
    "outstanding": ("Outstanding", "剩余本金"),
    "entry": ("Entry", "摘要"),
    "item": ("No.", "序号"),
    # entries of an account
    "opening": ("Opening balance", "期初余额"),
    "closing": ("Closing balance", "期末余额"),
    "disbursement": ("Disbursement", "放款"),
    "interest_due": ("Interest due", "到期利息"),
    "interest_to_date": ("Interest to date", "截至当日利息"),
    "prepayment_fee": ("Prepayment fee", "提前还款手续费"),
    "payment": ("Payment", "还款"),
    "waiver": ("Waiver", "减免"),
    "capitalisation": ("Interest capitalised", "利息资本化"),
    "deferral": ("Interest deferred", "利息递延"),
    # events of a computed loan
    "event.payment": ("Payment", "还款"),
    "event.disbursement": ("Disbursement", "放款"),
    "event.fee": ("Fee", "费用"),
    "event.rate_change": ("Rate change", "利率变更"),
    "event.reschedule": ("Rescheduled", "变更到期日"),
    "event.extra_terms": ("Extra installments", "增加期数"),
    "event.holiday": ("Payment holiday", "暂停还款"),
    "event.re_amortize": ("Re-amortized", "重算还款计划"),
    "event.re_age": ("Re-aged", "重置账龄"),
    "event.waiver": ("Waiver", "减免"),
    "event.write_off": ("Write-off", "核销"),
    "event.recovery": ("Recovery", "回收"),
    "event.refund": ("Refund", "退款"),
    # status of a row
    "status.paid": ("Paid", "已还清"),
    "status.paid_late": ("Paid late", "逾期还清"),
    "status.overdue": ("Overdue", "已逾期"),
    "status.due": ("Due today", "今日到期"),
    "status.upcoming": ("Upcoming", "未到期"),
    "status.not_needed": ("Not needed", "无需偿还"),
    # pages and calendars
    "page": ("Page {page} of {pages}", "第 {page} 页 / 共 {pages} 页"),
    "calendar": ("Loan repayments", "还款日历"),
    "due_summary": ("Installment {n} of {rows}: {amount} due", "第 {n}/{rows} 期应还 {amount}"),
}


def word(key: str, language: Language) -> str:
    """The word of a key."""
    return WORDS[key][0 if language == "en" else 1]
