#include "src/cli/view/table.h"

#include <algorithm>

#include "src/base/check.h"
#include "src/cli/text.h"

namespace jobgate {
namespace {

constexpr int kGap = 2;

int TotalWidth(const std::vector<int>& widths) {
  int total = -kGap;
  for (const int width : widths)
    if (width > 0) total += width + kGap;
  return std::max(total, 0);
}

// Takes columns from the widest that may still give.
void ShrinkToFit(std::vector<int>& widths, const std::vector<Column>& columns, int columns_max) {
  while (TotalWidth(widths) > columns_max) {
    int widest = -1;
    for (size_t i = 0; i < widths.size(); ++i) {
      const bool gives = columns[i].width_min > 0 && widths[i] > columns[i].width_min;
      if (gives && (widest < 0 || widths[i] > widths[static_cast<size_t>(widest)]))
        widest = static_cast<int>(i);
    }
    if (widest < 0) return;
    --widths[static_cast<size_t>(widest)];
  }
}

// The column that leaves next; -1 where all others stay.
int NextToLeave(const std::vector<int>& widths, const std::vector<Column>& columns) {
  int next = -1;
  for (size_t i = 0; i < widths.size(); ++i) {
    const int rank = columns[i].left_out_first;
    if (rank == 0 || widths[i] == 0) continue;
    if (next < 0 || rank < columns[static_cast<size_t>(next)].left_out_first)
      next = static_cast<int>(i);
  }
  return next;
}

// For the columns that stay though they do not fit: the widest give, then the last ones leave.
std::vector<int> CutToFit(std::vector<int> widths, const std::vector<Column>& columns,
                          int columns_max) {
  constexpr int kWorthReading = 4;
  while (TotalWidth(widths) > columns_max) {
    int* widest = nullptr;
    int* last = nullptr;
    bool only_one = true;
    for (size_t i = 0; i < widths.size(); ++i) {
      if (widths[i] == 0) continue;
      if (last || columns[i].whole) only_one = false;
      if (columns[i].whole) continue;
      last = &widths[i];
      if (!widest || widths[i] > *widest) widest = &widths[i];
    }
    if (!widest) break;
    if (*widest > kWorthReading || only_one)
      --*widest;
    else
      *last = 0;
  }
  return widths;
}

std::string Padded(const std::string& text, int width, bool right, bool last) {
  const std::string padding(static_cast<size_t>(std::max(0, width - DisplayWidth(text))), ' ');
  if (right) return padding + text;
  return last ? text : text + padding;
}

std::string RenderRow(const std::vector<Cell>& cells, const std::vector<int>& widths,
                      const std::vector<Column>& columns, const Look& look) {
  const auto last = static_cast<size_t>(
      std::find_if(widths.rbegin(), widths.rend(), [](int width) { return width > 0; }).base() -
      widths.begin() - 1);
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (widths[i] == 0) continue;
    if (!line.empty()) line.append(kGap, ' ');
    const std::string text = Shorten(cells[i].text, widths[i]);
    line += Paint(look, cells[i].color, Padded(text, widths[i], columns[i].right, i == last));
  }
  while (line.ends_with(' ')) line.pop_back();
  return line + "\n";
}

}  // namespace

void Table::Add(std::vector<Cell> cells) {
  JOBGATE_CHECK(cells.size() == columns_.size(), "a row has a cell for each column");
  for (Cell& cell : cells) cell.text = OneLine(cell.text);
  rows_.push_back(std::move(cells));
}

std::vector<int> Table::NaturalWidths() const {
  std::vector<int> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    int width = 0;
    for (const auto& row : rows_) width = std::max(width, DisplayWidth(row[i].text));
    // A column that nothing fills is left out.
    widths.push_back(width == 0 ? 0 : std::max(width, DisplayWidth(columns_[i].title)));
  }
  return widths;
}

std::vector<int> Table::Widths(int columns_max) const {
  std::vector<int> natural = NaturalWidths();
  if (columns_max <= 0) return natural;
  while (true) {
    std::vector<int> widths = natural;
    ShrinkToFit(widths, columns_, columns_max);
    if (TotalWidth(widths) <= columns_max) return widths;
    const int leaving = NextToLeave(natural, columns_);
    if (leaving >= 0) {
      natural[static_cast<size_t>(leaving)] = 0;
      continue;
    }
    return CutToFit(std::move(widths), columns_, columns_max);
  }
}

std::string Table::Render(const Look& look) const {
  if (rows_.empty()) return "";
  const std::vector<int> widths = Widths(look.columns);
  std::vector<Cell> titles;
  for (const Column& column : columns_) titles.emplace_back(column.title, Color::kBold);
  std::string text = RenderRow(titles, widths, columns_, look);
  for (const auto& row : rows_) text += RenderRow(row, widths, columns_, look);
  return text;
}

}  // namespace jobgate
