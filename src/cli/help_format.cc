#include "src/cli/help_format.h"

namespace jobgate {
namespace {

std::string PathOf(const CLI::App* app) {
  if (!app->get_parent()) return app->get_name();
  return PathOf(app->get_parent()) + " " + app->get_name();
}

}  // namespace

std::string HelpFormat::make_usage(const CLI::App* app, std::string) const {
  return "\n" + CLI::Formatter::make_usage(app, PathOf(app));
}

std::string HelpFormat::make_option_opts(const CLI::Option* option) const {
  const std::string& text = option->get_option_text();
  return text.empty() || text == " " ? "" : " " + text;
}

std::string HelpFormat::make_footer(const CLI::App* app) const {
  std::string footer = app->get_footer();
  while (footer.starts_with('\n')) footer.erase(0, 1);
  if (app->get_parent()) footer += (footer.empty() ? "" : "\n\n");
  if (app->get_parent()) footer += "Global options: --config FILE, --json; see `jobgate --help`";
  return footer + "\n";
}

}  // namespace jobgate
