#include "src/cli/help_format.h"

#include <algorithm>

namespace jobgate {
namespace {

constexpr size_t kLineColumns = 80;

// Breaks `text` between words, so that no line is longer than `columns` where words allow it.
std::string Wrapped(const std::string& text, size_t columns) {
  std::string wrapped;
  size_t used = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    const size_t length = end - begin;
    const bool fits = used == 0 || used + 1 + length <= columns;
    if (used > 0) wrapped += fits ? ' ' : '\n';
    used = used > 0 && fits ? used + 1 + length : length;
    wrapped.append(text, begin, length);
    begin = end + 1;
  }
  return wrapped;
}

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

// CLI11 indents what follows a line break to the column of the descriptions.
std::string HelpFormat::make_option_desc(const CLI::Option* option) const {
  return Wrapped(CLI::Formatter::make_option_desc(option), kLineColumns - get_column_width());
}

std::string HelpFormat::make_footer(const CLI::App* app) const {
  std::string footer = app->get_footer();
  while (footer.starts_with('\n')) footer.erase(0, 1);
  if (app->get_parent()) footer += (footer.empty() ? "" : "\n\n");
  if (app->get_parent()) footer += "Global options: --config FILE, --json; see `jobgate --help`";
  return footer + "\n";
}

}  // namespace jobgate
