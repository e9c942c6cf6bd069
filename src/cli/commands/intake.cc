#include <charconv>
#include <memory>

#include "src/cli/commands/commands.h"
#include "src/cli/print_answer.h"
#include "src/cli/view/intake.h"

namespace jobgate {
namespace {

constexpr const char* kPath = "/api/v1/intake";

Result<int> Show(Session& session) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  return PrintAnswer(session, (*api)->Get(kPath), IntakePage);
}

Result<int> Change(Session& session, Json body, const std::optional<std::string>& reason) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  if (reason) body["reason"] = *reason;
  return PrintAnswer(session, (*api)->Put(kPath, body), IntakePage);
}

Result<int64_t> ParseLimit(const std::string& text) {
  int64_t limit = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, limit);
  if (error != std::errc() || stop != end || limit < 0 || limit > 1'000'000)
    return Fail(
        Code::kInvalidArgument,
        "intake limit: N must be a number from 0 (no limit) to 1000000, not '" + text + "'");
  return limit;
}

}  // namespace

void AddIntake(CommandBuilder& root) {
  CommandBuilder intake =
      root.Command("intake", "Whether submissions are taken: status, pause, resume, limit");
  intake.Examples({"jobgate intake pause --reason 'backlog drains'", "jobgate intake limit 60"});

  CommandBuilder status = intake.Command("status", "Show whether submissions are taken");
  status.Examples({"jobgate intake status"});
  status.Run(Show);

  auto reason = std::make_shared<std::optional<std::string>>();
  CommandBuilder pause =
      intake.Command("pause", "Refuse every submission; what was accepted goes on");
  pause.Text("--reason", "TEXT", *reason, "Why; those who are refused are told")
      .Examples({"jobgate intake pause --reason 'backlog drains'"});
  pause.Run([reason](Session& session) { return Change(session, {{"paused", true}}, *reason); });

  CommandBuilder resume = intake.Command("resume", "Take submissions again");
  resume.Examples({"jobgate intake resume"});
  resume.Run([](Session& session) { return Change(session, {{"paused", false}}, std::nullopt); });

  auto limit = std::make_shared<std::string>();
  CommandBuilder limited = intake.Command("limit", "Take at most N submissions a minute");
  limited.Argument("N", *limit, "Submissions a minute; 0 takes as many as come")
      .Text("--reason", "TEXT", *reason, "Why")
      .Examples({"jobgate intake limit 60", "jobgate intake limit 0"});
  limited.Run([limit, reason](Session& session) -> Result<int> {
    const auto number = ParseLimit(*limit);
    if (!number) return tl::unexpected<Error>(number.error());
    return Change(session, {{"maxPerMinute", *number}}, *reason);
  });
}

}  // namespace jobgate
