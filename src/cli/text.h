// Text for a terminal: widths, shortening, and bytes from outside made harmless.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jobgate {

// Columns the text takes: one a code point, two for the wide ones of East Asia and emoji.
int DisplayWidth(std::string_view utf8);

// The text itself, or its beginning and "…", in at most `columns` columns.
std::string Shorten(std::string_view utf8, int columns);

// One line: control characters (also those of C1, which terminals obey) shown as \n, \t, \x1b;
// bytes that are not UTF-8 as \xff.
std::string OneLine(std::string_view text);

std::string Join(const std::vector<std::string>& parts, std::string_view separator);

// "1 job", "2 jobs".
std::string Counted(int64_t count, const std::string& noun);

// Whether the text is a job's full id.
bool IsJobId(std::string_view text);

// A command line to read, quoted where a shell would need it; nothing is ever run through one.
std::string QuotedArgv(const std::vector<std::string>& argv);

// "1.2 GB", "512 MB", "13 kB", "999 B".
std::string FormatBytes(double bytes);

}  // namespace jobgate
