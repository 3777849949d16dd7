/**
 * The forms of records, as `contracts.catalogue.decode_record` takes them.
 *
 * Made from `contracts/` by `python -m tools.docs --write`. Change the contracts, not this file.
 */

import { type Shape, flag, list, object, oneOf, orNull, tagged, text, uint } from "./shape.ts";

const text1 = text(0, 48, /^[a-z0-9]+(-[a-z0-9]+)*$/);
const text2 = text();
const text3 = text(0, Infinity, /^[0-9a-f]{64}$/);
const text4 = text(0, Infinity, /^[A-Z]{2}$/);
const text5 = text(0, Infinity, /^[A-Z]{2}[A-Z2-9]{3}$/);
const text6 = text(0, Infinity, /^[0-9a-f]{32}$/);
const text7 = text(0, Infinity, /^[A-Za-z0-9_-]{44}$/);
const text8 = text(1, 120);
const text9 = text(0, Infinity, /^[A-Za-z0-9_-]{64}$/);
const text10 = text(0, Infinity, /^[A-Za-z0-9_-]{128}$/);
const text11 = text(0, 1400000, /^[A-Za-z0-9_-]*$/);
const text12 = text(0, 40, /^[a-z0-9]+(-[a-z0-9]+)*$/);
const text13 = text(0, Infinity, /^[A-Za-z0-9_-]{43}$/);
const stamp = { version: uint, created_ms: uint, changed_ms: uint, changed_by: text2, changed_act: text2, changed_part: uint, changed_for: text2 };
const organisationState = oneOf("active", "suspended");
const role = oneOf("agency", "auditor", "bank", "carrier", "customs", "customs_broker", "forwarder", "port_authority", "rail_operator", "terminal", "trader");
const nodeKey = object({ name: text1, key: text7 });
const replacement = object({ member: text1, due_ms: uint });
const formerNumbering = object({ key: text11, until_ms: uint });
const organisation = object({ id: text1, name: text8, state: organisationState, roles: list(role, 1, 11), administrators: list(text1, 0, 20) }, { ...stamp, kind: oneOf("organisation"), jurisdiction: orNull(text4), numbering_key: orNull(text11), contents_key: orNull(text13), nodes: list(nodeKey, 0, 16), recovery: orNull(text1), caretaker: orNull(text1), replacement: orNull(replacement), regained: flag, anchors: list(text3, 0, 8), former_numbering: list(formerNumbering, 0, 8) });
const memberState = oneOf("active", "revoked", "suspended");
const permission = oneOf("administrator", "recovery", "signer");
const memberKey = object({ key: text7 }, { valid_until_ms: orNull(uint), valid_from_ms: uint, certificate: orNull(text3) });
const revocationReason = oneOf("key_compromised", "key_lost", "left", "other");
const member = object({ organisation: text1, name: text1, state: memberState, permissions: list(permission, 1, 3), keys: list(memberKey, 1, 4) }, { ...stamp, kind: oneOf("member"), reason: orNull(revocationReason) });
const mandateState = oneOf("active", "revoked");
const power = object({ acts: list(text(0, 64, /^[a-z]+\.[a-z_]+$/), 1, 48), until_ms: uint }, { bills: list(text3, 0, 64), offices: list(text1, 0, 16), jurisdictions: list(text4, 0, 16) });
const mandate = object({ principal: text1, agent: text1, state: mandateState }, { ...stamp, kind: oneOf("mandate"), powers: list(power, 0, 8) });
const billType = oneOf("blank", "sea_waybill", "straight", "to_order");
const billState = oneOf("approved", "draft", "issued", "pending_surrender_for_amendment", "pending_surrender_for_delivery", "surrendered_for_amendment", "surrendered_for_delivery", "switched_to_paper", "voided");
const amendmentState = oneOf("confirmed", "received");
const amendment = object({ requester: text1, contents: text3, state: amendmentState });
const legMode = oneOf("barge", "mixed", "rail", "road", "sea");
const leg = object({ mode: legMode, to: text5 });
const master = object({}, { bill: orNull(text3), elsewhere: orNull(text3) });
const offer = object({ to: text1, expires_ms: uint });
const surrenderPurpose = oneOf("amendment", "delivery", "origin");
const amendmentReason = oneOf("COD", "SWI", "SWTP");
const surrender = object({ purpose: surrenderPurpose, requester: text1 }, { reason: orNull(amendmentReason), deliver_to: orNull(text1), accepted_ms: orNull(uint) });
const disputeGround = oneOf("contents_wrong", "not_authorised", "other", "other_original", "title_contested", "wrong_recipient");
const dispute = object({ by: text1, ground: disputeGround, since_version: uint });
const bill = object({ type: billType, state: billState, carrier: text1, contents: text3, place_of_loading: text5, place_of_delivery: text5 }, { ...stamp, kind: oneOf("bill"), possessor: orNull(text1), received_from: orNull(text1), titleholder: orNull(text1), endorsed_by: orNull(text1), endorsable: flag, shipper: orNull(text1), parties: list(text1, 0, 32), earlier: list(text3, 0, 50), amendment: orNull(amendment), asked: uint, containers: list(text6, 0, 200), legs: list(leg, 0, 12), master: orNull(master), master_proof: orNull(text3), offer: orNull(offer), surrender: orNull(surrender), dispute: orNull(dispute), release_to: orNull(text1), release_required: flag, paper: orNull(text3), from_paper: orNull(text3), replaces: orNull(text3), replaced_by: orNull(text3) });
const direction = oneOf("export", "import", "transit");
const declarationState = oneOf("accepted", "arrived", "cleared", "exited", "expired", "invalidated", "prelodged", "queried", "refused", "rejected", "released", "under_document_control", "under_physical_control");
const lane = oneOf("blue", "green", "red", "yellow");
const routingReason = oneOf("control_finding", "intelligence", "officer", "other", "random", "selectivity", "trusted_trader");
const routing = object({ lane: lane, reason: routingReason, routed_ms: uint });
const control = oneOf("documents", "physical");
const controlResult = oneOf("considered_satisfactory", "discrepancy", "satisfactory");
const examination = object({ control: control, begun_ms: uint }, { result: orNull(controlResult) });
const holdReason = oneOf("court_order", "dangerous_goods", "documents", "food_safety", "inspection", "intellectual_property", "other", "phytosanitary", "quarantine", "revenue", "sanctions", "security", "veterinary");
const hold = object({ id: text12, authority: text1, reason: holdReason, placed_ms: uint });
const query = object({ id: text12, question: text3 }, { answer: orNull(text3) });
const requestKind = oneOf("amendment", "cancellation");
const requestGround = oneOf("classification", "clerical_error", "documents", "duplicate", "goods_not_shipped", "lodged_in_error", "origin", "other", "parties", "procedure", "quantity", "replaced", "value");
const requestState = oneOf("denied", "done", "granted", "open", "rejected");
const request = object({ id: text12, kind: requestKind, ground: requestGround, state: requestState }, { contents: orNull(text3) });
const dutyNotice = oneOf("debt", "insufficient_balance", "payment_reminder");
const notice = object({ notice: dutyNotice, assessment: text3, told_ms: uint }, { status: orNull(text(0, Infinity, /^[A-Z0-9]{1,4}$/)) });
const declarationError = object({ code: text(0, Infinity, /^[A-Z0-9]{1,12}$/) }, { pointer: text(0, 120, /^[0-9A-Z#.\/]*$/) });
const refusalReason = oneOf("false_declaration", "health_risk", "missing_licence", "other", "prohibited_goods");
const citation = object({ declaration: text6, jurisdiction: text4, state: declarationState, at_version: uint });
const passage = object({ office: text1, passed_ms: uint });
const declaration = object({ type: direction, state: declarationState, office: text1, jurisdiction: text4, declarant: text1, contents: text3 }, { ...stamp, kind: oneOf("declaration"), exit_office: orNull(text1), transit_offices: list(text1, 0, 10), destination: orNull(text1), representative: orNull(text1), earlier: list(text3, 0, 50), bills: list(text3, 0, 50), containers: list(text6, 0, 200), reference: orNull(text3), awaits_goods: flag, expires_ms: orNull(uint), routing: orNull(routing), examinations: list(examination, 0, 20), holds: list(hold, 0, 20), queries: list(query, 0, 50), resumes: orNull(declarationState), requests: list(request, 0, 20), notices: list(notice, 0, 50), errors: list(declarationError, 0, 50), released_ms: orNull(uint), refused_for: orNull(refusalReason), refused_ms: orNull(uint), cites: list(citation, 0, 10), passages: list(passage, 0, 10) });
const containerState = oneOf("announced", "at_sea", "in_facility", "on_barge", "on_rail", "on_road", "on_vessel");
const eventType = oneOf("available_for_drop_off", "available_for_pick_up", "barge_arrival", "barge_departure", "barge_discharge", "barge_load", "border_crossing", "customs_inspection", "customs_release", "customs_scan", "discharge", "drop_off", "gate_in", "gate_out", "inspection", "load", "pick_up", "rail_arrival", "rail_departure", "rail_discharge", "rail_load", "reseal", "road_arrival", "road_departure", "seal", "seal_removal", "stripping", "stuffing", "vessel_arrival", "vessel_departure");
const purpose = oneOf("empty", "export", "import", "transit");
const movementWarning = oneOf("fill_changed", "no_seal", "opened_under_seal", "seal_broken", "seal_differs", "seal_missing", "seal_replaced");
const event = object({ version: uint, event: eventType, facility: text5, event_ms: uint, organisation: text1 }, { first_ms: orNull(uint), purpose: orNull(purpose), seal: orNull(text3), direction: orNull(direction), warnings: list(movementWarning) });
const departure = object({ direction: direction, facility: text5, event_ms: uint });
const position = object({ state: containerState }, { facility: orNull(text5), laden: orNull(flag), seal: orNull(text3), export_from: orNull(text4), selected: list(text4), departures: list(departure) });
const classifier = oneOf("actual", "estimated", "planned");
const expected = object({ event: eventType, facility: text5, event_ms: uint, classifier: classifier, organisation: text1 });
const massMethod = oneOf("SM1", "SM2");
const verifiedMass = object({ document: text6, method: massMethod });
const breach = object({ event: eventType, facility: text5, event_ms: uint, organisation: text1, codes: list(text2) }, { version: uint, withdrawn: flag });
const container = object({ commitment: text3, operator: text1, state: containerState }, { ...stamp, kind: oneOf("container"), parties: list(text1, 0, 32), facility: orNull(text5), laden: orNull(flag), length: orNull(text(0, Infinity, /^[1-4A-HK-NP]$/)), seal: orNull(text3), export_from: orNull(text4), selected: list(text4), events: list(event, 0, 16), base: orNull(position), expected: list(expected, 0, 16), verified_mass: orNull(verifiedMass), bills: list(text3, 0, 50), declarations: list(text6, 0, 100), departures: list(departure), breaches: list(breach, 0, 100) });
const documentType = oneOf("certificate_of_origin", "dangerous_goods", "invoice", "other", "packing_list", "phytosanitary", "verified_gross_mass");
const documentState = oneOf("registered", "revoked");
const documentRevocation = oneOf("issued_in_error", "other", "replaced", "withdrawn");
const document = object({ type: documentType, state: documentState, organisation: text1, contents: text3 }, { ...stamp, kind: oneOf("document"), bills: list(text3, 0, 100), declarations: list(text6, 0, 100), containers: list(text6, 0, 100), readers: list(text1, 0, 32), reason: orNull(documentRevocation) });
const proposalState = oneOf("open", "passed", "rejected", "withdrawn");
const admitOrganisation = object({ type: oneOf("admit_organisation"), organisation: text1, name: text8, roles: list(role, 1, 11), administrator: text1, administrator_key: text7 }, { jurisdiction: orNull(text4), nodes: list(nodeKey, 0, 16), numbering_key: orNull(text9), numbering_possession: orNull(text10), contents_key: orNull(text13) });
const addValidator = object({ type: oneOf("add_validator"), organisation: text1, bls_key: text9, possession: text10 });
const removeValidator = object({ type: oneOf("remove_validator"), organisation: text1 });
const rotateValidator = object({ type: oneOf("rotate_validator"), organisation: text1, bls_key: text9, possession: text10 });
const replaceNode = object({ type: oneOf("replace_node"), organisation: text1, node: text1, key: text7 });
const changeOrganisation = object({ type: oneOf("change_organisation"), organisation: text1 }, { name: orNull(text8), roles: orNull(list(role, 1, 11)), jurisdiction: orNull(text4), numbering_key: orNull(text9), numbering_possession: orNull(text10) });
const suspendOrganisation = object({ type: oneOf("suspend_organisation"), organisation: text1 }, { caretaker: orNull(text1), caretaker_key: orNull(text7) });
const reinstateOrganisation = object({ type: oneOf("reinstate_organisation"), organisation: text1 });
const replaceAdministrator = object({ type: oneOf("replace_administrator"), organisation: text1, administrator: text1, administrator_key: text7 });
const decideDispute = object({ type: oneOf("decide_dispute"), organisation: text1, bill: text3, since_version: uint });
const newParameters = object({}, { statement_window_ms: orNull(uint), max_block_bytes: orNull(uint), max_block_entries: orNull(uint), precision_ms: orNull(uint), message_delay_ms: orNull(uint), heartbeat_ms: orNull(uint) });
const changeParameters = object({ type: oneOf("change_parameters"), from_height: uint, parameters: newParameters }, { instead: flag });
const changeRules = object({ type: oneOf("change_rules"), from_height: uint, rules_version: uint });
const choice = oneOf("no", "yes");
const ballot = object({ organisation: text1, member: text(3, 97), choice: choice });
const proposal = object({ state: proposalState, proposer: text1, title: text8, expires_ms: uint, change: tagged("type", { admit_organisation: admitOrganisation, add_validator: addValidator, remove_validator: removeValidator, rotate_validator: rotateValidator, replace_node: replaceNode, change_organisation: changeOrganisation, suspend_organisation: suspendOrganisation, reinstate_organisation: reinstateOrganisation, replace_administrator: replaceAdministrator, decide_dispute: decideDispute, change_parameters: changeParameters, change_rules: changeRules }) }, { ...stamp, kind: oneOf("proposal"), reason: text(0, 1000), ballots: list(ballot, 0, 100), effective_height: orNull(uint) });
const keyPurpose = oneOf("contents", "node", "numbering", "validator");
const namedKey = object({ purpose: keyPurpose, organisation: text1 }, { ...stamp, kind: oneOf("key") });
const validator = object({ organisation: text2, bls_key: text11 });
const networkValidators = object({ validators: list(validator) }, { ...stamp, kind: oneOf("validators") });
const parameters = object({}, { statement_window_ms: uint, max_block_bytes: uint, max_block_entries: uint, precision_ms: uint, message_delay_ms: uint, heartbeat_ms: uint });
const plan = object({ from_height: uint }, { parameters: orNull(newParameters), rules_version: orNull(uint) });
const networkParameters = object({ parameters: parameters, rules_version: uint }, { ...stamp, kind: oneOf("parameters"), planned: list(plan, 0, 16), longest_window_ms: uint });

/** Every kind of record: what its keys match, and its form. */
export const RECORDS: readonly (readonly [RegExp, Shape])[] = [
  [/^organisation\/(?=[a-z0-9-]{1,48}(?:\/|$))[a-z0-9]+(?:-[a-z0-9]+)*$/, organisation],
  [/^member\/(?=[a-z0-9-]{1,48}(?:\/|$))[a-z0-9]+(?:-[a-z0-9]+)*\/(?=[a-z0-9-]{1,48}(?:\/|$))[a-z0-9]+(?:-[a-z0-9]+)*$/, member],
  [/^mandate\/(?=[a-z0-9-]{1,48}(?:\/|$))[a-z0-9]+(?:-[a-z0-9]+)*\/(?=[a-z0-9-]{1,48}(?:\/|$))[a-z0-9]+(?:-[a-z0-9]+)*$/, mandate],
  [/^bill\/[0-9a-f]{64}$/, bill],
  [/^declaration\/[0-9a-f]{32}$/, declaration],
  [/^container\/[0-9a-f]{32}$/, container],
  [/^document\/[0-9a-f]{32}$/, document],
  [/^proposal\/[0-9a-f]{32}$/, proposal],
  [/^key\/[0-9a-f]{64}$/, namedKey],
  [/^network\/validators$/, networkValidators],
  [/^network\/parameters$/, networkParameters],
];
