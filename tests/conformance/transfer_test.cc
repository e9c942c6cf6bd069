// Records on their way from one store into another: what arrives is what was there, byte for byte.
#include <sstream>

#include "store/transfer/export_reader.h"
#include "store/transfer/export_writer.h"
#include "store/transfer/store_filler.h"
#include "store/upkeep.h"
#include "tests/conformance/world.h"

namespace jobgate {
namespace {

constexpr const char* kTypes[] = {"sqlite", "jsonl"};

// A store that nobody has open.
class Place {
 public:
  explicit Place(const std::string& type) : upkeep_(UpkeepOf(type, dir_ / "store")) {}

  Result<ReplacementReport> Fill(const std::function<Result<void>(Store&)>& fill) {
    return upkeep_->Rebuild(fill);
  }
  Result<ReplacementReport> Import(const std::string& text) {
    return Fill([&](Store& store) -> Result<void> {
      StoreFiller filler(store);
      std::istringstream in(text);
      if (auto read = ReadExport(in, "the export", filler); !read) return Fail(read.error());
      return filler.Finish();
    });
  }
  std::string Export() {
    std::string text;
    const auto written = WriteExport(*upkeep_, kSampleTime, "test", [&](std::string_view bytes) {
      text += bytes;
      return Result<void>();
    });
    REQUIRE_OK(written);
    return text;
  }
  StoreUpkeep& upkeep() { return *upkeep_; }

 private:
  TempDir dir_;
  std::unique_ptr<StoreUpkeep> upkeep_;
};

// All but the line that names time and type.
std::string RecordsOf(const std::string& text) {
  return text.substr(text.find('\n') + 1);
}

Result<void> Write(Store& store, const Job& job, const std::vector<Attempt>& attempts) {
  JOBGATE_TRY(store.InsertJob(job));
  for (const Attempt& attempt : attempts) JOBGATE_TRY(store.InsertAttempt(attempt));
  return {};
}

// Jobs in every state, with what people and processes may have put into them.
Result<void> WriteAllKinds(Store& store) {
  SampleJobs samples;
  JOBGATE_TRY(store.Begin());
  Job odd = Started(samples.Queued());
  odd.progress = std::string("\xff\xfe\0\n half", 9);
  odd.params = R"({"b":1,  "a":"\u00e4 \" \\"})";
  odd.last_error = "line\nbreak";
  odd.dedupe_key = "key\x01";
  JOBGATE_TRY(Write(store, odd, {AttemptOf(odd)}));
  for (JobState state :
       {JobState::kSucceeded, JobState::kFailed, JobState::kCanceled, JobState::kDeadLettered}) {
    const Job started = Started(samples.Queued());
    JOBGATE_TRY(Write(store, Ended(started, state, After(Duration(9))),
                      {Ended(AttemptOf(started), "failed", After(Duration(7)))}));
    JOBGATE_TRY(store.PutIdempotencyKey({"key of " + started.id, started.id, "hash"}));
  }
  JOBGATE_TRY(store.InsertJob(samples.Delayed(std::chrono::hours(3))));
  JOBGATE_TRY(store.InsertJob(samples.Waiting(std::chrono::hours(3))));
  JOBGATE_TRY(store.PutSetting("intake", R"({"paused":false})"));
  JOBGATE_TRY(store.PutSetting("empty", ""));
  JOBGATE_TRY(store.PutOutbox({"msg_2", odd.id, "issue", "{}", kSampleTime, std::nullopt}));
  JOBGATE_TRY(store.PutOutbox({"msg_3", odd.id, "comment", "{}", kSampleTime, "404: gone"}));
  JOBGATE_TRY(store.PutOutbox({"msg_4", "job_GONE", "close", "{}", kSampleTime, std::nullopt}));
  for (int64_t seq = 41; seq < 44; ++seq) {
    Event event = EventOf("job:submitted", odd.id);
    event.payload = R"({"n":)" + std::to_string(seq) + "}";
    if (seq > 41) {
      JOBGATE_TRY(store.AppendEvent(event));
      continue;
    }
    event.seq = seq;
    JOBGATE_TRY(store.InsertEvent(event));
  }
  const auto dropped = store.DropPayloads(odd.id, 41, 1);
  if (!dropped) return Fail(dropped.error());
  return store.Commit();
}

Result<void> WriteOneJob(Store& store) {
  SampleJobs samples;
  JOBGATE_TRY(store.Begin());
  JOBGATE_TRY(store.InsertJob(samples.Queued()));
  return store.Commit();
}

std::string Refusal(const std::string& text) {
  for (const char* type : kTypes) {
    Place place(type);
    const auto imported = place.Import(text);
    REQUIRE(!imported);
    CHECK(imported.error().code == Code::kInvalidArgument);
    CHECK(place.upkeep().Figures().error().code == Code::kNotFound);
    if (type == kTypes[1]) return imported.error().message;
  }
  return "";
}

