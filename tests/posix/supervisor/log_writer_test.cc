#include "src/supervisor/log_writer.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <optional>
#include <set>
#include <string>

#include "src/base/digest.h"
#include "tests/posix/supervisor/world.h"
#include "tests/support/file_size_limit.h"

namespace jobgate::posix {
namespace {

struct Log {
  const Folder folder;
  const UniqueFd dir{open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  std::string Content() const { return ReadWhole(folder.path() + "/log"); }
};

std::string LineOfRest(int bytes, const std::string& rest) {
  return "[jobgate: bytes dropped: " + std::to_string(bytes) + ", SHA-256 " + Sha256Hex(rest) +
         "]\n";
}

std::string LineOfLoss(const std::string& lost) {
  return "[jobgate: about " + std::to_string(lost.size()) +
         " bytes were lost, the disk did not take them: SHA-256 " + Sha256Hex(lost) + "]\n";
}

}  // namespace

TEST_CASE("log writer: what a full disk did not take is counted in the log once there is room") {
  const Log log;
  LogWriter writer(log.dir.get(), "log", 1000, {});
  writer.Write("first\n");
  {
    const FileSizeLimit full(6);
    writer.Write("lost one\n");
    writer.Write("lost two\n");
  }
  writer.Write("last\n");
  writer.Finish();
  CHECK(log.Content() == "first\n" + LineOfLoss("lost one\nlost two\n") + "last\n");
}

TEST_CASE("log writer: a loss at the end is told too, where there is room for it") {
  const Log log;
  LogWriter writer(log.dir.get(), "log", 1000, {});
  writer.Write("first");
  {
    const FileSizeLimit full(5);
    writer.Write("lost");
  }
  writer.Finish();
  CHECK(log.Content() == "first\n" + LineOfLoss("lost"));
}

TEST_CASE("log writer: the bound holds wherever the writes cut it") {
  for (size_t chunk = 1; chunk <= 12; ++chunk) {
    const Log log;
    LogWriter writer(log.dir.get(), "log", 7, {});
    const std::string text = "0123456789ab";
    for (size_t at = 0; at < text.size(); at += chunk) writer.Write(text.substr(at, chunk));
    writer.Finish();
    CHECK(log.Content() ==
          "0123456\n[jobgate: output over 7 bytes is not kept]\n" + LineOfRest(5, "789ab"));
  }
}

TEST_CASE("log writer: a bound of zero keeps the marker alone") {
  const Log log;
  LogWriter writer(log.dir.get(), "log", 0, {});
  writer.Write("x");
  writer.Finish();
  CHECK(log.Content() == "[jobgate: output over 0 bytes is not kept]\n" + LineOfRest(1, "x"));
}

TEST_CASE("log writer: the beginning of a value that does not come is written at the end") {
  const Log log;
  LogWriter writer(log.dir.get(), "log", 1000, {"secret"});
  writer.Write("a sec");
  CHECK(log.Content() == "a ");
  writer.Finish();
  CHECK(log.Content() == "a sec");
}

TEST_CASE("log writer: outputs that differ behind the bound have different hashes") {
  std::set<std::string> hashes;
  for (const std::string end : {"one", "two", "two and more", ""}) {
    const Log log;
    LogWriter writer(log.dir.get(), "log", 10, {});
    writer.Write("0123456789" + end);
    writer.Finish();
    hashes.insert(writer.Sha256());
  }
  CHECK(hashes.size() == 4);
}

TEST_CASE(
    "log writer: outputs that differ in what a full disk did not take have different hashes") {
  for (const bool has_room_at_the_end : {true, false}) {
    std::set<std::string> hashes;
    for (const std::string end : {"one", "two", "over the bound", "over the brink"}) {
      const Log log;
      LogWriter writer(log.dir.get(), "log", 15, {});
      writer.Write("0123456789");
      std::optional<FileSizeLimit> full(10);
      writer.Write(end);
      if (has_room_at_the_end) full.reset();
      writer.Finish();
      full.reset();
      hashes.insert(writer.Sha256());
    }
    CHECK(hashes.size() == 4);
  }
}

TEST_CASE("log writer: the hash is that of the file, whatever was cut, redacted or lost") {
  const std::vector<std::string> inputs = {"", "short\n", "a secret\nand more", "over the bound"};
  for (const std::string& input : inputs) {
    const Log log;
    LogWriter writer(log.dir.get(), "log", 12, {"secret"});
    {
      const FileSizeLimit full(5);
      writer.Write(input);
    }
    for (const char c : input) writer.Write({&c, 1});
    writer.Finish();
    CHECK(writer.Sha256() == Sha256Hex(log.Content()));
  }
}

}  // namespace jobgate::posix
