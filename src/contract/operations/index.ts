import type { InputOf, OutputOf, Scope } from "../operation.ts";
import {
  answerClaudeCode,
  answerCodex,
  ingestClaudeCode,
  ingestClaudeStatusLine,
  ingestCodex,
  ingestGemini,
  ingestKei,
  ingestMpm,
  ingestOpencode,
  ingestStream,
  replayIngest,
} from "./ingest.ts";
import { listAllRequests } from "./requests.ts";
import { listAlertRules, listAlerts, removeAlertRule, setAlertRule, snoozeAlert, testAlerts } from "./alerts.ts";
import { getDiagnostics } from "./diagnostics.ts";
import { getImport, listImports, startImport } from "./imports.ts";
import { applyRetention, makeBackup } from "./keeping.ts";
import { answerAsk, createAsk, getAsk, listAsks, waitForAsk, withdrawAsk } from "./asks.ts";
import { aggregateCalls, getCall, getCatalog, findInTrace, getTrace, listCalls, rebuildCatalog, search } from "./catalog.ts";
import { injectContext, listInjections, withdrawInjection } from "./context.ts";
import { appendEvents, getBody, getState, listEvents } from "./log.ts";
import { getCacheHistory, getSessionCost, getUsage, getUsageCsv, listLimits, listRequests } from "./money.ts";
import { listPrices, refreshPrices, repriceCosts } from "./prices.ts";
import { listBudgets, removeBudget, setBudget } from "./budgets.ts";
import { addPush, listPush, removePush, testPush } from "./push.ts";
import { getPolicy, previewRule, testPolicy } from "./policy.ts";
import { exportSession, getSession, getSessionState, listMessages, listSessionCalls, listSessions, listTurns } from "./sessions.ts";
import { getStatus, getStorage, listOperations } from "./system.ts";
import { getActivity, listMomentsBetween, stepMoment } from "./time.ts";
import { readTelemetry, reportTelemetry } from "./telemetry.ts";
import { createToken, listTokens, revokeToken } from "./tokens.ts";
import { clickControl, getFields, listControls, noteUi, resetUi, selectItem, setField, waitForEvent } from "./ui.ts";
import { closeTicket, createTicket, getTicket, linkTicket, listTickets, listTodos, unlinkTicket, updateTicket } from "./work.ts";

/** Every operation, once. A capability implements it; HTTP, WebSocket, CLI, client and palette serve it from here. */
export const operations = [
  appendEvents,
  listEvents,
  waitForEvent,
  getState,
  getActivity,
  stepMoment,
  listMomentsBetween,
  getBody,
  ingestClaudeCode,
  answerClaudeCode,
  answerCodex,
  ingestClaudeStatusLine,
  ingestCodex,
  ingestGemini,
  ingestOpencode,
  ingestKei,
  ingestMpm,
  ingestStream,
  replayIngest,
  listSessions,
  getSession,
  getSessionState,
  listMessages,
  listTurns,
  listSessionCalls,
  exportSession,
  injectContext,
  listInjections,
  withdrawInjection,
  getSessionCost,
  listRequests,
  getUsage,
  getUsageCsv,
  getCacheHistory,
  listLimits,
  listPrices,
  refreshPrices,
  repriceCosts,
  listBudgets,
  setBudget,
  removeBudget,
  listAsks,
  getAsk,
  createAsk,
  waitForAsk,
  answerAsk,
  withdrawAsk,
  getPolicy,
  testPolicy,
  listPush,
  addPush,
  testPush,
  removePush,
  previewRule,
  listCalls,
  listAllRequests,
  findInTrace,
  aggregateCalls,
  getCall,
  getTrace,
  search,
  getCatalog,
  rebuildCatalog,
  listAlerts,
  snoozeAlert,
  testAlerts,
  listAlertRules,
  setAlertRule,
  removeAlertRule,
  startImport,
  getImport,
  listImports,
  makeBackup,
  applyRetention,
  listTodos,
  listTickets,
  getTicket,
  createTicket,
  updateTicket,
  closeTicket,
  linkTicket,
  unlinkTicket,
  listTokens,
  createToken,
  revokeToken,
  listControls,
  getFields,
  clickControl,
  setField,
  selectItem,
  resetUi,
  noteUi,
  readTelemetry,
  reportTelemetry,
  getStatus,
  getDiagnostics,
  getStorage,
  listOperations,
] as const;

type Known = (typeof operations)[number];
export type OperationName = Known["name"];
export type OperationOf<N extends OperationName> = Extract<Known, { name: N }>;
export type InputFor<N extends OperationName> = InputOf<OperationOf<N>>;
export type OutputFor<N extends OperationName> = OutputOf<OperationOf<N>>;

/** Who asks and through which door: goes into audit events and limits. */
export interface Caller {
  readonly door: "http" | "websocket" | "mcp" | "cli" | "internal";
  readonly actor: string;
  /** What the caller may do; absent where nobody asked at a door. */
  readonly scope?: Scope;
  /** `actor` is the name of a token: nobody else can be meant. */
  readonly isNamed?: boolean;
  readonly signal?: AbortSignal;
}

/** One implementation per operation; the compiler names the one that is missing. */
export type Handlers = { readonly [N in OperationName]: (input: InputFor<N>, caller: Caller) => Promise<OutputFor<N>> | OutputFor<N> };
