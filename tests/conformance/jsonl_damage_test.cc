// Files that no crash leaves: each is refused with its place, or cut where nothing acknowledged can
// be in what is cut; and what is refused is left as it was found.
#include <doctest/doctest.h>

#include <map>

#include "tests/conformance/jsonl_scenario.h"

namespace jobgate {
namespace {

const std::string kActive = kLogPath;
const std::string kSnapshot = kActive + ".snapshot";

using Files = std::map<std::string, std::string>;

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    lines.push_back(text.substr(at, end - at));
    at = end;
  }
  return lines;
}

std::string Joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

// A store with a snapshot, sealed logs and a log with several turns.
class Sample {
 public:
  Sample() {
    auto disk = std::make_shared<LogDisk>();
    JsonlOptions options = SmallLogs();
    options.fold_bytes = 20 << 10;
    auto store = OpenOn(disk, options);
    REQUIRE_OK(store);
    for (turns = 0; turns < Scenario::kTurns; ++turns) {
      REQUIRE_OK(scenario.Run(**store, turns));
      if (turns < 25 || !disk->Has(kSnapshot) || Sealed(*disk).size() < 2) continue;
      if (LinesOf(disk->Bytes(kActive)).size() >= 3) break;
    }
    REQUIRE(turns < Scenario::kTurns);
    ++turns;
    for (const std::string& path : disk->Paths()) files[path] = disk->Bytes(path);
    sealed = Sealed(*disk);
    REQUIRE(sealed.size() >= 2);
  }

  // A disk with these files, `changed` among them.
  std::shared_ptr<LogDisk> With(const std::string& path, const std::string& changed) const {
    auto disk = std::make_shared<LogDisk>();
    for (const auto& [name, bytes] : files) disk->Add(name, name == path ? changed : bytes);
    return disk;
  }
  std::shared_ptr<LogDisk> Without(const std::string& path) const {
    auto disk = With("", "");
    disk->Drop(path);
    return disk;
  }
  std::vector<std::string> Lines(const std::string& path) const { return LinesOf(files.at(path)); }

  Files files;
  std::vector<std::string> sealed;
  int turns = 0;
  Scenario scenario;

 private:
  static std::vector<std::string> Sealed(const LogDisk& disk) {
    std::vector<std::string> sealed;
    for (const std::string& path : disk.Paths())
      if (path.find(".log-") != std::string::npos) sealed.push_back(path);
    return sealed;
  }
};

Files FilesOf(LogDisk& disk) {
  Files files;
  for (const std::string& path : disk.Paths()) files[path] = disk.Bytes(path);
  return files;
}

Error Refusal(const std::shared_ptr<LogDisk>& disk) {
  const Files before = FilesOf(*disk);
  const auto store = OpenOn(disk);
  REQUIRE(!store);
  CHECK(FilesOf(*disk) == before);
  return store.error();
}

void CheckRefusedAt(const std::shared_ptr<LogDisk>& disk, const std::string& path, size_t line,
                    size_t byte) {
  const Error error = Refusal(disk);
  CHECK(error.code == Code::kStoreFault);
  const std::string place =
      path + " is damaged at line " + std::to_string(line) + ", byte " + std::to_string(byte) + ":";
  CHECK(error.message.substr(0, place.size()) == place);
  CHECK(error.message.find("docs/store-format.md#damage") != std::string::npos);
}

size_t OffsetOf(const std::vector<std::string>& lines, size_t line) {
  size_t offset = 0;
  for (size_t i = 0; i < line; ++i) offset += lines[i].size();
  return offset;
}

}  // namespace

TEST_CASE("jsonl store: a last turn that is torn at any byte is cut off with a warning") {
  Sample sample;
  const auto lines = sample.Lines(kActive);
  const size_t last = OffsetOf(lines, lines.size() - 1);
  const std::string& whole = sample.files[kActive];
  for (size_t size = last; size <= whole.size(); ++size) {
    CAPTURE(size);
    const auto disk = sample.With(kActive, whole.substr(0, size));
    auto store = OpenOn(disk);
    REQUIRE_OK(store);
    const bool is_whole = size == whole.size(), is_torn = size > last && !is_whole;
    CHECK((*store)->warnings().size() == (is_torn ? 1 : 0));
    if (is_torn) {
      CHECK((*store)->warnings()[0].find("line " + std::to_string(lines.size()) + ", byte " +
                                         std::to_string(last)) != std::string::npos);
    }
    const auto turns = static_cast<size_t>(sample.turns - (is_whole ? 0 : 1));
    CHECK(sample.scenario.Dump(**store) == sample.scenario.Dumps()[turns]);
    if (is_torn) {
      CHECK(disk->Bytes(kActive) == whole.substr(0, last));
      CHECK(disk->Bytes(kActive + ".cut") == whole.substr(last, size - last));
    }
    REQUIRE_OK(sample.scenario.Run(**store, static_cast<int>(turns)));
  }
}

TEST_CASE("jsonl store: a last turn of which parts did not reach the disk is cut off") {
  Sample sample;
  const auto lines = sample.Lines(kActive);
  const size_t last = OffsetOf(lines, lines.size() - 1);
  for (size_t at = last; at + 1 < sample.files[kActive].size(); at += 7) {
    CAPTURE(at);
    std::string bytes = sample.files[kActive];
    bytes[at] = '\0';
    auto store = OpenOn(sample.With(kActive, bytes));
    REQUIRE_OK(store);
    CHECK((*store)->warnings().size() == 1);
  }
}

