#include "tests/simulation/approval/approval_book.h"

#include <algorithm>
#include <utility>

#include "src/base/overload.h"
#include "tests/simulation/approved_document.h"
#include "tests/simulation/violation.h"

namespace jobgate::sim {
namespace {

constexpr int64_t kPageOfEvents = 500;

// How many answers one request gets (docs/github.md).
constexpr size_t kRefusalsMax = 50;

bool Has(const std::vector<Vote>& votes, const Json& payload) {
  return std::ranges::any_of(votes,
                             [&](const Vote& vote) { return vote.signal == payload.at("signal"); });
}

bool IsSaidThere(const Json& payload) {
  return payload.contains("signal");
}

}  // namespace

// --- what was told

void ApprovalBook::Know(const ApprovalWork& work) {
  for (const Letter& letter : work.letters) {
    if (letters_.contains(letter.message.id)) continue;
    const auto message = IssueMessageFromJson(*ParseJson(letter.message.request)).value();
    letters_[letter.message.id] = {letter.message.job_id, message.title, message.body};
  }
}

void ApprovalBook::Delivered(const DeliveryReport& report) {
  const auto letter = letters_.find(report.message_id);
  if (letter == letters_.end()) return;  // told before
  const Sent sent = letter->second;
  letters_.erase(letter);
  BookedJob& job = jobs_.at(sent.job);
  if (!report.parked.empty()) return;
  if (!report.issue_url.empty()) job.seen.issue_id = report.issue;
  if (report.nonce.empty() || !job.request || job.request->nonce != report.nonce) return;
  if (job.request->posting) return;
  const PostedRequest& posted = report.posted;
  job.request->posting =
      Posting{posted.at, posted.comment_id, sent.title, sent.body, posted.requester_id};
  // Its whole time begins anew; an event of this turn tells until when.
  const bool waits = job.seen.state == JobState::kWaitingApproval;
  if (waits && now_ && *now_ >= job.request->expires_at) job.request->expires_at = Time::max();
}

void ApprovalBook::Saw(const TakeObservations& look) {
  knowledge_.Take(look);
  for (const IssueObservation& issue : look.issues) {
    for (auto& [id, job] : jobs_) {
      if (job.seen.issue_id != issue.number || !job.request || !job.request->posting) continue;
      if (IsVoid(*job.request->posting, issue)) {
        job.request->posting.reset();
        continue;
      }
      Refuse(job, issue);
      NoteLate(job, issue, look);
      if (job.seen.state == JobState::kWaitingApproval) judged_.push_back(id);
    }
  }
}

void ApprovalBook::Refuse(BookedJob& job, const IssueObservation& issue) {
  BookedRequest& request = *job.request;
  std::set<std::string> refused = request.refused;
  for (const Vote& vote : VotesOn(BallotOf(job, request), issue))
    if (!vote.counts) refused.insert(vote.signal);
  request.is_crowded = request.is_crowded || refused.size() > kRefusalsMax;
  if (!request.is_crowded) request.refused = std::move(refused);
}

// By GitHub's clock, to which the look says what the engine's was.
void ApprovalBook::NoteLate(BookedJob& job, const IssueObservation& issue,
                            const TakeObservations& look) const {
  BookedRequest& request = *job.request;
  if (!now_ || request.used_by > 0) return;
  const Duration difference = *look.time_there - TimeAt(look.looked_at);
  for (const Vote& vote : VotesOn(BallotOf(job, request), issue))
    if (std::min(*now_, vote.at - difference) >= request.expires_at)
      request.late.insert(vote.signal);
}

// --- what came of it

void ApprovalBook::Follow(const Turn& turn, Store& durable, int64_t last) {
  settings_ = turn.settings;
  monotonic_ = turn.monotonic;
  now_ = turn.now;
  if (const auto first = durable.Events({last_seq_, std::nullopt, 1}).value();
      !first.empty() && first.front().seq <= last)
    now_ = first.front().at;
  durable_ = &durable;
  hmac_key_ = durable.GetSetting("digest.key").value_or(std::nullopt).value_or("");
  judged_.clear();
  bool others_spoke = false;
  for (const Command& command : turn.commands) {
    if (!turn.durable) break;
    std::visit(
        Overload{[&](const TakeDelivery& taken) { Delivered(taken.delivery); },
                 [&](const TakeObservations& look) { Saw(look); }, [&](const TakeApprovalWork&) {},
                 [&](const SubmitJob&) {}, [&](const auto&) { others_spoke = true; }},
        command);
  }
  while (last_seq_ < last) {
    const int limit = static_cast<int>(std::min(last - last_seq_, kPageOfEvents));
    const auto events = durable.Events({last_seq_, std::nullopt, limit}).value();
    for (const Event& event : events) {
      last_seq_ = event.seq;
      chain_ = event.chain;
      if (event.job_id) Apply(event, Json::parse(event.payload));
    }
  }
  for (auto& [id, job] : jobs_)
    if (!job.seen.finished_at) Read(job);
  if (others_spoke || !now_) return;
  for (const JobId& id : judged_) CheckJudged(id);
}

void ApprovalBook::Read(BookedJob& job) {
  const auto issue = job.seen.issue_id;
  job.seen = **durable_->FindJob(job.seen.id);
  if (job.seen.issue_id != issue) CheckIssue(job);
  if (!job.request || !job.request->nonce.empty() || !job.seen.gate) return;
  BookedRequest& request = *job.request;
  if (job.seen.gate->digest != request.digest) return;
  request.nonce = job.seen.gate->nonce;
  request.shown = DocumentNow(job, *request.declared, *request.around);
  Require(request.shown && DigestOfDocument(*request.shown) == request.digest, "I5",
          [&] { return job.seen.id + " shows something else than its digest is of"; });
}

std::optional<Json> ApprovalBook::DocumentNow(const BookedJob& job, const Settings& declared,
                                              const Settings& around) const {
  const int step = job.request->step;
  const JobType* type = declared.Find(job.seen.entrypoint);
  // What the process itself is known to have printed, by the attempt that the request names.
  const auto& output = job.seen.gate ? job.seen.gate->output : std::nullopt;
  const auto left = output ? ledger_.LeftBy({job.seen.id, output->attempt}) : std::nullopt;
  return Document({job.seen, declared, around, step, type->steps[static_cast<size_t>(step)].name,
                   job.request->nonce, hmac_key_, left ? left->stdout_sha256 : ""});
}

void ApprovalBook::Apply(const Event& event, const Json& payload) {
  const JobId& id = *event.job_id;
  if (event.type == "job:submitted") {
    BookedJob& fresh = jobs_[id];
    fresh.seen = **durable_->FindJob(id);
    CheckIssue(fresh);
    fresh.declared = settings_;
    return;
  }
  BookedJob& job = jobs_.at(id);
  Read(job);
  if (event.type == "job:started") return Started(job, event, payload);
  if (event.type == "job:waiting_approval") return Opened(job, payload);
  if (event.type == "job:approved") return Approved(job, event, payload);
  if (event.type == "job:rejected") return Rejected(job, payload);
  if (event.type == "job:extended") {
    job.request->expires_at = ParseTime(payload.at("expiresAt").get<std::string>()).value();
  } else if (event.type == "job:resumed") {
    const int needed = BallotOf(job, *job.request).gate.approvals_min;
    Require(PeopleFor(job) >= needed, "I5",
            [&] { return id + " was released without enough approvals"; });
  } else if (event.type == "job:expired") {
    CheckExpired(job, event);
  } else if (event.type == "job:retrying" || event.type == "job:interrupted") {
    job.runs = false;
  }
}

// Asked for anew with the same digest, it is the same request, to be posted once more.
void ApprovalBook::Opened(BookedJob& job, const Json& payload) {
  const std::string digest = payload.at("digest");
  if (job.request && job.request->digest == digest) {
    job.request->posting.reset();
    return;
  }
  if (!job.runs) job.declared = settings_;
  job.runs = false;
  BookedRequest request;
  request.digest = digest;
  request.expires_at = ParseTime(payload.at("expiresAt").get<std::string>()).value();
  request.declared = job.declared;
  request.around = settings_;
  const JobType* type = job.declared->Find(job.seen.entrypoint);
  for (size_t step = 0; step < type->steps.size(); ++step)
    if (type->steps[step].name == payload.at("step")) request.step = static_cast<int>(step);
  job.replaced = std::exchange(job.request, std::move(request));
  Read(job);
}

void ApprovalBook::Approved(BookedJob& job, const Event& event, const Json& payload) {
  const JobId& id = job.seen.id;
  const std::string by = payload.at("by");
  Require(job.request && payload.at("digest") == job.request->digest, "I5",
          [&] { return id + " took an approval of another digest by " + by; });
  if (!IsSaidThere(payload)) {
    Require(job.request->used_by > 0 || event.at < job.request->expires_at, "I5",
            [&] { return id + " took an approval by " + by + " after its time"; });
    Require(MayApproveHere(BallotOf(job, *job.request), by), "I5",
            [&] { return id + " took an approval by " + by + ", who may not"; });
    job.request->here.push_back(by);
    return;
  }
  Require(Has(Votes(job, *job.request, Vote::Kind::kApprove), payload), "I5",
          [&] { return id + " took an approval that does not count: " + payload.dump(); });
}

// Of a further try that was to come, too: that is asked for anew, and rejected, in one turn.
void ApprovalBook::Rejected(const BookedJob& job, const Json& payload) {
  ++rejections_;
  const std::string by = payload.at("by");
  if (!IsSaidThere(payload)) {
    Require(MayRejectHere(BallotOf(job, *job.request), by), "I5",
            [&] { return job.seen.id + " was rejected by " + by + ", who may not"; });
    return;
  }
  const bool counts =
      Has(Votes(job, *job.request, Vote::Kind::kReject), payload) ||
      (job.replaced && Has(Votes(job, *job.replaced, Vote::Kind::kReject), payload));
  Require(counts, "I5",
          [&] { return job.seen.id + " took a rejection that does not count: " + payload.dump(); });
}

bool ApprovalBook::IsGated(const BookedJob& job) const {
  const StepRule* step = job.declared->FindStep(job.seen.entrypoint, job.seen.step);
  return step->gate || (job.request && job.request->step == job.seen.step);
}

void ApprovalBook::Started(BookedJob& job, const Event& event, const Json& payload) {
  const JobId& id = job.seen.id;
  const Attempt attempt = durable_->AttemptsOf(id)->back();
  const std::string name = id + " attempt " + std::to_string(attempt.number);
  job.runs = true;
  if (!job.declared->Find(job.seen.entrypoint)->HasGate()) job.declared = settings_;
  if (!IsGated(job)) return;
  ++starts_;
  Require(job.request && job.request->shown && attempt.digest == job.request->digest, "I5",
          [&] { return name + " starts without a request for it"; });
  BookedRequest& request = *job.request;
  Require(request.shown->at("argv") == payload.at("argv") &&
              DocumentNow(job, *settings_, *settings_) == request.shown,
          "I5", [&] { return name + " starts although the declaration has drifted"; });
  Require(PeopleFor(job) >= Needed(job), "I5",
          [&] { return name + " starts without enough approvals that stand"; });
  const auto seen_at = job.seen.issue_id ? knowledge_.SeenAt(*job.seen.issue_id) : std::nullopt;
  Require(static_cast<int>(request.here.size()) >= Needed(job) ||
              (seen_at && monotonic_ - *seen_at <= settings_->github->observation_age_max),
          "I5", [&] { return name + " starts on an old observation"; });
  if (request.used_by > 0) return CheckFurtherTry(job, attempt);
  Require(event.at < request.expires_at, "I5",
          [&] { return name + " starts after its approval expired"; });
  request.used_by = attempt.number;
}

// Only the retry policy starts the step again under the same approval.
void ApprovalBook::CheckFurtherTry(const BookedJob& job, const Attempt& attempt) const {
  const auto attempts = durable_->AttemptsOf(job.seen.id).value();
  for (const Attempt& before : attempts) {
    if (before.number < job.request->used_by || before.number >= attempt.number) continue;
    const std::string outcome = before.outcome.value_or("running");
    Require(outcome == "failed" || outcome == "timed_out" || outcome == "spawn_failed", "I5", [&] {
      return job.seen.id + " reuses an approval after an attempt that was " + outcome;
    });
  }
}

// What plainly stands on the issue has its effect in the turn that is told of it.
void ApprovalBook::CheckJudged(const JobId& id) const {
  const BookedJob& job = jobs_.at(id);
  const bool still_waits = job.seen.state == JobState::kWaitingApproval && job.request &&
                           job.request->posting && job.seen.gate->nonce == job.request->nonce;
  if (!still_waits || job.request->is_crowded) return;
  Require(Votes(job, *job.request, Vote::Kind::kReject).empty(), "I12",
          [&] { return id + " still waits although it was rejected"; });
  Require(!IsPlainlyApproved(job), "I12",
          [&] { return id + " still waits although it was approved"; });
}

// Nobody who spoke in time goes unheard, however late that is heard.
// A label there means one job.
void ApprovalBook::CheckIssue(const BookedJob& job) const {
  if (!job.seen.issue_id || job.seen.finished_at) return;
  const std::vector<Job> active = durable_->ActiveJobsOfIssue(*job.seen.issue_id).value();
  for (const Job& other : active)
    Require(other.id == job.seen.id, "I5", [&] {
      return job.seen.id + " and " + other.id + " stand on issue #" +
             std::to_string(*job.seen.issue_id);
    });
}

void ApprovalBook::CheckExpired(const BookedJob& job, const Event& event) const {
  const JobId& id = job.seen.id;
  Require(event.at >= job.request->expires_at, "I5", [&] { return id + " expired too early"; });
  if (!job.request->posting) return;
  const auto read_at = knowledge_.ReadAt(*job.seen.issue_id);
  Require(read_at && TimeAt(*read_at) >= job.request->expires_at, "I12",
          [&] { return id + " expired although nobody has looked since"; });
  if (job.request->is_crowded) return;
  Require(!IsPlainlyApproved(job), "I12",
          [&] { return id + " expired although it was approved in time"; });
}

bool ApprovalBook::IsPlainlyApproved(const BookedJob& job) const {
  // Rules that were edited meanwhile are asked at the next word, or the start.
  const JobType* type = settings_->Find(job.seen.entrypoint);
  if (!type->HasGate() && settings_ != job.request->around) return false;
  std::set<int64_t> accounts;
  for (const Vote& vote : Votes(job, *job.request, Vote::Kind::kApprove))
    if (!hub_.renamed().contains(vote.account)) accounts.insert(vote.account);
  return static_cast<int>(accounts.size()) >= Needed(job);
}

// Both by what was shown and by the rules of the day.
int ApprovalBook::Needed(const BookedJob& job) const {
  const int today = BallotOf(job, *job.request).gate.approvals_min;
  return std::max(today, job.request->shown->at("gate").at("minApprovals").get<int>());
}

// A step that asked for it itself has the rules of the day.
Ballot ApprovalBook::BallotOf(const BookedJob& job, const BookedRequest& request) const {
  static const Posting kNone;
  const StepRule* step = request.declared->FindStep(job.seen.entrypoint, request.step);
  const Settings& rules = step->gate ? *request.declared : *settings_;
  const auto& bound = rules.github->requesters;
  const auto login = bound.find(job.seen.requester);
  std::string requester_login;
  if (login != bound.end()) requester_login = login->second;
  return {request.posting ? *request.posting : kNone,
          request.digest,
          job.seen.requester,
          requester_login,
          step->gate ? *step->gate : settings_->asked_gate,
          *rules.github};
}

std::vector<Vote> ApprovalBook::Votes(const BookedJob& job, const BookedRequest& request,
                                      Vote::Kind kind) const {
  const IssueObservation* issue = job.seen.issue_id ? knowledge_.Of(*job.seen.issue_id) : nullptr;
  if (!issue || !request.posting || IsVoid(*request.posting, *issue)) return {};
  std::vector<Vote> votes = VotesOn(BallotOf(job, request), *issue);
  std::erase_if(votes, [&](const Vote& vote) {
    return vote.kind != kind || !vote.counts || request.refused.contains(vote.signal) ||
           (kind == Vote::Kind::kApprove && request.late.contains(vote.signal));
  });
  return votes;
}

int ApprovalBook::PeopleFor(const BookedJob& job) const {
  std::set<int64_t> accounts;
  std::set<std::string> names;
  for (const Vote& vote : Votes(job, *job.request, Vote::Kind::kApprove)) {
    accounts.insert(vote.account);
    names.insert("os:" + vote.login);
  }
  const auto here = std::set<Actor>(job.request->here.begin(), job.request->here.end());
  return static_cast<int>(accounts.size()) +
         static_cast<int>(
             std::ranges::count_if(here, [&](const Actor& one) { return !names.contains(one); }));
}

}  // namespace jobgate::sim
