#include "src/config/config.h"

#include "src/cli/commands/commands.h"
#include "src/cli/print_answer.h"
#include "src/cli/text.h"
#include "src/cli/view/fields.h"
#include "src/config/load.h"
#include "src/config/warnings.h"

namespace jobgate {
namespace {

Json ProblemsJson(const std::vector<FieldError>& fields) {
  Json problems = Json::array();
  for (const FieldError& field : fields)
    problems.push_back({{"pointer", field.pointer}, {"detail", field.detail}});
  return problems;
}

// Every wrong place on a line of its own: this is a list, not one error.
void TellProblems(Session& session, const std::string& path, const Error& error) {
  if (session.json()) {
    session.OutJson({{"valid", false},
                     {"path", path},
                     {"message", error.message},
                     {"errors", ProblemsJson(error.fields)}});
    return;
  }
  session.Err(error.message + "\n");
  const size_t count = error.fields.size();
  session.Note(path + " is not valid" +
               (count > 1 ? ": " + std::to_string(count) + " problems" : "") +
               "; a running daemon keeps its old settings");
}

Result<int> RunCheck(Session& session) {
  const auto path = FindConfig(session.world(), session.flags().config);
  if (!path) return tl::unexpected<Error>(path.error());
  const auto config = LoadConfig(*path, session.world().files);
  if (!config) {
    TellProblems(session, *path, config.error());
    return InfoOf(Code::kInvalidArgument).exit_code;  // also where it cannot be read
  }
  const std::vector<FieldError> warnings = WarningsOf(**config);
  if (session.json())
    session.OutJson({{"valid", true},
                     {"path", *path},
                     {"revision", (*config)->revision},
                     {"warnings", ProblemsJson(warnings)}});
  else
    session.Out(OneLine(*path + " is valid, " +
                        Counted(static_cast<int64_t>((*config)->entrypoints.size()), "entrypoint") +
                        ", revision " + (*config)->revision) +
                "\n");
  if (!session.json())
    for (const FieldError& warning : warnings)
      session.Note("warning: " + warning.pointer + ": " + warning.detail);
  return 0;
}

// Of a daemon elsewhere, whose file is not here.
Result<int> ShowRemote(Session& session) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  const auto answer = (*api)->Get("/api/v1/config");
  if (!answer) return tl::unexpected<Error>(answer.error());
  const Json& effective = At(answer->body, "config");
  session.Out((session.json() ? Canonical(effective) : Pretty(effective)) + "\n");
  return 0;
}

Result<int> RunShow(Session& session) {
  const auto path = FindConfig(session.world(), session.flags().config);
  if (!path) return ShowRemote(session);
  const auto config = LoadConfig(*path, session.world().files);
  if (!config)
    return Fail(Code::kInvalidArgument,
                *path + " is not valid: `jobgate config check` lists every problem");
  const Json& effective = (*config)->effective;
  session.Out((session.json() ? Canonical(effective) : Pretty(effective)) + "\n");
  return 0;
}

std::string ReloadPage(const Json& reload) {
  std::string page = At(reload, "changed") == Json(true)
                         ? "revision " + TextAt(reload, "revision") + " is in use, before it " +
                               TextAt(reload, "previousRevision")
                         : "revision " + TextAt(reload, "revision") + " is in use already, since " +
                               TextAt(reload, "loadedAt");
  page += "\n";
  for (const Json& change : ListAt(reload, "changes"))
    page += OneLine("  " + TextAt(change, "pointer") + ": " + ValueInWords(At(change, "old")) +
                    " → " + ValueInWords(At(change, "new"))) +
            "\n";
  const int64_t omitted = NumberAt(reload, "changesOmitted").value_or(0);
  if (omitted > 0) page += "  and " + Counted(omitted, "further difference") + "\n";
  for (const Json& name : ListAt(reload, "secretsChanged"))
    page += OneLine("  another value of the secret " + name.get<std::string>()) + "\n";
  for (const Json& pointer : ListAt(reload, "needsRestart"))
    page +=
        OneLine("  " + pointer.get<std::string>() + " needs a restart: the old one stays") + "\n";
  return page;
}

Result<int> RunReload(Session& session) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  return PrintAnswer(session, (*api)->Post("/api/v1/config/reload", Json::object()),
                     [](const Json& reload, const Look&) { return ReloadPage(reload); });
}

}  // namespace

void AddConfig(CommandBuilder& root) {
  CommandBuilder config = root.Command("config", "The settings: check, show, reload");
  config.Examples({"jobgate config check", "jobgate config show", "jobgate config reload"});

  CommandBuilder check =
      config.Command("check", "Check the settings file whole, and list every problem");
  check.About("Exit 0 where it is valid, else 2.")
      .Examples({"jobgate config check", "jobgate --config new.json config check"});
  check.Run(RunCheck);

  CommandBuilder show = config.Command("show", "Print the settings with every default filled in");
  show.About("From the file; from the daemon where JOBGATE_URL is set and no file is here.")
      .Examples({"jobgate config show | jq .queue"});
  show.Run(RunShow);

  CommandBuilder reload =
      config.Command("reload", "Have the daemon take the settings' file over now, and say how");
  reload
      .About(
          "The daemon notices edits by itself; this one waits for it. Exit 2 where the file is "
          "not valid: the old settings stay.")
      .Examples({"jobgate config reload", "jobgate config reload --json | jq .changes"});
  reload.Run(RunReload);
}

}  // namespace jobgate
