#include "store/transfer/export_reader.h"

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/digest.h"
#include "store/record/json_scanner.h"
#include "store/record/records.h"
#include "store/transfer/record_count.h"

namespace jobgate {
namespace {

// A job with all its documents is far below it.
constexpr size_t kLineBytesMax = 8 << 20;

// Lines of a bounded length, each with its number.
class Lines {
 public:
  explicit Lines(std::istream& in) : in_(in), buffer_(kLineBytesMax) {}

  // Without its line break. Absent at the end, and where a line has none or is too long.
  std::optional<std::string_view> Next() {
    in_.getline(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    if (in_.fail() || in_.eof()) return std::nullopt;
    ++number_;
    return std::string_view(buffer_.data(), static_cast<size_t>(in_.gcount()) - 1);
  }
  int64_t number() const { return number_; }

 private:
  std::istream& in_;
  std::vector<char> buffer_;
  int64_t number_ = 0;
};

class Reading {
 public:
  Reading(std::istream& in, std::string name, RecordSink& to)
      : in_(in), lines_(in), name_(std::move(name)), to_(to) {}

  Result<transfer::End> Run() {
    const auto first = lines_.Next();
    auto header = first ? transfer::ParseHeader(*first)
                        : Fail(Code::kInvalidArgument, "this is no export of a jobgate store");
    if (!header) return Wrong(header.error().message);
    JOBGATE_TRY(to_.Begin(header->counts));
    for (;;) {
      const auto line = lines_.Next();
      if (!line) return Wrong("its end is missing: the file was cut off");
      if (const auto end = transfer::ParseEnd(*line, header->format)) {
        JOBGATE_TRY(CheckEnd(*header, *end));
        return *end;
      }
      sum_.Add(*line);
      sum_.Add("\n");
      JOBGATE_TRY(TakeRecord(*line));
    }
  }

 private:
  tl::unexpected<Error> Wrong(const std::string& what) const {
    return FailField("/path", name_ + ", line " + std::to_string(lines_.number()) + ": " + what);
  }

  Result<void> TakeRecord(std::string_view line) {
    record::JsonScanner in(line);
    in.Expect('{');
    const std::string_view kind = in.Key();
    if (kind == "setting") return Take<record::Setting>(in);
    if (kind == "job") return Take<Job>(in);
    if (kind == "attempt") return Take<Attempt>(in);
    if (kind == "key") return Take<IdempotencyRecord>(in);
    if (kind == "outbox") return Take<OutboxMessage>(in);
    if (kind == "event") return Take<Event>(in);
    return Wrong("this is no record of an export");
  }

  template <typename T>
  Result<void> Take(record::JsonScanner& in) {
    T value{};
    const bool read = record::Read(in, value);
    in.Expect('}');
    if (!read || in.failed() || !in.AtEnd()) return Wrong("this is no record of an export");
    count_.Add(value);
    auto put = to_.Put(value);
    if (put || put.error().code == Code::kStoreFault) return put;
    return Wrong(put.error().message);
  }

  Result<void> CheckEnd(const transfer::Header& header, const transfer::End& end) {
    if (in_.peek() != std::istream::traits_type::eof()) return Wrong("something stands behind it");
    if (end.counts != count_.counts() || header.counts != count_.counts())
      return Wrong("records are missing, or there are too many");
    if (end.sha256 != sum_.Hex()) return Wrong("the SHA-256 is another: the file was changed");
    return {};
  }

  std::istream& in_;
  Lines lines_;
  const std::string name_;
  RecordSink& to_;
  RecordCount count_;
  Sha256Sum sum_;
};

class Nowhere final : public RecordSink {
 public:
  Result<void> Begin(const RecordCounts&) override { return {}; }
  Result<void> Put(const record::Setting&) override { return {}; }
  Result<void> Put(const Job&) override { return {}; }
  Result<void> Put(const Attempt&) override { return {}; }
  Result<void> Put(const IdempotencyRecord&) override { return {}; }
  Result<void> Put(const OutboxMessage&) override { return {}; }
  Result<void> Put(const Event&) override { return {}; }
};

}  // namespace

Result<transfer::End> ReadExport(std::istream& in, const std::string& name, RecordSink& to) {
  return Reading(in, name, to).Run();
}

Result<transfer::End> CheckExport(std::istream& in, const std::string& name) {
  Nowhere nowhere;
  return ReadExport(in, name, nowhere);
}

}  // namespace jobgate
