#include "src/retention/sweep.h"

#include <algorithm>
#include <utility>

namespace jobgate {
namespace {

constexpr int kStep = 20;   // jobs that are forgotten together
constexpr int kPage = 200;  // of a walk that looks for logs
constexpr size_t kProblemsMax = 5;

EndedFilter History() {
  EndedFilter filter;
  filter.states = {JobState::kSucceeded, JobState::kFailed, JobState::kCanceled};
  filter.without_key = true;
  filter.limit = kStep;
  return filter;
}

// Those that no attempt follows in any more: nothing writes into their folders.
EndedFilter AllEnded() {
  EndedFilter filter = History();
  filter.states.push_back(JobState::kDeadLettered);
  filter.without_key = false;
  filter.limit = kPage;
  return filter;
}

int64_t HistorySize(const StateCounts& counts) {
  return counts.Of(JobState::kSucceeded) + counts.Of(JobState::kFailed) +
         counts.Of(JobState::kCanceled);
}

void Note(SweepResult& result, const std::string& problem) {
  if (result.problems.size() < kProblemsMax) result.problems.push_back(problem);
}

}  // namespace

SweepResult Sweep::Run(const SweepOptions& options) {
  SweepResult result;
  auto snapshot = world_.snapshot();
  if (!snapshot || snapshot->store_fault || !snapshot->counts) {
    Note(result, snapshot ? snapshot->store_fault.value_or("the store cannot be counted")
                          : snapshot.error().message);
    return result;
  }
  if (options.asked_for || snapshot->uptime >= settle_) ForgetOld(*snapshot, result);
  ForgetBeyond(*snapshot, result);
  if (options.measure_logs) RemoveLogs(*snapshot, result);
  return result;
}

void Sweep::ForgetOld(const EngineSnapshot& snapshot, SweepResult& result) {
  EndedFilter filter = History();
  filter.ended_before = snapshot.taken_at - snapshot.config->history.retention;
  ForgetOldest(filter, INT64_MAX, result);
}

void Sweep::ForgetBeyond(const EngineSnapshot& snapshot, SweepResult& result) {
  const int64_t size = HistorySize(*snapshot.counts) - result.forgotten;
  const int64_t too_many = size - snapshot.config->history.jobs_max;
  if (too_many > 0) ForgetOldest(History(), too_many, result);
}

// Those that stay (a key of theirs is still in use) are passed over.
void Sweep::ForgetOldest(EndedFilter filter, int64_t jobs_max, SweepResult& result) {
  for (int64_t forgotten = 0; forgotten < jobs_max && world_.go_on();) {
    filter.limit = static_cast<int>(std::min<int64_t>(kStep, jobs_max - forgotten));
    auto page = world_.list_ended(filter);
    if (!page) return Note(result, page.error().message);
    forgotten += ForgetAll(page->jobs, result);
    filter.cursor = page->next_cursor;
    if (filter.cursor.empty()) return;
    world_.rest();
  }
}

int64_t Sweep::ForgetAll(const std::vector<Job>& jobs, SweepResult& result) {
  std::vector<ForgetJob> commands;
  for (const Job& job : jobs) {
    if (auto removed = world_.folders.Remove(job.id); removed)
      commands.push_back({job.id, 0});
    else
      Note(result, removed.error().message);
  }
  int64_t forgotten = 0;
  while (!commands.empty() && world_.go_on()) {
    const std::vector<Result<Reply>> replies = world_.forget(commands);
    std::vector<ForgetJob> unfinished;
    for (size_t i = 0; i < replies.size(); ++i) {
      if (!replies[i]) {
        if (replies[i].error().code != Code::kConflict) Note(result, replies[i].error().message);
        continue;
      }
      const auto& reply = std::get<ForgetReply>(*replies[i]);
      if (reply.go_on_after)
        unfinished.push_back({commands[i].id, *reply.go_on_after});
      else
        ++forgotten;
    }
    commands = std::move(unfinished);
  }
  result.forgotten += forgotten;
  return forgotten;
}

void Sweep::RemoveLogs(const EngineSnapshot& snapshot, SweepResult& result) {
  int64_t too_much =
      world_.folders.TotalBytes(world_.go_on) - snapshot.config->history.log_bytes_max;
  EndedFilter filter = AllEnded();
  while (too_much > 0 && world_.go_on()) {
    auto page = world_.list_ended(filter);
    if (!page) return Note(result, page.error().message);
    for (const Job& job : page->jobs)
      if (too_much > 0 && world_.go_on()) too_much -= RemoveLogsOf(job.id, result);
    filter.cursor = page->next_cursor;
    if (filter.cursor.empty()) break;
  }
  result.bytes_over = std::max<int64_t>(too_much, 0);
}

// Gives the bytes that went.
int64_t Sweep::RemoveLogsOf(const JobId& id, SweepResult& result) {
  const int64_t bytes = world_.folders.BytesOf(id);
  if (bytes == 0) return 0;
  if (auto removed = world_.folders.Empty(id); !removed) {
    Note(result, removed.error().message);
    return 0;
  }
  result.bytes_removed += bytes;
  ++result.logs_removed;
  world_.rest();
  return bytes;
}

}  // namespace jobgate
