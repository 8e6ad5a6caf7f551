/**
 * The main job through the TypeScript client that is generated from openapi/openapi.json.
 *
 * Prints a line for each thing done; tests/clients/python/main_job.py prints the same.
 */

import createClient, { type Client } from "openapi-fetch";
import { randomUUID } from "node:crypto";
import type { components, paths } from "./childfind.js";

type Schemas = components["schemas"];
/** Lists are tables, too, for who asks; here all is JSON. */
type Media = "application/json" | "application/problem+json";
type Childfind = Client<paths, Media>;

/** A header with a key for one thing that is to be done once. */
const once = () => ({ "Idempotency-Key": randomUUID() });

function given<T>(data: T | undefined, error: unknown): T {
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data;
}

/** The record, not the decision that a dry run is answered with. */
function stored<T>(data: T | Schemas["Decision"] | undefined, error: unknown): T {
  const answer = given(data, error);
  if (typeof answer === "object" && answer !== null && "allowed" in answer) {
    throw new Error("a decision");
  }
  return answer as T;
}

async function signedIn(baseUrl: string, idAndSecret: string): Promise<Childfind> {
  const { data, error } = await createClient<paths>({ baseUrl }).POST("/oauth/token", {
    headers: {
      Authorization: `Basic ${Buffer.from(idAndSecret).toString("base64")}`,
      "Content-Type": "application/x-www-form-urlencoded",
    },
    body: { grant_type: "client_credentials" },
    bodySerializer: (body) => new URLSearchParams(body as Record<string, string>),
  });
  const token = given(data, error);
  console.log("token", token.expires_in);
  return createClient<paths, Media>({
    baseUrl,
    headers: { Authorization: `Bearer ${token.access_token}` },
  });
}

async function main(url: string, idAndSecret: string): Promise<void> {
  const client = await signedIn(url, idAndSecret);

  const child: Schemas["SentStudent"] = {
    identifiers: [{ system: "sourced_id", value: "st-typescript" }],
    given_name: "Mateo",
    family_name: "Oliveira",
    birth_date: "2017-03-09",
    grade: "3",
  };
  const made = await client.POST("/v1/students", { params: { header: once() }, body: child });
  const student = stored<Schemas["Student"]>(made.data, made.error);
  console.log("student", made.response.status, student.given_name, student.grade);
  const bulk = await client.POST("/v1/students/bulk", {
    body: JSON.stringify(child),
    bodySerializer: (body) => body,
    headers: { "Content-Type": "application/x-ndjson" },
    parseAs: "text",
  });
  const lines = String(given(bulk.data, bulk.error)).trim().split("\n");
  const statuses = lines.map((line) => (JSON.parse(line) as Schemas["BulkLine"]).status);
  console.log("students", `[${statuses.join(", ")}]`);

  const recorded = await client.POST("/v1/interventions", {
    params: { header: once() },
    body: { title: "Reading fluency", started_on: "2026-09-07", student_id: student.id },
  });
  const intervention = stored<Schemas["InterventionDetail"]>(recorded.data, recorded.error);
  const held = await client.POST("/v1/interventions/{intervention_id}/sessions", {
    params: { header: once(), path: { intervention_id: intervention.id } },
    body: { held_on: "2026-09-09", minutes: 30 },
  });
  const session = stored<Schemas["InterventionSession"]>(held.data, held.error);
  console.log("intervention", intervention.title, session.held_on, session.minutes);

  const teacher = await client.POST("/v1/referrals", {
    body: {
      requester: "staff",
      words: "Reads far below grade.",
      received_on: "2026-10-05",
      student_id: student.id,
    },
  });
  let receipt = stored<Schemas["Receipt"]>(teacher.data, teacher.error);
  console.log("referral", receipt.requester, receipt.case.status);
  const step = await client.POST("/v1/cases/{id}/steps/{step}", {
    params: { header: once(), path: { id: receipt.case_id, step: "request-evaluation" } },
  });
  if (step.error === undefined) throw new Error("it was not refused");
  for (const finding of step.error.findings ?? []) {
    if (finding.blocks) {
      console.log("refused", step.error.status, finding.rule_id, finding.citations[0]?.text);
    }
  }

  const parent = await client.POST("/v1/referrals", {
    body: { requester: "parent", words: "Please test my son.", received_on: "2026-10-12" },
  });
  receipt = stored<Schemas["Receipt"]>(parent.data, parent.error);
  const found = await client.GET("/v1/cases/{id}", { params: { path: { id: receipt.case_id } } });
  const opened = given(found.data, found.error);
  console.log("referral", receipt.requester, opened.status, opened.path);
  const due = await client.GET("/v1/deadlines", { params: { query: { case_id: opened.id } } });
  const terms = given(due.data, due.error).items.map((one) => `'${one.term}'`);
  console.log("deadlines", `[${terms.sort().join(", ")}]`);
}

await main(process.env["CHILDFIND_URL"] ?? "", process.env["CHILDFIND_CLIENT"] ?? "");
