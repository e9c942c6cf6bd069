#include <memory>

#include "src/api/store_json.h"
#include "src/cli/commands/commands.h"
#include "src/cli/commands/store_answers.h"
#include "src/cli/store_access.h"
#include "src/cli/text.h"
#include "src/cli/view/fields.h"
#include "src/cli/view/store.h"

namespace jobgate {
namespace {

constexpr int kExitFindings = 1;

Result<Json> FiguresOf(StoreUpkeep& store) {
  return AsJson(store.Figures(), StoreFiguresJson);
}

Result<int> RunStats(Session& session) {
  auto store = StoreAccess::Find(session);
  if (!store) return tl::unexpected<Error>(std::move(store).error());
  const auto stats = store->Get("/api/v1/store/stats", FiguresOf);
  if (!stats) return tl::unexpected<Error>(stats.error());
  Print(session, *stats, StorePage(*stats, session.LookNow()));
  return 0;
}

Result<int> RunVerify(Session& session) {
  auto store = StoreAccess::Find(session);
  if (!store) return tl::unexpected<Error>(std::move(store).error());
  const auto report = store->Post("/api/v1/store/verify", Json::object(), [](StoreUpkeep& files) {
    return AsJson(files.Verify(), VerifyReportJson);
  });
  if (!report) return tl::unexpected<Error>(report.error());
  Print(session, *report, VerificationPage(*report, session.LookNow()));
  if (At(*report, "sound") == Json(true)) return 0;
  session.Note("the store is not sound: docs/runbook.md#store says how to go on");
  return kExitFindings;
}

Result<int> RunBackup(Session& session, const std::string& file) {
  const auto path = AbsolutePath(session, file);
  if (!path) return tl::unexpected<Error>(path.error());
  auto store = StoreAccess::Find(session);
  if (!store) return tl::unexpected<Error>(std::move(store).error());
  const auto report = store->Post(
      "/api/v1/store/backup", {{"path", *path}},
      [&](StoreUpkeep& files) { return AsJson(files.Backup(*path), BackupReportJson); });
  if (!report) return tl::unexpected<Error>(report.error());
  Print(session, *report,
        OneLine(TextAt(*report, "file") + ": " +
                Counted(NumberAt(*report, "jobs").value_or(0), "job") + ", events up to " +
                TextAt(*report, "lastEventSeq") + ", " +
                FormatBytes(static_cast<double>(NumberAt(*report, "sizeBytes").value_or(0))) +
                ", SHA-256 " + TextAt(*report, "sha256")) +
            "\n");
  return 0;
}

Result<int> RunCheckpoint(Session& session) {
  auto store = StoreAccess::Find(session);
  if (!store) return tl::unexpected<Error>(std::move(store).error());
  const auto stats = store->Post("/api/v1/store/checkpoint", Json::object(),
                                 [&](StoreUpkeep& files) -> Result<Json> {
                                   const auto warnings = files.Checkpoint();
                                   if (!warnings) return tl::unexpected<Error>(warnings.error());
                                   for (const auto& warning : *warnings) session.Note(warning);
                                   return FiguresOf(files);
                                 });
  if (!stats) return tl::unexpected<Error>(stats.error());
  Print(session, *stats, StorePage(*stats, session.LookNow()));
  return 0;
}

struct QueryFlags {
  std::string sql;
  std::optional<int64_t> limit;
};

Result<int> RunQuery(Session& session, const QueryFlags& flags) {
  Json body = {{"sql", flags.sql}};
  if (flags.limit) body["limit"] = *flags.limit;
  auto store = StoreAccess::Find(session);
  if (!store) return tl::unexpected<Error>(std::move(store).error());
  const auto answer =
      store->Post("/api/v1/store/query", body, [&](StoreUpkeep& files) -> Result<Json> {
        const auto question = StoreQuestionFromJson(body);
        if (!question) return tl::unexpected<Error>(question.error());
        return AsJson(files.Query(question->sql, question->limits), QueryResultJson);
      });
  if (!answer) return tl::unexpected<Error>(answer.error());
  Print(session, *answer, AnswerTable(*answer, session.LookNow()));
  if (const std::string cut = TextAt(*answer, "cutBy"); !cut.empty() && !session.json())
    session.Note("cut off at " + cut);
  return 0;
}

Result<int> RunMigrate(Session& session) {
  auto store = StoreAccess::Find(session);
  if (!store) return tl::unexpected<Error>(std::move(store).error());
  auto files = store->Files("migrate it");
  if (!files) return tl::unexpected<Error>(std::move(files).error());
  const auto migrated = (*files)->Migrate();
  if (migrated)
    for (const std::string& warning : migrated->warnings) session.Note(warning);
  const auto report = AsJson(migrated, MigrationReportJson);
  if (!report) return tl::unexpected<Error>(report.error());
  const bool moved = At(*report, "from") != At(*report, "to");
  Print(session, *report,
        "schema version " + TextAt(*report, "to") +
            (moved ? ", before " + TextAt(*report, "from") : ", as before") + "\n");
  return 0;
}

Result<int> RunRestore(Session& session, const std::string& file) {
  const auto path = AbsolutePath(session, file);
  if (!path) return tl::unexpected<Error>(path.error());
  auto store = StoreAccess::Find(session);
  if (!store) return tl::unexpected<Error>(std::move(store).error());
  auto files = store->FilesToReplace(session, "restore it");
  if (!files) return tl::unexpected<Error>(std::move(files).error());
  const auto report = AsJson((*files)->Restore(*path), ReplacementReportJson);
  if (!report) return tl::unexpected<Error>(report.error());
  Print(session, *report, ReplacementText(*report));
  return 0;
}

// What is damaged can be reset too.
Result<std::string> QuestionBeforeReset(StoreUpkeep& files, const std::string& path) {
  const auto figures = files.Figures();
  if (!figures && figures.error().code == Code::kNotFound)
    return tl::unexpected<Error>(figures.error());
  if (!figures) return "Take everything out of " + path + ", which cannot be read?";
  return "Take " + Counted(figures->records.front().second, "job") + " out of " + path + "?";
}

Result<int> RunReset(Session& session, bool yes) {
  auto store = StoreAccess::Find(session);
  if (!store) return tl::unexpected<Error>(std::move(store).error());
  auto files = store->FilesToReplace(session, "reset it");
  if (!files) return tl::unexpected<Error>(std::move(files).error());
  const auto question = QuestionBeforeReset(**files, store->config().store.path);
  if (!question) return tl::unexpected<Error>(question.error());
  JOBGATE_TRY(session.Confirm(*question, yes));
  const auto report =
      AsJson((*files)->Rebuild([](Store&) { return Result<void>(); }), ReplacementReportJson);
  if (!report) return tl::unexpected<Error>(report.error());
  Print(session, *report, ReplacementText(*report));
  return 0;
}

Result<int> RunClean(Session& session) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  const auto answer = (*api)->Post("/api/v1/store/clean", Json::object());
  if (!answer) return tl::unexpected<Error>(answer.error());
  const std::vector<std::string> problems = TextsAt(answer->body, "problems");
  for (const std::string& problem : problems) session.Note(problem);
  if (CountAt(answer->body, "bytesOver") > 0)
    session.Note("jobs that have not ended hold " +
                 FormatBytes(DecimalAt(answer->body, "bytesOver")) +
                 " more logs than history.maxLogBytes allows; they go once the jobs have ended");
  if (session.json())
    session.OutJson(answer->body, answer->text);
  else
    session.Out(Counted(CountAt(answer->body, "forgotten"), "job") + " forgotten, logs of " +
                Counted(CountAt(answer->body, "logsRemoved"), "job") + " removed (" +
                FormatBytes(DecimalAt(answer->body, "bytesRemoved")) + ")\n");
  return problems.empty() ? 0 : 1;
}

}  // namespace

