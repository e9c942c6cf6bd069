// Help texts in the shape of other good tools: summary, usage, arguments, options, examples.
#pragma once
#include <CLI/CLI.hpp>

#include <string>

namespace jobgate {

class HelpFormat : public CLI::Formatter {
 public:
  HelpFormat() {
    column_width(26);
    label("Positionals", "Arguments");
    label("OPTIONS", "options");
    label("SUBCOMMAND", "COMMAND");
    label("SUBCOMMANDS", "COMMAND");
  }

  std::string make_usage(const CLI::App* app, std::string name) const override;
  std::string make_option_opts(const CLI::Option* option) const override;
  std::string make_option_desc(const CLI::Option* option) const override;
  std::string make_footer(const CLI::App* app) const override;
};

}  // namespace jobgate
