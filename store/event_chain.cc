#include "store/event_chain.h"

#include <algorithm>
#include <charconv>

#include "src/base/digest.h"
#include "store/forgotten_payload.h"
#include "store/record/json_text.h"

namespace jobgate {
namespace {

constexpr std::string_view kBeginning =
    "0000000000000000000000000000000000000000000000000000000000000000";
constexpr size_t kHexDigits = kBeginning.size();
constexpr size_t kOriginDigits = 12;
constexpr size_t kTextBytes = 320;  // of most events

bool IsHexDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

unsigned ValueOf(char digit) {
  return static_cast<unsigned>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

void AppendOrNull(std::string& out, const std::optional<std::string>& text) {
  if (text)
    record::AppendString(out, *text);
  else
    out += "null";
}

std::string Named(int64_t seq) {
  return "event " + std::to_string(seq);
}

}  // namespace

std::string ChainAfter(std::string_view before, const Event& event) {
  std::string text;
  text.reserve(kTextBytes);
  text.append("[\"").append(before.empty() ? kBeginning : before).append("\",");
  record::AppendNumber(text, event.seq);
  record::AppendNumber(text += ',', ToUnixMs(event.at));
  record::AppendString(text += ',', event.type);
  AppendOrNull(text += ',', event.job_id);
  AppendOrNull(text += ',', event.actor);
  text.append(",\"").append(PayloadDigest(event.payload)).append("\"]");
  return Sha256Hex(text);
}

std::string RawChain(std::string_view hex) {
  std::string raw(hex.size() / 2, '\0');
  for (size_t at = 0; at < raw.size(); ++at)
    raw[at] = static_cast<char>(ValueOf(hex[2 * at]) << 4 | ValueOf(hex[2 * at + 1]));
  return raw;
}

std::string HexChain(std::string_view raw) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex(2 * raw.size(), '0');
  auto digit = hex.begin();
  for (const char c : raw) {
    const auto byte = static_cast<unsigned char>(c);
    *digit++ = kDigits[byte >> 4];
    *digit++ = kDigits[byte & 15];
  }
  return hex;
}

bool IsChain(std::string_view hex) {
  return hex.size() == kHexDigits && std::ranges::all_of(hex, IsHexDigit);
}

std::string TextOf(const ChainHead& head) {
  return std::to_string(head.seq) + ":" + head.chain;
}

Result<ChainHead> ParseChainHead(std::string_view text) {
  int64_t seq = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seq);
  const std::string_view rest = text.substr(static_cast<size_t>(end - text.data()));
  if (error == std::errc() && seq >= 1 && rest.starts_with(':') && IsChain(rest.substr(1)))
    return ChainHead{seq, std::string(rest.substr(1))};
  return Fail(Code::kInvalidArgument,
              "a head is the number of an event, a colon and 64 hex digits in lower case");
}

std::string OriginOf(const Event& first) {
  return ChainAfter("", first).substr(0, kOriginDigits);
}

bool IsOrigin(std::string_view text) {
  return text.size() == kOriginDigits && std::ranges::all_of(text, IsHexDigit);
}

std::string TextOf(const ChainReport& report) {
  std::string text = std::to_string(report.events) + " events chained";
  if (report.events > 0)
    text += ", from " + std::to_string(report.first_seq) + " to " + std::to_string(report.last_seq);
  if (report.events_before > 0)
    text += "; " + std::to_string(report.events_before) + " before them are from before the chain";
  return text;
}

void ChainWalk::Take(const Event& event) {
  if (!report_.first_break)
    if (auto what = BreakAt(event)) report_.first_break = ChainBreak{event.seq, *std::move(what)};
  if (seq_ == 0) report_.origin = OriginOf(event);
  seq_ = event.seq;
  chain_ = event.chain;
  if (event.chain.empty()) {
    if (report_.events > 0) return;
    ++report_.events_before;
    before_seq_ = event.seq;
    return;
  }
  if (report_.events++ == 0) {
    report_.first_seq = event.seq;
    report_.begins_at = event.at;
  }
  report_.last_seq = event.seq;
  report_.head = event.chain;
}

void ChainWalk::End(const std::optional<std::string>& begins) {
  int64_t from = 0;
  if (!begins || std::from_chars(begins->data(), begins->data() + begins->size(), from).ptr !=
                     begins->data() + begins->size())
    return;
  const int64_t first = before_seq_ - report_.events_before + 1;
  const int64_t at = std::max(from, first);
  if (before_seq_ < from || (report_.first_break && report_.first_break->seq <= at)) return;
  report_.first_break =
      ChainBreak{at, Named(at) + " is not chained, though the store's chain begins at " +
                         Named(from) + ": its hash was removed"};
}

std::optional<std::string> ChainWalk::BreakAt(const Event& event) const {
  const std::string name = Named(event.seq);
  if (seq_ > 0 && event.seq != seq_ + 1)
    return "after " + Named(seq_) + " comes " + name + ": what was between them was removed";
  if (event.chain.empty()) {
    if (report_.events == 0) return std::nullopt;
    return name + " is not chained, though the one before it is: jobgate did not write it";
  }
  if (ChainAfter(chain_, event) == event.chain) return std::nullopt;
  if (seq_ == 0)
    return name + " was edited, or it is not the first one: what was before it was removed";
  return name + " does not follow from " + Named(seq_) +
         ": one of them was edited, or another one was removed from there or moved";
}

}  // namespace jobgate
