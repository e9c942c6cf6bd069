#include "src/cli/run_cli.h"

#include <CLI/CLI.hpp>

#include <exception>
#include <optional>
#include <system_error>
#include <vector>

#include "src/api/version.h"
#include "src/cli/commands/commands.h"
#include "src/cli/help_format.h"
#include "src/cli/session.h"
#include "src/cli/text.h"
#include "src/config/suggest.h"

namespace jobgate {
namespace {

constexpr int kExitUsage = 2;

constexpr const char* kAbout =
    "Find the daemon: --config, else JOBGATE_CONFIG, else the nearest config/jobs.json from here\n"
    "upwards, else /etc/jobgate/jobs.json. JOBGATE_URL and JOBGATE_TOKEN name a daemon elsewhere.\n"
    "An ID may be shortened to any beginning that fits one job only.\n"
    "TIME has a unit: 250ms, 10s, 10m, 72h, 3d; or is a sum: 1h30m.\n"
    "\n"
    "Exit codes:\n"
    "  0  done                                 4  refused: queue full, paused, store fault\n"
    "  1  the job failed, health not green,    5  not allowed\n"
    "     or a check found something           6  the daemon is not reachable\n"
    "  2  wrong usage or invalid input         7  conflict with the job's state\n"
    "  3  not found";

// The command that the command line went down to.
const CLI::App& Innermost(const CLI::App& app) {
  const CLI::App* current = &app;
  while (!current->get_subcommands().empty()) current = current->get_subcommands().back();
  return *current;
}

std::string PathOf(const CLI::App& app) {
  if (!app.get_parent()) return "jobgate";
  return PathOf(*app.get_parent()) + " " + app.get_name();
}

std::vector<std::string> CommandsBelow(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    if (!command->get_group().empty()) names.push_back(command->get_name());
  return names;
}

std::vector<std::string> FlagsOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* at = &app; at; at = at->get_parent())
    for (const CLI::Option* option : at->get_options())
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::string DidYouMean(const std::string& word, const std::vector<std::string>& known) {
  const auto nearest = NearestName(word, known);
  return nearest ? ", did you mean '" + *nearest + "'?" : "";
}

// What to say about words that no command or flag takes.
std::string Unexpected(const CLI::App& root, const CLI::App& command) {
  const std::vector<std::string> words = root.remaining(true);
  std::string word = words.empty() ? "" : words.front();
  if (word.starts_with("-")) {
    word = word.substr(0, word.find('='));
    return "unknown option '" + word + "'" + DidYouMean(word, FlagsOf(command));
  }
  const std::vector<std::string> commands = CommandsBelow(command);
  if (commands.empty()) return "'" + word + "' is one argument too many";
  return "unknown command '" + word + "'" + DidYouMean(word, commands);
}

int RefuseUsage(Session& session, const CLI::App& command, const std::string& why) {
  const std::string see = why.ends_with('?') ? " See `" : "; see `";
  session.Err(OneLine(PathOf(command) + ": " + why + see + PathOf(command) + " --help`") + "\n");
  return kExitUsage;
}

int ShowHelp(Session& session, const CLI::App& command, int exit_code) {
  const std::string text = command.help();
  exit_code == 0 ? session.Out(text) : session.Err(text);
  return exit_code;
}

// `jobgate help submit` reads as `jobgate submit --help`. CLI11 takes the words in reverse.
std::vector<std::string> Words(int argc, const char* const* argv) {
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  if (!words.empty() && words.front() == "help") {
    words.erase(words.begin());
    words.emplace_back("--help");
  }
  std::reverse(words.begin(), words.end());
  return words;
}

// "--entrypoint=" in `words`: CLI11 would take the next word for its value.
std::optional<std::string> OptionWithoutValue(const std::vector<std::string>& words) {
  for (const std::string& word : words)
    if (word.starts_with("--") && word.find('=') == word.size() - 1)
      return word.substr(0, word.size() - 1);
  return std::nullopt;
}

int RunAction(Session& session, const Action& action) {
  const Result<int> done = action(session);
  if (done) return *done;
  session.Note(done.error().message);
  return InfoOf(done.error().code).exit_code;
}

int ParseAndRun(int argc, const char* const* argv, Session& session, GlobalFlags& flags) {
  CLI::App app(
      "Runs the jobs of a small team, and holds the risky ones until a person has "
      "approved\nexactly what will run.",
      "jobgate");
  app.formatter(std::make_shared<HelpFormat>());
  app.set_help_flag("-h,--help", "Show this help");
  app.set_version_flag("--version", "jobgate " + std::string(kVersion), "Show the version");
  app.add_option("--config", flags.config, "The config file of the daemon to talk to")
      ->option_text("FILE")
      ->check([](const std::string& file) {
        return std::string(file.empty() ? "is empty: leave it out, or name a file" : "");
      });
  app.add_flag("--json", flags.json, "Print the API's own objects, for programs");
  app.require_subcommand(0, 1);
  app.footer(kAbout);

  const std::vector<std::string> words = Words(argc, argv);
  if (const auto option = OptionWithoutValue(words))
    return RefuseUsage(session, app, *option + ": is empty: leave it out, or give it a value");

  Action action;
  CommandBuilder root(app, action);
  AddCommands(root);
  try {
    app.parse(std::vector<std::string>(words));
  } catch (const CLI::CallForHelp&) {
    return ShowHelp(session, Innermost(app), 0);
  } catch (const CLI::CallForVersion& version) {
    session.Out(std::string(version.what()) + "\n");
    return 0;
  } catch (const CLI::ExtrasError&) {
    return RefuseUsage(session, Innermost(app), Unexpected(app, Innermost(app)));
  } catch (const CLI::ParseError& error) {
    return RefuseUsage(session, Innermost(app), error.what());
  }
  if (!action) return ShowHelp(session, Innermost(app), kExitUsage);
  return RunAction(session, action);
}

// A command that was carried out, and whose answer nobody has, did not succeed.
int OrLost(int code, Session& session) {
  if (session.lost_output() == 0) return code;
  session.Note("the output could not be written: " +
               std::generic_category().message(session.lost_output()));
  return code != 0 ? code : InfoOf(Code::kInternal).exit_code;
}

}  // namespace

int RunCli(int argc, const char* const* argv, const CliWorld& world) {
  GlobalFlags flags;
  Session session(world, flags);
  try {
    return OrLost(ParseAndRun(argc, argv, session, flags), session);
  } catch (const std::exception& error) {
    session.Note(std::string("unexpected: ") + error.what());
    return InfoOf(Code::kInternal).exit_code;
  }
}

}  // namespace jobgate
