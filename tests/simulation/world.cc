#include "tests/simulation/world.h"

#include <algorithm>
#include <utility>

#include "tests/simulation/violation.h"

namespace jobgate::sim {
namespace {

using std::chrono::hours;

constexpr Duration kOffsetMax = hours(24 * 365 * 3);

Result<Reply> AsReply(const Result<SubmitReply>& reply) {
  if (!reply) return Fail(reply.error());
  return std::visit([](const auto& one) { return Reply(one); }, *reply);
}

// `items` holds a null for what could not be read.
void AnswerItems(const std::vector<SentPtr>& items, const Result<Reply>& reply) {
  const auto* batch = reply ? &std::get<BatchReply>(*reply) : nullptr;
  Require(!batch || batch->results.size() == items.size(), "I6",
          [] { return std::string("a batch with other results than items"); });
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i])
      items[i]->answer = batch ? AsReply(batch->results[i]) : reply;
    else
      Require(!batch || (!batch->results[i] && !batch->results[i].error().fields.empty()), "I6",
              [] { return std::string("what cannot be read was taken"); });
  }
}

}  // namespace

World::World(uint64_t seed, Plant plant)
    : dice_(seed),
      ledger_(trace_),
      supervisor_(ledger_, clock_, seed ^ 0x5EED0001, plant),
      daemon_(clock_, supervisor_, dice_, seed ^ 0x5EED0002, plant, StoreOf(seed)),
      people_(dice_, model_) {
  model_.incarnation = supervisor_.incarnation();
  StartDaemon(DrawSettings(dice_, 0));
}

// --- disturbances

void World::Disturb() {
  if (!daemon_.is_up()) {
    if (!dice_.OneIn(3)) return;
    const int serial = model_.settings.back()->serial;
    StartDaemon(dice_.OneIn(2) ? model_.settings.back() : DrawSettings(dice_, serial + 1));
    return;
  }
  if (!daemon_.link().is_connected() && dice_.OneIn(3)) daemon_.link().Connect();
  if (dice_.OneIn(90)) daemon_.link().Break();
  if (dice_.OneIn(150)) KillSupervisor();
  if (dice_.OneIn(100)) JumpClock();
  if (dice_.OneIn(60)) KillDaemon();
}

void World::KillDaemon() {
  trace_.Add("the daemon dies");
  ++figures_.crashes;
  died_at_ = EngineTime();
  daemon_.Die();
  due_at_.reset();
  told_connected_ = false;
}

// What a predecessor left is looked at with its settings, before its successor does anything.
void World::StartDaemon(SettingsPtr settings) {
  const SettingsPtr before = daemon_.settings();
  daemon_.Start(settings);
  const Time start = clock_.Now();
  if (before) Settle({before, died_at_, true, true, daemon_.events_found()});
  RunBy(std::move(settings));
  engine_base_ = std::max(start, model_.last_at);
  engine_started_ = clock_.Monotonic();
  model_.overtaking = model_.claims;
  due_at_ = engine_started_;
  Settle({daemon_.settings(), EngineTime(), true, false});
}

void World::RunBy(SettingsPtr settings) {
  if (model_.settings.empty() || model_.settings.back()->serial != settings->serial)
    model_.settings.push_back(std::move(settings));
}

void World::KillSupervisor() {
  trace_.Add("the supervisor dies");
  ++figures_.supervisor_deaths;
  if (daemon_.is_up()) daemon_.link().Break();
  supervisor_.Die();
  model_.incarnation = supervisor_.incarnation();
}

void World::JumpClock() {
  const Duration jump = dice_.Pick(std::vector<Duration>{hours(24 * 365), hours(24), hours(2)});
  const Duration by = dice_.OneIn(2) ? jump : -jump;
  const Duration offset = clock_.wall_offset() + by;
  if (offset < kOffsetMax && offset > -kOffsetMax) clock_.JumpWall(by);
}

// --- one step

void World::Step() {
  ++figures_.steps;
  Disturb();
  PassTime();
  supervisor_.CatchUp();
  if (!daemon_.is_up()) return;
  Input input = DrawInput();
  if (input.commands.empty() && input.reports.empty() && !IsDue() && !dice_.OneIn(10)) return;
  RunTurn(std::move(input));
}

