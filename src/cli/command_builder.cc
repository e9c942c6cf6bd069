#include "src/cli/command_builder.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "src/cli/text.h"

namespace jobgate {
namespace {

// In the help of every command that takes one.
constexpr const char* kTimeAbout = "TIME has a unit: 250ms, 10s, 10m, 72h, 3d; or is a sum: 1h30m.";

[[noreturn]] void Refuse(const std::string& name, const std::string& why) {
  throw CLI::ValidationError(name, why);
}

// CLI11's validators: "" where the value is right, else what is wrong with it.
std::string IfEmpty(const std::string& value) {
  return value.empty() ? "is empty: leave it out, or give it a value" : "";
}

std::string IfNoJobId(const std::string& value) {
  const bool could_be = !value.empty() && std::ranges::all_of(value, [](unsigned char c) {
    return c == '_' || (c < 0x80 && std::isalnum(c));
  });
  return could_be ? "" : "'" + OneLine(value) + "' is not the beginning of a job's id";
}

CLI::Option* AddOne(CLI::App& app, const std::string& flags, const std::string& label,
                    const std::string& help, const std::function<void(const std::string&)>& take) {
  return app.add_option_function<std::string>(flags, take, help)->option_text(label);
}

std::string OneOf(const std::string& value, const std::string& name,
                  const std::vector<std::string>& choices) {
  if (std::find(choices.begin(), choices.end(), value) == choices.end())
    Refuse(name, "'" + OneLine(value) + "' is none of " + Join(choices, ", "));
  return value;
}

std::vector<std::string> SplitAtCommas(const std::string& text) {
  std::vector<std::string> words(1);
  for (const char c : text) c == ',' ? void(words.emplace_back()) : words.back().push_back(c);
  return words;
}

int64_t WholeNumber(const std::string& text, const std::string& name, int64_t min, int64_t max) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < min || value > max)
    Refuse(name, "'" + OneLine(text) + "' is not a whole number from " + std::to_string(min) +
                     " to " + std::to_string(max));
  return value;
}

// "-p,--param" is called --param in messages.
std::string LongName(const std::string& flags) {
  const size_t comma = flags.rfind(',');
  return comma == std::string::npos ? flags : flags.substr(comma + 1);
}

}  // namespace

CommandBuilder CommandBuilder::Command(const std::string& name, const std::string& summary) {
  CLI::App* command = app_.add_subcommand(name, summary);
  command->group(heading_);
  command->footer("");  // CLI11 hands down the parent's
  command->fallthrough();
  command->require_subcommand(0, 1);
  return {*command, chosen_};
}

void CommandBuilder::Footer(const std::string& text) {
  const std::string before = app_.get_footer();
  app_.footer(before.empty() ? text : before + "\n\n" + text);
}

CommandBuilder& CommandBuilder::Examples(const std::vector<std::string>& lines) {
  std::string text = "Examples:";
  for (const std::string& line : lines) text += "\n  " + line;
  Footer(text);
  return *this;
}

CommandBuilder& CommandBuilder::About(const std::string& text) {
  Footer(text);
  return *this;
}

CommandBuilder& CommandBuilder::Argument(const std::string& label, std::string& target,
                                         const std::string& help) {
  app_.add_option(label, target, help)->required()->option_text(" ")->check(IfEmpty);
  return *this;
}

CommandBuilder& CommandBuilder::OptionalArgument(const std::string& label, std::string& target,
                                                 const std::string& help) {
  app_.add_option(label, target, help)->option_text(" ")->check(IfEmpty);
  return *this;
}

CommandBuilder& CommandBuilder::Arguments(const std::string& label,
                                          std::vector<std::string>& target, bool required,
                                          const std::string& help) {
  app_.add_option(label, target, help)->required(required)->option_text(" ")->check(IfEmpty);
  return *this;
}

