#include <CLI/CLI.hpp>

#include <memory>

#include "src/cli/commands/commands.h"
#include "src/cli/text.h"

namespace jobgate {
namespace {

std::vector<const CLI::App*> CommandsOf(const CLI::App& app) {
  std::vector<const CLI::App*> commands;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    if (!command->get_group().empty()) commands.push_back(command);
  return commands;
}

std::vector<std::string> WordsAfter(const CLI::App& app) {
  std::vector<std::string> words;
  for (const CLI::App* command : CommandsOf(app)) words.push_back(command->get_name());
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
  return words;
}

// One branch of the script's `case` for each command that has words of its own.
void AddBranches(const CLI::App& app, const std::string& path, std::string& script) {
  script += "    \"" + path + "\") words='" + Join(WordsAfter(app), " ") + "' ;;\n";
  for (const CLI::App* command : CommandsOf(app))
    AddBranches(*command, path.empty() ? command->get_name() : path + " " + command->get_name(),
                script);
}

std::string BashScript(const CLI::App& root) {
  std::string script =
      "# jobgate completion for bash: source <(jobgate completion bash)\n"
      "_jobgate() {\n"
      "  local path='' words='' word\n"
      "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
      "    case \"$path $word\" in\n"
      "      ' -'*|*' --'*) ;;\n";
  for (const CLI::App* command : CommandsOf(root)) {
    script += "      ' " + command->get_name() + "') path='" + command->get_name() + "' ;;\n";
    for (const CLI::App* below : CommandsOf(*command))
      script += "      '" + command->get_name() + " " + below->get_name() + "') path='" +
                command->get_name() + " " + below->get_name() + "' ;;\n";
  }
  script +=
      "    esac\n"
      "  done\n"
      "  case \"$path\" in\n";
  AddBranches(root, "", script);
  return script +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words --config --json\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
         "}\n"
         "complete -o default -F _jobgate jobgate\n";
}

}  // namespace

void AddCompletion(CommandBuilder& root) {
  auto shell = std::make_shared<std::string>();
  CommandBuilder command = root.Command("completion", "Print a script that completes commands");
  command.ChoiceArgument("SHELL", *shell, {"bash"}, "For which shell")
      .Examples({"source <(jobgate completion bash)",
                 "jobgate completion bash > /etc/bash_completion.d/jobgate"});
  command.Run([app = &root.app(), shell](Session& session) -> Result<int> {
    session.Out(BashScript(*app));
    return 0;
  });
}

}  // namespace jobgate
