// Declares commands and their flags. The one place that knows CLI11; a command's own file says
// what it takes and what it does.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "src/cli/session.h"

namespace CLI {
class App;
}

namespace jobgate {

// What the command line asks for; the exit code, or what went wrong.
using Action = std::function<Result<int>(Session&)>;

// Targets must live as long as the command line: a command keeps them in a shared_ptr that its
// action holds. `flags` are CLI11's names ("-p,--param"), `label` is shown for the value.
class CommandBuilder {
 public:
  // `chosen` receives the action of the command that the command line names.
  CommandBuilder(CLI::App& app, Action& chosen) : app_(app), chosen_(chosen) {}

  // A command below this one.
  CommandBuilder Command(const std::string& name, const std::string& summary);
  // The heading that the commands declared next stand under in help; "" hides them.
  void NextGroup(const std::string& heading) { heading_ = heading; }
  // Shown at the end of its help, one command line a line.
  CommandBuilder& Examples(const std::vector<std::string>& lines);
  // More about it, at the end of its help.
  CommandBuilder& About(const std::string& text);

  // An empty value of an argument or of a text is refused: it is a variable that was not set in a
  // script, and where it selects jobs, nothing selected would read as everything.
  CommandBuilder& Argument(const std::string& label, std::string& target, const std::string& help);
  CommandBuilder& OptionalArgument(const std::string& label, std::string& target,
                                   const std::string& help);
  // One or more, or none where they are not `required`.
  CommandBuilder& Arguments(const std::string& label, std::vector<std::string>& target,
                            bool required, const std::string& help);
  // The same for jobs, called ID: what cannot begin a job's id is refused.
  CommandBuilder& JobId(std::string& target, const std::string& help);
  CommandBuilder& OptionalJobId(std::string& target, const std::string& help);
  CommandBuilder& JobIds(std::vector<std::string>& target, const std::string& help);
  CommandBuilder& JobIdOption(const std::string& flags, std::optional<std::string>& target,
                              const std::string& help);

  CommandBuilder& Text(const std::string& flags, const std::string& label,
                       std::optional<std::string>& target, const std::string& help);
  // May be given several times.
  CommandBuilder& Texts(const std::string& flags, const std::string& label,
                        std::vector<std::string>& target, const std::string& help);
  CommandBuilder& Choice(const std::string& flags, const std::string& label,
                         std::optional<std::string>& target,
                         const std::vector<std::string>& choices, const std::string& help);
  // One or more of `choices`, with commas between them; `target` gets them as they stand.
  CommandBuilder& Choices(const std::string& flags, const std::string& label,
                          std::optional<std::string>& target,
                          const std::vector<std::string>& choices, const std::string& help);
  CommandBuilder& ChoiceArgument(const std::string& label, std::string& target,
                                 const std::vector<std::string>& choices, const std::string& help);
  CommandBuilder& Number(const std::string& flags, const std::string& label,
                         std::optional<int64_t>& target, int64_t min, int64_t max,
                         const std::string& help);
  // "10m", "72h"; base/time.h.
  CommandBuilder& Span(const std::string& flags, const std::string& label,
                       std::optional<Duration>& target, const std::string& help);
  CommandBuilder& Switch(const std::string& flags, bool& target, const std::string& help);

  void Run(Action action);

  // The program as it was declared; for shell completion.
  const CLI::App& app() const { return app_; }

 private:
  void Footer(const std::string& text);

  CLI::App& app_;
  Action& chosen_;
  std::string heading_ = "Commands";
};

}  // namespace jobgate