void AddStore(CommandBuilder& root) {
  CommandBuilder store =
      root.Command("store", "The store as a whole: stats, verify, backup, export, query …");
  store
      .About(
          "Through the daemon where one runs, else on the files themselves, which are locked "
          "meanwhile.")
      .Examples({"jobgate store verify", "jobgate store backup /backup/jobs-$(date +%F).db"});

  CommandBuilder stats = store.Command("stats", "Sizes, and how many there are of everything");
  stats.Examples({"jobgate store stats --json | jq .states"});
  stats.Run(RunStats);

  CommandBuilder verify =
      store.Command("verify", "Check the store whole, and say what was checked");
  verify.About("Exit 1 where something is wrong.").Examples({"jobgate store verify"});
  verify.Run(RunVerify);

  auto file = std::make_shared<std::string>();
  CommandBuilder backup = store.Command("backup", "Copy the store to a new file, while jobs run");
  backup.Argument("FILE", *file, "A file that is not there yet")
      .About(
          "One moment of the store, whole; the copy is checked before it gets its name. A daemon "
          "writes it on its own host.")
      .Examples({"jobgate store backup /backup/jobs.db"});
  backup.Run([file](Session& session) { return RunBackup(session, *file); });

  CommandBuilder checkpoint =
      store.Command("checkpoint", "Bring what the log holds into the main file now");
  checkpoint.Examples({"jobgate store checkpoint"});
  checkpoint.Run(RunCheckpoint);

  auto flags = std::make_shared<QueryFlags>();
  CommandBuilder query = store.Command("query", "Ask the store in SQL; nothing can be changed");
  query.Argument("SQL", flags->sql, "One SELECT")
      .Number("--limit", "N", flags->limit, 1, 10000, "Rows at most (1000)")
      .About("At most 5 s and 4 MiB. docs/cli.md has questions that are often asked.")
      .Examples({"jobgate store query 'SELECT state, count(*) FROM jobs GROUP BY state'"});
  query.Run([flags](Session& session) { return RunQuery(session, *flags); });

  CommandBuilder migrate =
      store.Command("migrate", "Bring the store to this version's schema, without a daemon");
  migrate.About("`jobgate serve` does the same when it starts.")
      .Examples({"jobgate store migrate"});
  migrate.Run(RunMigrate);

  auto backup_file = std::make_shared<std::string>();
  CommandBuilder restore = store.Command("restore", "Put a backup in the store's place");
  restore.Argument("FILE", *backup_file, "What `store backup` made")
      .About(
          "Without a daemon, and once no job runs. The backup is checked first; what was there is "
          "kept "
          "under another name.")
      .Examples({"jobgate store restore /backup/jobs.db"});
  restore.Run([backup_file](Session& session) { return RunRestore(session, *backup_file); });

  auto yes = std::make_shared<bool>(false);
  CommandBuilder reset = store.Command("reset", "Put an empty store in the store's place");
  reset.Switch("--yes", *yes, "Do not ask")
      .About(
          "Without a daemon, and once no job runs. Asks first; what was there is kept under "
          "another "
          "name.")
      .Examples({"jobgate store reset"});
  reset.Run([yes](Session& session) { return RunReset(session, *yes); });

  CommandBuilder clean = store.Command(
      "clean", "Forget now what the history's bounds say is to go, and tell how many");
  clean
      .About(
          "The daemon does this by itself (history.retentionDays, maxJobs, maxLogBytes). Exit 1\n"
          "where something could not be removed.")
      .Examples({"jobgate store clean"});
  clean.Run(RunClean);

  AddStoreTransfer(store);
}

}  // namespace jobgate
