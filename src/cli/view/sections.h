// Headed blocks of "name  value" lines.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/cli/view/look.h"

namespace jobgate {

using Fact = std::pair<std::string, std::string>;

// Aligned lines, indented by two; facts without a value are left out. Values are made one line
// and shortened to the look's width, but for ids. Names take at least `name_width` columns.
std::string Facts(const std::vector<Fact>& facts, const Look& look, int name_width = 0);

// "\nTitle\n" and the body, indented by two columns; "" where the body is empty.
std::string Section(const std::string& title, const std::string& body, const Look& look);

// "3m ago (2026-01-31T23:59:59.123Z)"; "" where there is none.
std::string MomentInFull(std::optional<Time> at, const Look& look);

}  // namespace jobgate