std::string Replaced(std::string text, const std::string& part, const std::string& by) {
  const size_t at = text.find(part);
  REQUIRE(at != std::string::npos);
  return text.replace(at, part.size(), by);
}

}  // namespace

TEST_CASE("transfer: any store's export fills any store with the same") {
  for (const char* from : kTypes) {
    Place first(from);
    REQUIRE_OK(first.Fill(WriteAllKinds));
    const std::string text = first.Export();
    CHECK(text.find(R"("firstEvent":41)") != std::string::npos);
    for (const char* to : kTypes) {
      CAPTURE(from);
      CAPTURE(to);
      Place second(to);
      REQUIRE_OK(second.Import(text));
      CHECK(RecordsOf(second.Export()) == RecordsOf(text));
      const auto verified = second.upkeep().Verify();
      REQUIRE_OK(verified);
      CHECK(verified->IsSound());
      Place third(from);
      REQUIRE_OK(third.Import(second.Export()));
      CHECK(third.Export() == text);
    }
  }
}

TEST_CASE("transfer: both kinds of store give the same export of the same") {
  Place sqlite(kTypes[0]), jsonl(kTypes[1]);
  REQUIRE_OK(sqlite.Fill(WriteAllKinds));
  REQUIRE_OK(jsonl.Fill(WriteAllKinds));
  CHECK(RecordsOf(sqlite.Export()) == RecordsOf(jsonl.Export()));
}

TEST_CASE("transfer: an export that ends anywhere else than at its end is refused") {
  Place place(kTypes[1]);
  REQUIRE_OK(place.Fill(WriteAllKinds));
  const std::string text = place.Export();
  for (size_t size = 0; size < text.size(); ++size) {
    CAPTURE(size);
    std::istringstream in(text.substr(0, size));
    CHECK(!CheckExport(in, "the export"));
  }
  std::istringstream whole(text), longer(text + "\n");
  CHECK(CheckExport(whole, "the export"));
  CHECK(!CheckExport(longer, "the export"));
}

TEST_CASE("transfer: a flipped bit of a record is refused") {
  for (const auto& fill : {WriteAllKinds, WriteOneJob}) {
    Place place(kTypes[1]);
    REQUIRE_OK(place.Fill(fill));
    const std::string text = place.Export();
    for (size_t at = text.find('\n') + 1; at < text.size(); ++at) {
      CAPTURE(at);
      std::string flipped = text;
      flipped[at] = static_cast<char>(flipped[at] ^ 0x04);
      std::istringstream in(flipped);
      CHECK(!CheckExport(in, "the export"));
    }
  }
}

TEST_CASE("transfer: what no store may hold is refused with its line") {
  Place place(kTypes[1]);
  REQUIRE_OK(place.Fill(WriteAllKinds));
  const std::string text = place.Export();
  CHECK(Refusal(Replaced(text, R"("maxAttempts":3)", R"("maxAttempts":0)"))
            .find("the export, line ") != std::string::npos);
  CHECK(Refusal(Replaced(text, R"({"event":{"seq":42,)", R"({"event":{"seq":44,)"))
            .find("event 44 stands where event 42 should") != std::string::npos);
  CHECK(Refusal(Replaced(text, R"({"outbox":{"id":"msg_3")", R"({"outbox":{"id":"msg_2")"))
            .find("message msg_2 is there twice, or out of order") != std::string::npos);
  CHECK(Refusal(Replaced(text, R"({"key":{"key":"key of job_)", R"({"key":{"key":"key)"))
            .find("the export, line ") != std::string::npos);
}

TEST_CASE("transfer: an export of the first format, which had no outbox, is taken") {
  Place from(kTypes[0]);
  REQUIRE_OK(from.Fill(WriteOneJob));
  std::string text = Replaced(from.Export(), R"("format":2)", R"("format":1)");
  for (int i = 0; i < 2; ++i) text = Replaced(text, R"("outbox":0,)", "");
  for (const char* to : kTypes) {
    Place place(to);
    REQUIRE_OK(place.Import(text));
    CHECK(RecordsOf(place.Export()) == RecordsOf(from.Export()));
  }
}

TEST_CASE("transfer: a fill that fails leaves the store as it was") {
  for (const char* type : kTypes) {
    CAPTURE(type);
    Place place(type);
    REQUIRE_OK(place.Fill(WriteAllKinds));
    const std::string before = place.Export();
    CHECK(!place.Fill([](Store& store) -> Result<void> {
      JOBGATE_TRY(WriteAllKinds(store));
      return Fail(Code::kInvalidArgument, "enough");
    }));
    CHECK(place.Export() == before);
  }
}

}  // namespace jobgate