TEST_CASE("jsonl store: a flipped bit anywhere in a whole line is refused with its line") {
  Sample sample;
  for (const auto& file : sample.files) {
    const std::string &path = file.first, &bytes = file.second;
    CAPTURE(path);
    const auto lines = LinesOf(bytes);
    for (size_t line = 0; line < lines.size(); ++line) {
      const size_t start = OffsetOf(lines, line);
      // Without its break the log's last line is as a crash leaves it.
      const bool may_be_torn = path == kActive && line + 1 == lines.size();
      const size_t end = start + lines[line].size() - (may_be_torn ? 1 : 0);
      for (size_t at = start; at < end; ++at) {
        // Every byte that means something to the line, its break, and some of the rest.
        const size_t into = at - start, left = start + lines[line].size() - at;
        if (into > 80 && left > 4 && into % 11 != 0) continue;
        std::string flipped = bytes;
        flipped[at] = static_cast<char>(flipped[at] ^ 0x04);
        const auto disk = sample.With(path, flipped);
        // The first line says what the file is: without it the file is a foreign one.
        if (line == 0)
          Refusal(disk);
        else
          CheckRefusedAt(disk, path, line + 1, start);
      }
    }
  }
}

TEST_CASE("jsonl store: a sealed log or a snapshot that was cut anywhere is refused") {
  Sample sample;
  for (const std::string& path : {sample.sealed.front(), kSnapshot}) {
    CAPTURE(path);
    const std::string& bytes = sample.files[path];
    for (size_t size = 0; size < bytes.size(); size += 13) {
      CAPTURE(size);
      Refusal(sample.With(path, bytes.substr(0, size)));
    }
    const auto lines = LinesOf(bytes);
    for (size_t line = 1; line < lines.size(); ++line)
      Refusal(sample.With(path, bytes.substr(0, OffsetOf(lines, line))));
  }
}

TEST_CASE("jsonl store: a file that is missing is named") {
  Sample sample;
  for (const auto& file : sample.files) {
    const std::string& path = file.first;
    CAPTURE(path);
    const Error error = Refusal(sample.Without(path));
    CHECK(error.code == Code::kStoreFault);
    if (path != kSnapshot) CHECK(error.message.substr(0, path.size()) == path);
    CHECK(error.message.find("is missing") != std::string::npos);
  }
}

TEST_CASE("jsonl store: a line that is repeated, left out or in another's place is refused") {
  Sample sample;
  for (const std::string& path : {kActive, sample.sealed.front(), kSnapshot}) {
    CAPTURE(path);
    const auto lines = sample.Lines(path);
    REQUIRE(lines.size() >= 3);
    auto repeated = lines;
    repeated.insert(repeated.begin() + 1, lines[1]);
    CheckRefusedAt(sample.With(path, Joined(repeated)), path, 3, OffsetOf(repeated, 2));
    auto swapped = lines;
    std::swap(swapped[1], swapped[2]);
    CheckRefusedAt(sample.With(path, Joined(swapped)), path, 2, OffsetOf(lines, 1));
    auto left_out = lines;
    left_out.erase(left_out.begin() + 1);
    CheckRefusedAt(sample.With(path, Joined(left_out)), path, 2, OffsetOf(lines, 1));
  }
  auto again = sample.Lines(kActive);
  again.push_back(again.back());
  CheckRefusedAt(sample.With(kActive, Joined(again)), kActive, again.size(),
                 sample.files[kActive].size());
}

TEST_CASE("jsonl store: a log in another one's place is refused") {
  Sample sample;
  CheckRefusedAt(sample.With(sample.sealed[0], sample.files[sample.sealed[1]]), sample.sealed[0], 1,
                 0);
  CheckRefusedAt(sample.With(kActive, sample.files[sample.sealed[1]]), kActive, 1, 0);
}

TEST_CASE("jsonl store: a file of another program is refused and kept") {
  Sample sample;
  for (const std::string& foreign :
       {std::string("somebody's notes\n"), std::string(""), std::string("{\"json\":true}\n"),
        std::string("SQLite format 3\0and so on", 25)}) {
    const Error error = Refusal(sample.With(kActive, foreign));
    CHECK(error.code == Code::kConflict);
    CHECK(error.message.find("is not a file of a jsonl store") != std::string::npos);
  }
}

TEST_CASE("jsonl store: a newer format is refused, naming both") {
  Sample sample;
  for (const auto& file : sample.files) {
    const std::string &path = file.first, &bytes = file.second;
    CAPTURE(path);
    std::string newer = bytes;
    newer.replace(newer.find("\"format\":2"), 10, "\"format\":7");
    const Error error = Refusal(sample.With(path, newer));
    CHECK(error.code == Code::kConflict);
    CHECK(error.message.find("format 7, this jobgate knows 2: upgrade jobgate") !=
          std::string::npos);
  }
}

TEST_CASE("jsonl store: what a crash in a fold left behind is removed") {
  Sample sample;
  const auto disk = sample.With("", "");
  disk->Add(kSnapshot + ".new", "half a snapshot");
  disk->Add(kActive + ".next", "half a log");
  disk->Add(kActive + ".log-000001", "folded long ago");
  auto store = OpenOn(disk);
  REQUIRE_OK(store);
  CHECK(FilesOf(*disk) == sample.files);
  CHECK(sample.scenario.Dump(**store) ==
        sample.scenario.Dumps()[static_cast<size_t>(sample.turns)]);
}

}  // namespace jobgate
