"""What people read about cases, in English and Chinese, by the code that stands in answers."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    # suggested and recorded actions
    "remind": ("Remind the borrower", "提醒借款人还款"),
    "ask_allowance": ("Ask for a larger allowance or balance", "请借款人提高授权额度或余额"),
    "call": ("Call the borrower", "致电借款人"),
    "offer_repair": ("Offer new terms before default", "在违约前协商新的还款条件"),
    "review_plan": ("Look at the agreed plan again", "重新审视已约定的方案"),
    "tell_guarantor": ("Tell the guarantor", "通知保证人"),
    "letter": ("Write a letter", "寄送书面函件"),
    "visit": ("Visit the borrower", "上门拜访"),
    "legal": ("Prepare legal steps", "准备法律程序"),
    "wait": ("Wait, with a reason", "说明原因并等待"),
    # states and ends of cases
    "open": ("Open", "处理中"),
    "agency": ("With an agency", "已委托第三方机构"),
    "closed": ("Closed", "已结案"),
    "cured": ("Nothing is overdue any more", "已无逾期"),
    "nothing_owed": ("Nothing is owed any more", "已结清"),
    "not_on_chain": ("The chain took the loan back", "链上已撤销该借款"),
    "repair_agreed": ("New terms were agreed", "已达成新的还款条件"),
    "written_off": ("The claim was written off", "债权已核销"),
    "mistake": ("Opened by mistake", "误立案"),
    # why a contact is refused
    "quiet_hours": ("These are quiet hours", "当前为免打扰时段"),
    "per_day": ("The borrower was contacted today", "今日联系次数已达上限"),
    "per_week": ("The borrower was contacted often enough this week", "本周联系次数已达上限"),
    "disputed": ("The borrower disputes the debt", "借款人对该债务提出异议"),
    # matters and their answers
    "dispute": ("Dispute", "异议"),
    "complaint": ("Complaint", "投诉"),
    "feedback": ("Feedback", "反馈"),
    "upheld": ("You are right", "支持"),
    "partly_upheld": ("You are right in part", "部分支持"),
    "rejected": ("We see it otherwise", "不支持"),
    # promises
    "kept": ("Kept", "已兑现"),
    "broken": ("Not kept", "未兑现"),
    "withdrawn": ("Withdrawn", "已撤回"),
    "answered": ("Answered", "已答复"),
}
ACTIONS: Final = (
    "remind",
    "ask_allowance",
    "call",
    "offer_repair",
    "review_plan",
    "tell_guarantor",
    "letter",
    "visit",
    "legal",
    "wait",
)
CLOSURES: Final = ("repair_agreed", "written_off", "cured", "mistake")
"""Why a person closes a case."""