void World::PassTime() {
  const int64_t roll = dice_.Below(100);
  if (roll < 60) return clock_.Advance(dice_.Milliseconds(0, 2'000));
  if (roll < 88) return clock_.Advance(dice_.Milliseconds(2'000, 20'000));
  if (roll < 97) return clock_.Advance(dice_.Milliseconds(20'000, 200'000));
  if (roll < 99) return clock_.Advance(dice_.Milliseconds(600'000, 3'600'000));
  clock_.Advance(hours(dice_.Between(1, 30)));
}

World::Input World::DrawInput() {
  Input input;
  for (int64_t count = dice_.Below(4); count > 0; --count) input.commands.push_back(people_.Draw());
  if (dice_.OneIn(12)) input.commands.push_back(people_.StartWork());
  // What else happens to a job in the turn that forgets it could not be looked at afterwards; and
  // what a report ends in it counts as history before the command does.
  const auto forget = std::find_if(
      input.commands.begin(), input.commands.end(),
      [](const Asked& asked) { return std::holds_alternative<ForgetJob>(asked.command); });
  if (forget == input.commands.end()) {
    SimLink& link = daemon_.link();
    constexpr int64_t kAll = 1'000'000;
    link.Deliver(dice_.OneIn(4) ? dice_.Below(4) : kAll);
    input.reports = link.Take(dice_.OneIn(4) ? dice_.Below(4) : kAll);
  } else {
    Asked alone = std::move(*forget);
    input.commands.clear();
    input.commands.push_back(std::move(alone));
  }
  input.faults = daemon_.DrawFaults();
  if (dice_.OneIn(40)) input.reload = DrawSettings(dice_, model_.settings.back()->serial + 1);
  return input;
}

bool World::IsDue() const {
  return due_at_ && clock_.Monotonic() >= *due_at_;
}

SentPtr World::Remember(Command command, Actor actor) {
  auto sent = std::make_shared<Sent>();
  sent->command = std::move(command);
  sent->actor = std::move(actor);
  sent_.push_back(sent);
  return sent;
}

// Each item promises what a submission by itself does.
Envelope World::SendBatch(const SubmitBatch& batch, const Actor& actor) {
  std::vector<SentPtr> items;
  for (const Result<SubmitJob>& item : batch.items)
    items.push_back(item ? Remember(*item, actor) : nullptr);
  return {batch, actor, [this, items, answered = false](const Result<Reply>& reply) mutable {
            daemon_.BeforeTelling();
            Require(!std::exchange(answered, true), "I13",
                    [] { return std::string("a batch answered twice"); });
            AnswerItems(items, reply);
          }};
}

Envelope World::Send(Asked asked) {
  if (const auto* batch = std::get_if<SubmitBatch>(&asked.command))
    return SendBatch(*batch, asked.actor);
  const SentPtr sent = Remember(asked.command, asked.actor);
  return {std::move(asked.command), std::move(asked.actor), [this, sent](Result<Reply> reply) {
            daemon_.BeforeTelling();
            Require(!sent->answer, "I13", [] { return std::string("a command answered twice"); });
            sent->answer = std::move(reply);
          }};
}

void World::RunTurn(Input input) {
  ++figures_.turns;
  std::vector<Envelope> envelopes;
  for (Asked& asked : input.commands) envelopes.push_back(Send(std::move(asked)));
  if (input.reload)
    envelopes.push_back(Send({AdoptSettings{ToEngine(*input.reload), Json::object()}, "os:root"}));
  const SentPtr last = sent_.empty() ? nullptr : sent_.back();
  for (const SupervisorReport& report : input.reports)
    if (std::holds_alternative<SupervisorLost>(report))
      told_connected_ = false;
    else if (std::holds_alternative<SupervisorConnected>(report))
      told_connected_ = true;

  daemon_.observer() = {};
  const int64_t faults_before = daemon_.store().faults_met();
  const auto result = daemon_.Turn(std::move(envelopes), input.reports, input.faults);
  if (result.crashed) return KillDaemon();
  const bool sound = daemon_.store().faults_met() == faults_before;
  figures_.store_faults += daemon_.store().faults_met() - faults_before;
  // What was told in a void turn is asked for anew.
  if (!sound || daemon_.store().commits() == 0) told_connected_ = false;
  due_at_ = result.until ? std::optional(clock_.Monotonic() + *result.until) : std::nullopt;
  CheckTurn(sound, input.reload != nullptr);
  if (!input.reload || last->error()) return;
  daemon_.RunBy(input.reload);
  RunBy(std::move(input.reload));
}

Figures World::figures() const {
  Figures figures = figures_;
  figures.jobs = static_cast<int64_t>(model_.jobs.size());
  figures.processes = static_cast<int64_t>(ledger_.starts().size());
  figures.trace = trace_.hash();
  return figures;
}

}  // namespace jobgate::sim
