// A table that fits the terminal: it shortens, then leaves columns out. Only a terminal narrower
// than an id wraps it.
#pragma once
#include <string>
#include <vector>

#include "src/cli/view/look.h"

namespace jobgate {

struct Column {
  std::string title;
  int width_min = 0;       // may be shortened to this many columns; 0 = never
  int left_out_first = 0;  // where shortening is not enough, 1 leaves first; 0 = stays
  bool right = false;      // aligned to the right
  bool whole = false;      // neither shortened nor left out, however narrow the terminal is
};

// Ids are for typing again: a part of one is of no use.
inline const Column kIdColumn = {"ID", 0, 0, false, true};

struct Cell {
  Cell(std::string cell_text, Color cell_color = Color::kPlain)  // NOLINT: cells read as text
      : text(std::move(cell_text)), color(cell_color) {}
  Cell(const char* cell_text) : text(cell_text) {}  // NOLINT: as above
  std::string text;
  Color color = Color::kPlain;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // `cells` has one cell a column. Their text may be anything; it is made one line.
  void Add(std::vector<Cell> cells);
  bool empty() const { return rows_.empty(); }
  // With a line of titles; "" where there are no rows.
  std::string Render(const Look& look) const;

 private:
  // Width of each column; 0 = left out.
  std::vector<int> Widths(int columns_max) const;
  std::vector<int> NaturalWidths() const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace jobgate
