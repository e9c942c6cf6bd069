#include "store/jsonl/log_line.h"

#include "store/jsonl/crc32.h"
#include "store/record/json_scanner.h"
#include "store/record/json_text.h"

namespace jobgate::jsonl {
namespace {

using record::AppendNumber;
using record::JsonScanner;

constexpr size_t kCrcDigits = 8;
constexpr std::string_view kHeaderStart = "{\"jobgate\":\"jsonl\",\"format\":";

std::string Hex(uint32_t crc) {
  std::string text(kCrcDigits, '0');
  for (size_t i = 0; i < kCrcDigits; ++i)
    text[kCrcDigits - 1 - i] = "0123456789abcdef"[(crc >> (4 * i)) & 0xf];
  return text;
}

// Of a line whose digits begin at `at`.
uint32_t CrcAround(std::string_view line, size_t at) {
  return Crc32(line.substr(at + kCrcDigits), Crc32(line.substr(0, at)));
}

// Fills in the digits at `at`.
void Seal(std::string& line, size_t at) {
  line.replace(at, kCrcDigits, Hex(CrcAround(line, at)));
  line += '\n';
}

bool IsSealed(std::string_view line, size_t at) {
  return line.substr(at, kCrcDigits) == Hex(CrcAround(line, at));
}

// Up to the digits of the CRC.
std::string TurnStart(int64_t seq, Time at) {
  std::string line = "{\"seq\":";
  AppendNumber(line, seq);
  return line.append(",\"at\":\"").append(FormatTime(at)).append("\",\"crc\":\"");
}

constexpr std::string_view kOpsStart = "\",\"ops\":[";

}  // namespace

std::string HeaderLine(const FileHeader& header) {
  std::string line(kHeaderStart);
  AppendNumber(line, header.format);
  line.append(",\"kind\":\"").append(header.kind).append("\",\"segment\":");
  AppendNumber(line, header.segment);
  AppendNumber(line.append(",\"after\":"), header.after);
  line += ",\"crc\":\"";
  const size_t digits = line.size();
  line.append(kCrcDigits, '0').append("\"}");
  Seal(line, digits);
  return line;
}

std::string TurnLine(int64_t seq, Time at, std::string_view ops) {
  std::string line = TurnStart(seq, at);
  const size_t digits = line.size();
  line.reserve(digits + ops.size() + 32);
  line.append(kCrcDigits, '0').append(kOpsStart).append(ops).append("]}");
  Seal(line, digits);
  return line;
}

size_t OpsOffset(int64_t seq, Time at) {
  return TurnStart(seq, at).size() + kCrcDigits + kOpsStart.size();
}

std::optional<Line> ParseLine(std::string_view text) {
  JsonScanner in(text);
  Line line;
  in.Expect("{\"seq\":");
  line.seq = in.Number();
  in.Expect(",\"at\":");
  const std::string_view at = in.Value();
  in.Expect(",\"crc\":\"");
  const auto digits = static_cast<size_t>(in.offset());
  const size_t ops = digits + kCrcDigits + kOpsStart.size();
  if (in.failed() || at.size() < 2 || text.size() < ops + 2 || !IsSealed(text, digits))
    return std::nullopt;
  if (text.substr(digits + kCrcDigits, kOpsStart.size()) != kOpsStart || !text.ends_with("]}"))
    return std::nullopt;
  line.at = ParseTime(at.substr(1, at.size() - 2)).value_or(Time{});
  line.ops = text.substr(ops, text.size() - ops - 2);
  line.ops_offset = ops;
  return line;
}

HeaderVerdict ParseHeader(std::string_view text, FileHeader& header) {
  if (!text.starts_with(kHeaderStart)) return HeaderVerdict::kForeign;
  JsonScanner in(text);
  in.Expect(kHeaderStart);
  header.format = in.Number();
  if (!in.failed() && header.format > kFormat) return HeaderVerdict::kGood;
  in.Expect(",\"kind\":");
  in.String(header.kind);
  in.Expect(",\"segment\":");
  header.segment = in.Number();
  in.Expect(",\"after\":");
  header.after = in.Number();
  in.Expect(",\"crc\":\"");
  const auto digits = static_cast<size_t>(in.offset());
  const bool whole = !in.failed() && text.size() == digits + kCrcDigits + 2;
  return whole && IsSealed(text, digits) ? HeaderVerdict::kGood : HeaderVerdict::kDamaged;
}

}  // namespace jobgate::jsonl
