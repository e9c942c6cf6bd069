#include "store/sqlite/sqlite_verify.h"

#include <array>
#include <utility>

#include "store/event_chain.h"
#include "store/migrator/migrator.h"
#include "store/setting_names.h"
#include "store/sqlite/events.h"
#include "store/sqlite/settings.h"

namespace jobgate::sqlite {
namespace {

// Rows of `finding` are what is wrong, one text each; `count` says how much was looked at.
struct Rule {
  const char* name;
  const char* looked_at;
  const char* count;
  const char* finding;
};

constexpr std::array kRules = {
    Rule{"references", "rows that belong to a job", "SELECT count(*) FROM attempts",
         "SELECT \"table\" || ' has a row without its ' || parent FROM pragma_foreign_key_check"},
    Rule{"events", "events, numbered without gaps", "SELECT count(*) FROM events",
         "SELECT 'after event ' || before || ' comes ' || seq FROM (SELECT seq, lag(seq) OVER "
         "(ORDER BY seq) AS before FROM events) WHERE seq <> before + 1"},
    Rule{"counts", "jobs by entrypoint, priority and state", "SELECT count(*) FROM jobs",
         "WITH expected AS (SELECT entrypoint, priority, sum(state = 'queued') AS queued, "
         "sum(state = 'waiting_approval') AS waiting_approval, sum(state = 'running') AS running, "
         "sum(state = 'interrupted') AS interrupted, sum(state = 'dead_lettered') AS "
         "dead_lettered, sum(state = 'succeeded') AS succeeded, sum(state = 'failed') AS failed, "
         "sum(state = 'canceled') AS canceled FROM jobs GROUP BY entrypoint, priority), "
         "counted AS (SELECT * FROM job_counts WHERE queued + waiting_approval + running + "
         "interrupted + dead_lettered + succeeded + failed + canceled > 0) "
         "SELECT 'of ' || entrypoint || ' with priority ' || "
         "priority || ' are counted: ' || queued || ' queued, ' || waiting_approval || "
         "' waiting_approval, ' || running || ' running, ' || interrupted || ' interrupted, ' || "
         "dead_lettered || ' dead_lettered, ' || succeeded || ' succeeded, ' || failed || "
         "' failed, ' || canceled || ' canceled; there are others' "
         "FROM (SELECT * FROM counted EXCEPT SELECT * FROM expected) "
         "UNION ALL SELECT 'of ' || entrypoint || "
         "' with priority ' || priority || ' not all are counted' "
         "FROM (SELECT * FROM expected EXCEPT SELECT * FROM counted)"},
    Rule{"attempts",
         "attempts, numbered from 1 in each job, the last one alone unended while it runs",
         "SELECT count(*) FROM attempts",
         "SELECT id || ' (' || state || ') says ' || attempts || ' attempts, has ' || n || ', last "
         "numbered ' || last || ', ' || open || ' unended' FROM (SELECT id, state, attempts, "
         "count(number) AS n, ifnull(max(number), 0) AS last, count(number) - count(ended_at) AS "
         "open FROM jobs LEFT JOIN attempts ON job_id = id GROUP BY id) WHERE n <> attempts OR "
         "last <> attempts OR open <> (state = 'running')"},
    // The CHECK says the same, but SQLite leaves CHECKs out of a connection that only reads.
    Rule{"tries", "jobs, with no more tries than they may have", "SELECT count(*) FROM jobs",
         "SELECT id || ' has ' || tries || ' tries of ' || attempts_max FROM jobs WHERE tries > "
         "attempts_max"},
    Rule{"documents", "JSON documents of jobs", "SELECT count(*) FROM jobs",
         "SELECT id || ' has a document that is no JSON' FROM jobs WHERE NOT "
         "json_valid(params_json) "
         "OR (spec_json IS NOT NULL AND NOT json_valid(spec_json)) OR (gate_json IS NOT NULL AND "
         "NOT json_valid(gate_json)) "
         "OR (stop_json IS NOT NULL AND NOT json_valid(stop_json)) OR (result_json IS NOT NULL AND "
         "NOT json_valid(result_json))"},
    Rule{"payloads", "payloads of events", "SELECT count(*) FROM events",
         "SELECT 'event ' || seq || ' has a payload that is no JSON' FROM events "
         "WHERE NOT json_valid(payload_json)"},
    Rule{"outbox", "messages that are still to be told", "SELECT count(*) FROM outbox",
         "SELECT id || ' has a request that is no JSON' FROM outbox "
         "WHERE NOT json_valid(request_json)"},
    Rule{"keys", "idempotency keys, with the end of their job",
         "SELECT count(*) FROM idempotency_keys",
         "SELECT 'the key of ' || job_id || ' has another end than its job' FROM idempotency_keys "
         "JOIN jobs ON id = job_id WHERE ended_at IS NOT finished_at"},
};

std::vector<std::string> Findings(SqliteConnection& db, const std::string& sql) {
  SQLite::Statement query(db.db(), sql);
  std::vector<std::string> findings;
  while (findings.size() < kFindingsMax && query.executeStep())
    findings.push_back(query.getColumn(0).getString());
  return findings;
}

StoreCheck SchemaCheck(SqliteConnection& db) {
  StoreCheck check{"schema", "the file's kind, its schema and the migrations that made it", {}};
  if (auto known = CheckSchema(db.db(), BuiltInMigrations()); !known)
    check.findings.push_back(known.error().message);
  return check;
}

StoreCheck PagesCheck(SqliteConnection& db) {
  const int64_t pages = db.db().execAndGet("PRAGMA page_count").getInt64();
  StoreCheck check{"pages", std::to_string(pages) + " pages, their rows and indexes", {}};
  check.findings = Findings(db, "PRAGMA integrity_check(" + std::to_string(kFindingsMax) + ")");
  if (check.findings == std::vector<std::string>{"ok"}) check.findings.clear();
  return check;
}

StoreCheck CheckOf(SqliteConnection& db, const Rule& rule) {
  const int64_t count = db.db().execAndGet(rule.count).getInt64();
  return {rule.name, std::to_string(count) + " " + rule.looked_at, Findings(db, rule.finding)};
}

StoreCheck ChainCheck(SqliteConnection& db) {
  ChainWalk walk;
  EveryEvent(db, [&](const Event& event) { walk.Take(event); });
  walk.End(GetSetting(db, kChainBeginsSetting));
  StoreCheck check{"chain", TextOf(walk.report()), {}, {}, true};
  if (walk.report().first_break) check.findings.push_back(walk.report().first_break->what);
  return check;
}

}  // namespace

VerifyReport Verify(SqliteConnection& db) {
  const OneView view(db);
  VerifyReport report;
  report.checks.push_back(PagesCheck(db));
  report.checks.push_back(SchemaCheck(db));
  if (!report.IsSound()) return report;  // what the rules say of such a file means nothing
  for (StoreCheck& check : CheckRules(db)) report.checks.push_back(std::move(check));
  return report;
}

std::vector<StoreCheck> CheckRules(SqliteConnection& db) {
  std::vector<StoreCheck> checks;
  for (const Rule& rule : kRules) checks.push_back(CheckOf(db, rule));
  checks.push_back(ChainCheck(db));
  return checks;
}

}  // namespace jobgate::sqlite
