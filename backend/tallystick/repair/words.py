"""What people read about stages, measures and findings, in English and Chinese."""

from __future__ import annotations

from tallystick.decisions.document import Label
from tallystick.repair.flow import NO_PLAN
from tallystick.repair.rules import Measure, RepairRules
from tallystick.repair.store import Stage

STAGES = {
    Stage.ASSESSMENT: Label(en="Your case is being looked at", zh="正在评估您的情况"),
    Stage.PROBLEM: Label(en="The problem is known", zh="问题已明确"),
    Stage.PLAN: Label(en="A plan is being agreed on", zh="正在协商方案"),
    Stage.CONSENT: Label(en="The plan waits for signatures", zh="方案等待双方签名"),
    Stage.EXECUTION: Label(en="The plan is being carried out", zh="方案执行中"),
    Stage.RESTORED: Label(en="Your standing is restored", zh="信用已恢复"),
    Stage.SETTLED: Label(en="The debt is settled", zh="债务已和解结清"),
    Stage.COMPLETED: Label(en="The debt is paid", zh="债务已还清"),
    Stage.WITHDRAWN: Label(en="You took the case back", zh="您已撤回申请"),
    Stage.REFUSED: Label(en="The case was refused", zh="申请未通过"),
    Stage.RELAPSED: Label(en="The plan was not kept", zh="方案未能履行"),
}
MEASURES = {
    Measure.CATCH_UP: Label(
        en="Pay what is overdue by a day; nothing else changes",
        zh="在约定日期前补缴逾期款项，其他条款不变",
    ),
    Measure.PENALTY_WAIVER: Label(
        en="The penalty is forgiven; what is overdue is spread over the rows that are left",
        zh="免除罚息，逾期部分分摊到剩余各期",
    ),
    Measure.RE_AGE: Label(
        en="What is overdue becomes part of the debt; as many rows as were unpaid",
        zh="逾期部分并入本金，按未还期数重新计算",
    ),
    Measure.EXTEND: Label(en="More and smaller rows", zh="延长期限，降低每期金额"),
    Measure.HOLIDAY: Label(en="No payments for some time", zh="暂停还款一段时间"),
    Measure.LOWER_RATE: Label(en="A lower rate", zh="降低利率"),
    Measure.RESTRUCTURE: Label(
        en="A lower rate, more rows, and a part of the debt is forgiven",
        zh="降低利率、延长期限并减免部分债务",
    ),
    Measure.GUARANTOR: Label(en="Somebody answers for you", zh="增加保证人"),
    Measure.SETTLEMENT: Label(en="One amount for everything", zh="一次性支付约定金额结清全部债务"),
    Measure.LEGAL: Label(en="The case is handed on", zh="移交法律程序"),
}
_NO_PLAN = Label(
    en="No plan that the rules allow fits your income and expenses, or leaves the lender no worse.",
    zh="在规则允许范围内，没有既符合您的收支又不使出借人受损的方案。",
)
_UNKNOWN = Label(en="A person looks at the case.", zh="需由人工审核。")


def finding(rules: RepairRules, code: str) -> Label:
    """The sentence of a finding."""
    return _NO_PLAN if code == NO_PLAN else rules.reasons.get(code, _UNKNOWN)
