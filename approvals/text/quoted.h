// Text of jobs and requesters inside Markdown: shown as it is, and never more than shown. It can
// neither end its fence, nor mention anybody, nor hide or forge what jobgate says around it.
//
// https://github.github.com/gfm/#fenced-code-blocks
#pragma once
#include <string>
#include <string_view>

namespace jobgate {

// A block of its own, ended by a line break.
std::string Fenced(std::string_view text, std::string_view language = "text");
// The same of what Head leaves, and a word about the rest.
std::string FencedHead(std::string_view text, size_t bytes_max, std::string_view language = "text");
// Inside a line; line breaks become visible.
std::string InlineCode(std::string_view text);
// The first `bytes_max` bytes, or a few less so that no character is cut.
std::string_view Head(std::string_view text, size_t bytes_max);
// The last ones.
std::string_view Tail(std::string_view text, size_t bytes_max);

}  // namespace jobgate
