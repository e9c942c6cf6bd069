#include "store/refusals.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "store/event_chain.h"

namespace jobgate {
namespace {

constexpr std::string_view kIdPrefix = "job_";

std::string UpperCase(std::string_view text) {
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
  return upper;
}

}  // namespace

Error NoLongerAsExpected(const JobId& id, JobState expected, int expected_attempts) {
  return {Code::kConflict, id + " is no longer " + std::string(NameOf(expected)) +
                               " after attempt " + std::to_string(expected_attempts)};
}

Error AttemptHasEnded(const Attempt& attempt) {
  return {Code::kConflict, "attempt " + std::to_string(attempt.number) + " of " + attempt.job_id +
                               " has ended already"};
}

Error CannotBeDeleted(const JobId& id) {
  return {Code::kConflict,
          id + " has not ended, is dead-lettered, or an idempotency key stands for it"};
}

Error NoSuchMessage(std::string_view id) {
  return {Code::kNotFound, "there is no message " + std::string(id) + " in the outbox"};
}

Error KeyIsTaken() {
  return {Code::kConflict, "another job holds this key already"};
}

Result<void> CheckPlace(const Event& event, int64_t last) {
  const std::string name = "event " + std::to_string(event.seq);
  if (event.seq < 1 || (last > 0 && event.seq != last + 1))
    return Fail(Code::kInvalidArgument,
                name + " stands where event " + std::to_string(last + 1) + " should");
  if (event.chain.empty() || IsChain(event.chain)) return {};
  return Fail(Code::kInvalidArgument, name + " has a chain that is no hash");
}

Error RefusedByRules(std::string_view what) {
  return {Code::kInternal, "the store refused what no job may be: " + std::string(what)};
}

Result<JobId> NormalIdPrefix(std::string_view typed) {
  std::string ulid = UpperCase(typed);
  if (ulid.starts_with("JOB_")) ulid.erase(0, kIdPrefix.size());
  if (ulid.empty())
    return Fail(Code::kInvalidArgument, "a job id, or the beginning of one, is needed");
  return std::string(kIdPrefix) + ulid;
}

Error NoSuchJob(const JobId& first) {
  return {Code::kNotFound, "there is no job " + first};
}

Error SeveralJobs(const JobId& first, const JobId& one, const JobId& other) {
  return {Code::kInvalidArgument, first + " is the beginning of several jobs, among them " + one +
                                      " and " + other + "; type more of it"};
}

}  // namespace jobgate