CommandBuilder& CommandBuilder::JobId(std::string& target, const std::string& help) {
  app_.add_option("ID", target, help)->required()->option_text(" ")->check(IfNoJobId);
  return *this;
}

CommandBuilder& CommandBuilder::OptionalJobId(std::string& target, const std::string& help) {
  app_.add_option("ID", target, help)->option_text(" ")->check(IfNoJobId);
  return *this;
}

CommandBuilder& CommandBuilder::JobIds(std::vector<std::string>& target, const std::string& help) {
  app_.add_option("ID", target, help)->option_text(" ")->check(IfNoJobId);
  return *this;
}

CommandBuilder& CommandBuilder::JobIdOption(const std::string& flags,
                                            std::optional<std::string>& target,
                                            const std::string& help) {
  AddOne(app_, flags, "ID", help, [&target](const std::string& value) {
    target = value;
  })->check(IfNoJobId);
  return *this;
}

CommandBuilder& CommandBuilder::Text(const std::string& flags, const std::string& label,
                                     std::optional<std::string>& target, const std::string& help) {
  AddOne(app_, flags, label, help, [&target](const std::string& value) {
    target = value;
  })->check(IfEmpty);
  return *this;
}

CommandBuilder& CommandBuilder::Texts(const std::string& flags, const std::string& label,
                                      std::vector<std::string>& target, const std::string& help) {
  app_.add_option(flags, target, help)->allow_extra_args(false)->option_text(label);
  return *this;
}

CommandBuilder& CommandBuilder::Choice(const std::string& flags, const std::string& label,
                                       std::optional<std::string>& target,
                                       const std::vector<std::string>& choices,
                                       const std::string& help) {
  AddOne(app_, flags, label, help + ": " + Join(choices, ", "),
         [&target, choices, name = LongName(flags)](const std::string& value) {
           target = OneOf(value, name, choices);
         });
  return *this;
}

CommandBuilder& CommandBuilder::Choices(const std::string& flags, const std::string& label,
                                        std::optional<std::string>& target,
                                        const std::vector<std::string>& choices,
                                        const std::string& help) {
  AddOne(app_, flags, label, help + ": " + Join(choices, ", "),
         [&target, choices, name = LongName(flags)](const std::string& value) {
           for (const std::string& word : SplitAtCommas(value)) OneOf(word, name, choices);
           target = value;
         });
  return *this;
}

CommandBuilder& CommandBuilder::ChoiceArgument(const std::string& label, std::string& target,
                                               const std::vector<std::string>& choices,
                                               const std::string& help) {
  AddOne(app_, label, " ", help + ": " + Join(choices, ", "),
         [&target, choices, label](const std::string& value) {
           target = OneOf(value, label, choices);
         })
      ->required();
  return *this;
}

CommandBuilder& CommandBuilder::Number(const std::string& flags, const std::string& label,
                                       std::optional<int64_t>& target, int64_t min, int64_t max,
                                       const std::string& help) {
  AddOne(app_, flags, label, help,
         [&target, min, max, name = LongName(flags)](const std::string& value) {
           target = WholeNumber(value, name, min, max);
         });
  return *this;
}

CommandBuilder& CommandBuilder::Span(const std::string& flags, const std::string& label,
                                     std::optional<Duration>& target, const std::string& help) {
  AddOne(app_, flags, label, help, [&target, name = LongName(flags)](const std::string& value) {
    const auto duration = ParseDuration(value);
    if (!duration) Refuse(name, duration.error().message);
    target = *duration;
  });
  if (app_.get_footer().find(kTimeAbout) == std::string::npos) Footer(kTimeAbout);
  return *this;
}

CommandBuilder& CommandBuilder::Switch(const std::string& flags, bool& target,
                                       const std::string& help) {
  app_.add_flag(flags, target, help);
  return *this;
}

void CommandBuilder::Run(Action action) {
  app_.callback([&chosen = chosen_, action = std::move(action)] { chosen = action; });
}

}  // namespace jobgate
