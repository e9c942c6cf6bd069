// `store export` and `store import`: a store as lines of JSON, and the way out of damage.
#include <fstream>
#include <memory>
#include <optional>

#include "src/api/store_json.h"
#include "src/cli/commands/commands.h"
#include "src/cli/commands/store_answers.h"
#include "src/cli/interrupt.h"
#include "src/cli/store_access.h"
#include "src/cli/text.h"
#include "src/cli/view/fields.h"
#include "store/durable_file.h"
#include "store/setting_names.h"
#include "store/transfer/export_reader.h"
#include "store/transfer/store_filler.h"

namespace jobgate {
namespace {

constexpr const char* kStandardStream = "-";

// --- export

Result<int> ExportToOutput(Session& session) {
  auto store = StoreAccess::Find(session);
  if (!store) return tl::unexpected<Error>(std::move(store).error());
  JOBGATE_TRY(store->Export(session, [&](std::string_view bytes) -> Result<void> {
    session.Out(bytes);
    if (session.world().out) return {};
    return Fail(Code::kStoreFault, "standard output takes no more");
  }));
  return 0;
}

std::string ExportText(const Json& report) {
  return OneLine(TextAt(report, "file") + ": " +
                 Counted(NumberAt(report, "jobs").value_or(0), "job") + ", events up to " +
                 TextAt(report, "lastEventSeq") + ", SHA-256 of the records " +
                 TextAt(report, "sha256")) +
         "\n";
}

Result<int> ExportToFile(Session& session, const std::string& path) {
  std::optional<InterruptLater> later(std::in_place);
  auto target = UnfinishedFile::Create(path, false);
  if (!target) return tl::unexpected<Error>(std::move(target).error());
  const InterruptNotice notice("interrupted: " + path + " was not made", target->path());
  later.reset();
  std::ofstream out(target->path(), std::ios::binary);
  auto store = StoreAccess::Find(session);
  if (!store) return tl::unexpected<Error>(std::move(store).error());
  JOBGATE_TRY(store->Export(session, [&](std::string_view bytes) -> Result<void> {
    if (out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()))) return {};
    return Fail(Code::kStoreFault, "cannot write " + path);
  }));
  out.close();
  if (!out) return Fail(Code::kStoreFault, "cannot write " + path);
  std::ifstream in(target->path(), std::ios::binary);
  const auto end = CheckExport(in, path);
  if (!end) return tl::unexpected<Error>(end.error());
  JOBGATE_TRY(target->Finish());
  const Json report = {{"file", path},
                       {"sha256", end->sha256},
                       {"jobs", end->counts.jobs},
                       {"lastEventSeq", end->counts.last_event}};
  Print(session, report, ExportText(report));
  return 0;
}

Result<int> RunExport(Session& session, const std::string& file) {
  if (file == kStandardStream) return ExportToOutput(session);
  const auto path = AbsolutePath(session, file);
  if (!path) return tl::unexpected<Error>(path.error());
  return ExportToFile(session, *path);
}

// --- import

Result<void> CheckEmpty(StoreUpkeep& store) {
  const auto figures = store.Figures();
  if (!figures && figures.error().code == Code::kNotFound) return {};
  if (!figures) return tl::unexpected<Error>(figures.error());
  int64_t records = 0;
  for (const auto& [kind, count] : figures->records) records += count;
  if (records == 0) return {};
  return Fail(Code::kConflict, figures->path + " has " +
                                   Counted(figures->records.front().second, "job") +
                                   " and events up to " + std::to_string(figures->last_event_seq) +
                                   ": an import is for an empty store; `jobgate store reset` makes "
                                   "it one, and keeps what is there");
}

Result<int> ImportFrom(Session& session, std::istream& in, const std::string& name) {
  auto access = StoreAccess::Find(session);
  if (!access) return tl::unexpected<Error>(std::move(access).error());
  auto files = access->FilesToReplace(session, "import it");
  if (!files) return tl::unexpected<Error>(std::move(files).error());
  JOBGATE_TRY(CheckEmpty(**files));
  const auto report = AsJson((*files)->Rebuild([&](Store& store) -> Result<void> {
    StoreFiller filler(store);
    if (auto read = ReadExport(in, name, filler); !read) return Fail(std::move(read).error());
    return filler.Finish();
  }),
                             ReplacementReportJson);
  if (!report) return tl::unexpected<Error>(report.error());
  Print(session, *report, ReplacementText(*report));
  return 0;
}

