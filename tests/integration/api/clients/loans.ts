// What an integrator writes with the TypeScript client.
import { connect, type Schemas } from "tallystick-client";

const client = connect(process.argv[2]!);
const loans: Schemas["Loan"][] = [];
let after: string | undefined;
let more = true;
while (more) {
  const query = { limit: 3, starting_after: after };
  const { data: page, error } = await client.GET("/v1/loans", { params: { query } });
  if (error) throw new Error(error.code);
  loans.push(...page.data);
  after = page.data.at(-1)!.loan_id;
  more = page.has_more;
}
const path = { loan_id: loans[0]!.loan_id };
const loan = (await client.GET("/v1/loans/{loan_id}", { params: { path } })).data!;
const rows = (await client.GET("/v1/loans/{loan_id}/schedule", { params: { path } })).data!;
const nobody = { path: { loan_id: "0x" + "00".repeat(32) } };
const missing = (await client.GET("/v1/loans/{loan_id}", { params: nobody })).error!;
const quoted = await client.POST("/v1/quotes", {
  body: {
    principal: "1200.00",
    annual_rate_pct: "12",
    number_of_repayments: 12,
    disbursement_date: "2026-01-31",
  },
});
console.log(
  JSON.stringify({
    loans: loans.map((each) => each.loan_id),
    principal: loan.principal,
    status: loan.status,
    rows: rows.data.length,
    missing: missing.code,
    quoted: quoted.data!.apr_pct,
  }),
);

// The types refuse what the API does not know; the compiler fails where it accepts one of these.
// @ts-expect-error no such path
void (() => client.GET("/v1/loan"));
// @ts-expect-error amounts are strings
const amount: number = loan.principal;
// @ts-expect-error no such member
void loan.colour;
// @ts-expect-error a member is missing
void (() => client.POST("/v1/sessions", { body: { message: "" } }));
