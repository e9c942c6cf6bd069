#include "tests/simulation/approval/approval_world.h"

#include <algorithm>
#include <utility>

#include "tests/simulation/approval/settings.h"
#include "tests/simulation/violation.h"

namespace jobgate::sim {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr int64_t kActiveJobs = 7;
constexpr int kRestSteps = 1000;
constexpr int64_t kAll = 1'000'000;
constexpr Duration kOffsetMax = hours(24 * 365 * 3);
const std::vector<std::string> kTypes = {"one", "two", "own", "listed", "tries", "steps", "asks"};
const std::vector<Actor> kRequesters = {"os:root",   "github:erin", "os:alice",
                                        "os:deploy", "token:ci",    "github:rover"};
const std::vector<Actor> kHere = {"os:alice", "os:bob", "os:root", "token:ci", "os:carol"};

bool IsActive(const BookedJob& job) {
  return !job.seen.finished_at;
}

}  // namespace

ApprovalWorld::ApprovalWorld(uint64_t seed, StoreKind kind)
    : dice_(seed),
      ledger_(trace_),
      supervisor_(ledger_, clock_, seed ^ 0x5EED0001, Plant::kNone),
      daemon_(clock_, supervisor_, dice_, seed ^ 0x5EED0002, Plant::kNone, kind),
      hub_(clock_, dice_),
      crowd_(hub_, dice_),
      watcher_(hub_, clock_, dice_),
      book_(hub_, ledger_),
      liveliness_(dice_.Pick(std::vector<int64_t>{8, 40, 160})) {
  StartDaemon(DrawGitHubSettings(dice_, 0));
}

// --- disturbances

void ApprovalWorld::Disturb() {
  if (!daemon_.is_up()) {
    if (!dice_.OneIn(2)) return;
    const int serial = daemon_.settings()->serial;
    return StartDaemon(dice_.OneIn(3) ? DrawGitHubSettings(dice_, serial + 1) : daemon_.settings());
  }
  if (!daemon_.link().is_connected() && dice_.OneIn(2)) daemon_.link().Connect();
  if (dice_.OneIn(120)) daemon_.link().Break();
  if (dice_.OneIn(250)) {
    daemon_.link().Break();
    supervisor_.Die();
  }
  if (dice_.OneIn(60)) KillDaemon();
  if (!dice_.OneIn(80)) return;
  const Duration jump =
      dice_.Pick(std::vector<Duration>{hours(24 * 365), hours(24), hours(2), seconds(20)});
  const Duration by = dice_.OneIn(2) ? jump : -jump;
  const Duration offset = clock_.wall_offset() + by;
  if (offset < kOffsetMax && offset > -kOffsetMax) clock_.JumpWall(by);
}

void ApprovalWorld::KillDaemon() {
  ++figures_.crashes;
  daemon_.Die();
  watcher_.Restart();
}

// What a predecessor left is looked at with what it knew, before its successor does anything.
void ApprovalWorld::StartDaemon(SettingsPtr settings) {
  daemon_.Start(std::move(settings));
  if (const auto turn = std::exchange(unfinished_, std::nullopt))
    book_.Follow(*turn, daemon_.store().inner(), daemon_.events_found());
  book_.DaemonStarted();
  daemon_.link().Connect();
}

