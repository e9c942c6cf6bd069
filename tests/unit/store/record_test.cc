#include "store/record/records.h"

#include <doctest/doctest.h>

#include "src/base/json.h"
#include "store/jsonl/crc32.h"
#include "tests/support/sample_job.h"

namespace jobgate {
namespace {

Job WithProgress(std::string bytes) {
  SampleJobs jobs;
  Job job = jobs.Queued();
  job.progress = std::move(bytes);
  return job;
}

std::string Packed(const Job& job) {
  std::string text;
  record::Append(text, job);
  return text;
}

}  // namespace

TEST_CASE("record: any bytes come back as they were, in one line of JSON") {
  CountingRandom random(3);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes(random.Next() % 12, '\0');
    for (char& byte : bytes) {
      static constexpr std::string_view kLikely("\"\\{}[]:,\n\t\x01\x7f\xc3\xa4\xff$hex\0", 20);
      byte = random.Next() % 2 ? kLikely[random.Next() % kLikely.size()]
                               : static_cast<char>(random.Next());
    }
    Job job = WithProgress(bytes);
    job.result = bytes.empty() ? "1" : bytes;
    const std::string packed = Packed(job);
    CHECK(packed.find('\n') == std::string::npos);
    CHECK(Json::accept(packed));
    CHECK(record::From<Job>(packed) == job);
  }
}

TEST_CASE("record: JSON texts stand there as the JSON that they are, byte for byte") {
  Job job = WithProgress("");
  job.params = R"({ "b" : 1, "a":[true,null,"x, {y}"],"c":1.50 })";
  job.result = R"("text")";
  const std::string packed = Packed(job);
  CHECK(packed.find(R"("params":{ "b" : 1, "a":[true,null,"x, {y}"],"c":1.50 })") !=
        std::string::npos);
  CHECK(Json::parse(packed)["params"]["a"][2] == "x, {y}");
  CHECK(record::From<Job>(packed) == job);
}

TEST_CASE("record: a JSON text that is none, or looks like one of ours, comes back too") {
  for (const char* text : {"{broken", "{\"$hex\":\"00\"}", "[1]\n", "{\"a\":\n1}", "42", "nothing",
                           "{\"a\":1e999}", "{}}", "[]"}) {
    CAPTURE(text);
    Job job = WithProgress("x");
    job.result = text;
    CHECK(Json::accept(Packed(job)));
    CHECK(record::From<Job>(Packed(job)) == job);
  }
}

TEST_CASE("record: what is not one is refused, whatever its bytes are") {
  const std::string good = Packed(WithProgress("p"));
  CHECK(record::From<Job>(good));
  for (size_t size = 0; size < good.size(); ++size) CHECK(!record::From<Job>(good.substr(0, size)));
  CHECK(!record::From<Job>(good + " "));
  CHECK(!record::From<Job>(R"({"id":"job_1","later":"a field of a newer jobgate"})"));
  CHECK(!record::From<Job>(R"({"id":"job_1","state":"lost"})"));
  CountingRandom random(9);
  for (int i = 0; i < 20'000; ++i) {
    std::string bad = good;
    bad[random.Next() % bad.size()] = static_cast<char>(random.Next());
    static_cast<void>(record::From<Job>(bad));  // reads no byte that is not its own
  }
}

TEST_CASE("record: the checksum is that of zlib") {
  CHECK(jsonl::Crc32("") == 0);
  CHECK(jsonl::Crc32("123456789") == 0xCBF43926);  // the check value of CRC-32/ISO-HDLC
  const std::string text(1000, 'x');
  for (size_t at = 0; at < 40; ++at)
    CHECK(jsonl::Crc32(text.substr(at), jsonl::Crc32(text.substr(0, at))) == jsonl::Crc32(text));
}

}  // namespace jobgate
