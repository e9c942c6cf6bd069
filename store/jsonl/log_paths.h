// The names of the store's files. `jobs.jsonl` is the log that is written; beside it lie the logs
// sealed before it, the snapshot that older ones were folded into, and, for moments, what is about
// to take a place.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jobgate::jsonl {

// Whether it is a time as StampOfNow writes it, all of it: a replacement that is still written has
// that and a random ending, and is none.
inline bool IsStamp(std::string_view text) {
  static constexpr std::string_view kForm = "00000000T000000.000Z";
  const auto fits = [](char form, char c) {
    return form == '0' ? c >= '0' && c <= '9' : c == form;
  };
  return std::ranges::equal(kForm, text, fits);
}

struct LogPaths {
  std::string active;

  std::string Next() const { return active + ".next"; }
  std::string Snapshot() const { return active + ".snapshot"; }
  // What was cut off the log's end at the last start that had to.
  std::string Cut() const { return active + ".cut"; }
  std::string NewSnapshot() const { return active + ".snapshot.new"; }
  std::string Sealed(int64_t segment) const {
    std::string digits = std::to_string(segment);
    if (digits.size() < 6) digits.insert(0, 6 - digits.size(), '0');
    return SealedAny() + digits;
  }
  // What the name of every sealed log begins with.
  std::string SealedAny() const { return active + ".log-"; }
  // A snapshot that is to take the place of all of them, complete; `stamp` is the time, as in Kept.
  std::string Replacement(std::string_view stamp) const {
    return active + ".replacing-" + std::string(stamp);
  }
  // The stamp of a replacement, if `path` is one.
  std::optional<std::string> StampOf(std::string_view path) const {
    const std::string start = Replacement("");
    if (!path.starts_with(start)) return std::nullopt;
    const std::string_view stamp = path.substr(start.size());
    return IsStamp(stamp) ? std::optional<std::string>(stamp) : std::nullopt;
  }
  // The log that was replaced; what else was there has the same name with its own ending.
  std::string Kept(std::string_view stamp) const {
    return active + ".before-" + std::string(stamp);
  }
  // The number of a sealed log, if `path` is one.
  std::optional<int64_t> SegmentOf(std::string_view path) const {
    const std::string start = SealedAny();
    if (!path.starts_with(start)) return std::nullopt;
    int64_t segment = 0;
    for (const char digit : path.substr(start.size())) {
      if (digit < '0' || digit > '9' || segment > INT64_C(1'000'000'000'000)) return std::nullopt;
      segment = segment * 10 + (digit - '0');
    }
    return Sealed(segment) == path ? std::optional(segment) : std::nullopt;
  }
};

}  // namespace jobgate::jsonl