void ApprovalWorld::PassTime() {
  const int64_t roll = dice_.Below(100);
  if (roll < 75) return clock_.Advance(dice_.Milliseconds(0, 2'000));
  if (roll < 96) return clock_.Advance(dice_.Milliseconds(2'000, 15'000));
  if (roll < 99) return clock_.Advance(dice_.Milliseconds(15'000, 120'000));
  if (dice_.OneIn(5)) return clock_.Advance(hours(dice_.Between(1, 3)));
  clock_.Advance(dice_.Milliseconds(120'000, 1'200'000));
}

// --- one step

void ApprovalWorld::Step() {
  ++figures_.steps;
  Disturb();
  PassTime();
  supervisor_.CatchUp();
  const std::vector<Standing> standings = Standings();
  for (int64_t count = dice_.Below(liveliness_); count > 0; --count) crowd_.Act(standings);
  if (!daemon_.is_up()) return;
  watcher_.Work();
  daemon_.link().Deliver(kAll);
  SettingsPtr reload;
  if (dice_.OneIn(60)) reload = DrawGitHubSettings(dice_, daemon_.settings()->serial + 1);
  const StoreFaults faults = dice_.OneIn(3) ? daemon_.DrawFaults() : StoreFaults{};
  RunTurn(DrawCommands(), faults, std::move(reload));
}

// What anybody can see: which issues jobs stand on, and the digests they show there.
std::vector<Standing> ApprovalWorld::Standings() const {
  std::vector<Standing> standings;
  for (const auto& [id, job] : book_.jobs())
    if (IsActive(job) && job.request && job.seen.issue_id)
      standings.push_back({*job.seen.issue_id, job.request->digest});
  return standings;
}

std::vector<Command> ApprovalWorld::DrawCommands() {
  std::vector<Command> commands = watcher_.Draw();
  const int64_t active =
      std::ranges::count_if(book_.jobs(), [](const auto& known) { return IsActive(known.second); });
  if (active < kActiveJobs) commands.push_back(Submission());
  if (dice_.OneIn(6)) commands.push_back(OnSomeJob());
  return commands;
}

Command ApprovalWorld::Submission() {
  SubmitJob command;
  command.entrypoint = dice_.Pick(kTypes);
  command.params = {{"what", "x"}};
  if (dice_.OneIn(3)) command.issue_id = dice_.Between(1, 9);
  if (dice_.OneIn(5)) command.ttl = dice_.Milliseconds(60'000, 1'200'000);
  return command;
}

JobId ApprovalWorld::SomeJob() {
  std::vector<JobId> active;
  for (const auto& [id, job] : book_.jobs())
    if (IsActive(job)) active.push_back(id);
  return active.empty() ? "job_0" : dice_.Pick(active);
}

Command ApprovalWorld::OnSomeJob() {
  const JobId id = SomeJob();
  const auto job = book_.jobs().find(id);
  if (job != book_.jobs().end() && job->second.seen.state == JobState::kInterrupted)
    return ResolveJob{id, dice_.OneIn(4) ? Resolution::kFailed : Resolution::kRetry,
                      "looked at it"};
  switch (dice_.Below(16)) {
    case 0:
      return CancelJob{id, "stop it"};
    case 1:
      return RejectJob{id, "no", "cli"};
    case 2:
    case 3:
    case 4:
      return ExtendApproval{id, dice_.Milliseconds(60'000, 20'000'000)};
    default:
      return ApproveJob{id, "looks right", "cli", ""};
  }
}

Envelope ApprovalWorld::Send(Command command) {
  const bool is_work = std::holds_alternative<TakeApprovalWork>(command);
  const bool submits = std::holds_alternative<SubmitJob>(command);
  return {std::move(command), dice_.Pick(submits ? kRequesters : kHere),
          [this, is_work](const Result<Reply>& reply) {
            daemon_.BeforeTelling();
            if (!reply && is_work) watcher_.Refused();
            if (reply && is_work) handed_out_.push_back(std::get<ApprovalWork>(*reply));
          }};
}

void ApprovalWorld::RunTurn(std::vector<Command> commands, const StoreFaults& faults,
                            SettingsPtr reload) {
  ++figures_.turns;
  std::vector<Envelope> envelopes;
  for (const Command& command : commands) envelopes.push_back(Send(command));
  bool adopted = false;
  if (reload)
    envelopes.push_back({AdoptSettings{ToEngine(*reload), Json::object()}, "os:root",
                         [&](const Result<Reply>& reply) { adopted = reply.has_value(); }});
  std::optional<Time> now;
  envelopes.push_back({TakeSnapshot{}, "os:root", [&](const Result<Reply>& reply) {
                         if (reply) now = std::get<EngineSnapshot>(*reply).taken_at;
                       }});
  handed_out_.clear();
  const int64_t faults_before = daemon_.store().faults_met();
  const auto result = daemon_.Turn(std::move(envelopes), daemon_.link().Take(kAll), faults);
  figures_.store_faults += daemon_.store().faults_met() - faults_before;
  ApprovalBook::Turn turn{std::move(commands), daemon_.store().is_durable(), daemon_.settings(),
                          clock_.Monotonic(), now};
  for (const ApprovalWork& work : handed_out_) book_.Know(work);
  if (result.crashed) {
    unfinished_ = std::move(turn);
    return KillDaemon();
  }
  Store& durable = daemon_.store().inner();
  book_.Follow(turn, durable, durable.LastEventSeq().value());
  trace_.Add(book_.chain());
  for (ApprovalWork& work : handed_out_) watcher_.TakeWork(std::move(work));
  if (adopted) daemon_.RunBy(std::move(reload));
}

// --- liveness

void ApprovalWorld::ComeToRest() {
  watcher_.BeCalm();
  if (!daemon_.is_up()) StartDaemon(daemon_.settings());
  for (int step = 0; step < kRestSteps; ++step) {
    const bool is_long = step > kRestSteps / 4;  // until what is not decided has expired
    clock_.Advance(dice_.Milliseconds(1'000, is_long ? 120'000 : 5'000));
    supervisor_.CatchUp();
    if (!daemon_.link().is_connected()) daemon_.link().Connect();
    daemon_.link().Deliver(kAll);
    watcher_.Work();
    std::vector<Command> commands = watcher_.Draw();
    bool is_over = true;
    for (const auto& [id, job] : book_.jobs()) {
      is_over = is_over && !IsActive(job);
      if (job.seen.state == JobState::kInterrupted)
        commands.emplace_back(ResolveJob{id, Resolution::kRetry, "looked at it"});
    }
    if (is_over) return;
    RunTurn(std::move(commands), {}, nullptr);
    DecidePlainly();
  }
  for (const auto& [id, job] : book_.jobs())
    Require(!IsActive(job), "I12", [&, &one = id, &known = job] {
      return one + " never ends: it is " + std::string(NameOf(known.seen.state));
    });
}

void ApprovalWorld::DecidePlainly() {
  for (const auto& [id, job] : book_.jobs()) {
    if (job.seen.state != JobState::kWaitingApproval || !job.request->posting) continue;
    const Standing standing{*job.seen.issue_id, job.request->digest};
    const int how = decisions_[standing.digest]++;
    if (how == 0) crowd_.Clear(standing.issue);
    if (how != 2) continue;
    if (dice_.OneIn(4))
      crowd_.RejectPlainly(standing.issue);
    else
      crowd_.ApprovePlainly(standing, dice_.OneIn(2));
  }
}

ApprovalFigures ApprovalWorld::figures() const {
  ApprovalFigures figures = figures_;
  figures.happenings = hub_.happenings();
  figures.jobs = static_cast<int64_t>(book_.jobs().size());
  figures.starts = book_.starts();
  figures.rejections = book_.rejections();
  figures.trace = trace_.hash();
  return figures;
}

}  // namespace jobgate::sim
