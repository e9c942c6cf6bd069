#include <istream>
#include <iterator>
#include <memory>
#include <sstream>

#include "src/api/problem.h"
#include "src/cli/commands/commands.h"
#include "src/cli/text.h"
#include "src/cli/view/fields.h"

namespace jobgate {
namespace {

constexpr size_t kFileBytesMax = 1u << 30;
// Of one request; the daemon takes 1,000 jobs and 8 MiB.
constexpr size_t kJobsMax = 1000;
constexpr size_t kBytesMax = 7 << 20;

struct Line {
  size_t number = 0;
  Json submission;
  size_t bytes = 0;
};

Result<std::string> ReadAll(Session& session, const std::string& file) {
  if (file == "-") return std::string(std::istreambuf_iterator<char>(session.world().in), {});
  auto text = session.world().files.ReadFile(file, kFileBytesMax);
  if (!text) return Fail(Code::kInvalidArgument, "batch: " + text.error().message);
  return text;
}

// One submission a line; empty lines are passed over.
Result<std::vector<Line>> ReadLines(const std::string& text) {
  std::vector<Line> lines;
  std::istringstream in(text);
  std::string line;
  for (size_t number = 1; std::getline(in, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    auto json = ParseJson(line, kJsonDepthMaxAround);
    if (!json || !json->is_object())
      return Fail(Code::kInvalidArgument,
                  "batch: line " + std::to_string(number) + " is no JSON object" +
                      (json ? "" : " (" + json.error().message + ")") + "; nothing was submitted");
    lines.push_back({number, *std::move(json), line.size()});
  }
  if (lines.empty())
    return Fail(Code::kInvalidArgument, "batch: there is no submission in the input");
  return lines;
}

// What became of each line, told as it comes.
class Tally {
 public:
  explicit Tally(Session& session) : session_(session) {}

  void Add(const Line& line, const Json& result) {
    if (session_.json()) {
      results_.push_back(result);
    } else if (const Json& job = At(result, "job"); !job.is_null()) {
      session_.Out(OneLine(TextAt(job, "id") + " " + TextAt(job, "state")) + "\n");
    }
    if (!At(result, "problem").is_null()) Refused(line, result);
  }
  int Finish() {
    if (session_.json()) session_.OutJson({{"results", results_}});
    if (refused_ > 0) session_.Note(Counted(refused_, "submission") + " refused");
    return exit_code_;
  }

 private:
  void Refused(const Line& line, const Json& result) {
    const Error error = ErrorFromProblem(static_cast<int>(CountAt(result, "status")),
                                         Canonical(At(result, "problem")));
    session_.Note("line " + std::to_string(line.number) + ": " + error.message);
    if (exit_code_ == 0) exit_code_ = InfoOf(error.code).exit_code;
    ++refused_;
  }

  Session& session_;
  Json results_ = Json::array();
  int64_t refused_ = 0;
  int exit_code_ = 0;
};

// The end of the part that begins at `from` and fits into one request.
size_t EndOfPart(const std::vector<Line>& lines, size_t from) {
  size_t end = from, bytes = 0;
  while (end < lines.size() && end - from < kJobsMax &&
         (end == from || bytes + lines[end].bytes <= kBytesMax))
    bytes += lines[end++].bytes;
  return end;
}

Result<int> Submit(Session& session, const std::string& file) {
  auto text = ReadAll(session, file);
  if (!text) return tl::unexpected<Error>(text.error());
  const auto lines = ReadLines(*text);
  if (!lines) return tl::unexpected<Error>(lines.error());
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  Tally tally(session);
  for (size_t from = 0; from < lines->size();) {
    const size_t end = EndOfPart(*lines, from);
    Json jobs = Json::array();
    for (size_t i = from; i < end; ++i) jobs.push_back((*lines)[i].submission);
    const auto answer = (*api)->Post("/api/v1/jobs/batch", {{"jobs", std::move(jobs)}});
    if (!answer) {
      tally.Finish();
      Error error = answer.error();
      error.message += " (from line " + std::to_string((*lines)[from].number) + " on)";
      return Fail(std::move(error));
    }
    const Json& results = ListAt(answer->body, "results");
    for (size_t i = from; i < end && i - from < results.size(); ++i)
      tally.Add((*lines)[i], results[i - from]);
    from = end;
  }
  return tally.Finish();
}

}  // namespace

void AddBatch(CommandBuilder& root) {
  auto file = std::make_shared<std::string>();
  CommandBuilder command = root.Command("batch", "Submit many jobs, one JSON object a line");
  command.Argument("FILE", *file, "The file, or - for stdin")
      .About(
          "A line is what POST /api/v1/jobs takes: {\"entrypoint\": …, \"params\": {…}, …}. Each "
          "is\n"
          "accepted or refused by itself, 1,000 in one commit; the exit code is that of the first\n"
          "one that was refused.")
      .Examples({"jobgate batch jobs.jsonl",
                 "seq 3 | jq -c '{entrypoint: \"hello\", params: {name: tostring}}' | jobgate "
                 "batch -"});
  command.Run([file](Session& session) { return Submit(session, *file); });
}

}  // namespace jobgate