Result<int> Import(Session& session, const std::string& file) {
  if (file == kStandardStream) return ImportFrom(session, session.world().in, "standard input");
  const auto path = AbsolutePath(session, file);
  if (!path) return tl::unexpected<Error>(path.error());
  std::ifstream in(*path, std::ios::binary);
  if (!in) return FailField("/path", "there is no file " + *path + " to be read");
  return ImportFrom(session, in, *path);
}

// Jobs that had been started in turns that are left out are queued again, and nobody but a person
// can say which of them ran: nothing is claimed until one did.
Result<LeftOut> Salvage(StoreUpkeep& files, int64_t turn, Store& store) {
  StoreFiller filler(store);
  auto left = files.RecordsUntil(turn, filler);
  if (!left) return left;
  JOBGATE_TRY(filler.Put(record::Setting{std::string(kWorkerStoppedSetting), "true"}));
  JOBGATE_TRY(filler.Finish());
  return left;
}

std::string SalvageText(const Json& report) {
  const Json& left = At(report, "leftOut");
  std::string text = ReplacementText(report) + "left out: everything from turn " +
                     TextAt(left, "firstTurn") + " on; turns up to " + TextAt(left, "lastTurn") +
                     " and " + TextAt(left, "bytes") + " bytes are known of\n";
  for (const std::string& why : TextsAt(left, "why")) text += "  " + OneLine(why) + "\n";
  return text +
         "the worker is stopped: what was started in these turns may be queued again; look at the "
         "queued jobs, then `jobgate worker start`\n";
}

Result<int> ImportUntil(Session& session, int64_t turn) {
  auto access = StoreAccess::Find(session);
  if (!access) return tl::unexpected<Error>(std::move(access).error());
  auto files = access->FilesToReplace(session, "import it");
  if (!files) return tl::unexpected<Error>(std::move(files).error());
  LeftOut left;
  const auto replaced = (*files)->Rebuild([&](Store& store) -> Result<void> {
    auto salvaged = Salvage(**files, turn, store);
    if (!salvaged) return Fail(std::move(salvaged).error());
    left = *std::move(salvaged);
    return {};
  });
  if (!replaced) return tl::unexpected<Error>(replaced.error());
  Json report = ReplacementReportJson(*replaced);
  report["leftOut"] = LeftOutJson(left);
  Print(session, report, SalvageText(report));
  return 0;
}

struct ImportFlags {
  std::string file;
  std::optional<int64_t> until;
};

Result<int> RunImport(Session& session, const ImportFlags& flags) {
  if (flags.file.empty() != flags.until.has_value())
    return Fail(Code::kInvalidArgument, "name the export, or give --until TURN and no file");
  return flags.until ? ImportUntil(session, *flags.until) : Import(session, flags.file);
}

}  // namespace

void AddStoreTransfer(CommandBuilder& store) {
  auto target = std::make_shared<std::string>();
  CommandBuilder export_to =
      store.Command("export", "Write all of the store as lines of JSON, for any kind of store");
  export_to.Argument("FILE", *target, "A file that is not there yet, or - for standard output")
      .About(
          "One moment of the store, whole, while jobs run. Keep it private: the key of the\n"
          "digests is in it. docs/store-export.md describes the lines.")
      .Examples({"jobgate store export jobs-export.jsonl",
                 "jobgate store export - | jq -c '.job // empty | {id, state}'"});
  export_to.Run([target](Session& session) { return RunExport(session, *target); });

  auto flags = std::make_shared<ImportFlags>();
  CommandBuilder import_from = store.Command("import", "Fill an empty store with an export");
  import_from.OptionalArgument("FILE", flags->file, "What `store export` wrote, or -")
      .Number("--until", "TURN", flags->until, 1, INT64_MAX,
              "Instead: keep a damaged JSONL store up to this turn")
      .About(
          "Without a daemon. All of it is in the store afterwards, or nothing. --until is the way\n"
          "out that a refused start names: what is damaged is kept under another name, and the\n"
          "worker is stopped until somebody has looked at the queued jobs.")
      .Examples({"jobgate store import jobs-export.jsonl", "jobgate store import --until 5120"});
  import_from.Run([flags](Session& session) { return RunImport(session, *flags); });
}

}  // namespace jobgate
