#include "tests/simulation/approval/watcher.h"

#include <algorithm>
#include <utility>

#include "approvals/github/imprint.h"
#include "src/base/ascii.h"

namespace jobgate::sim {
namespace {

// The text by which a message is found again.
bool Has(const std::string& body, const Letter& letter) {
  return body.find(github::MarkerOf(letter.message.id)) != std::string::npos;
}

bool IsLastAbout(const HubIssue& kept, const std::string& label, int64_t event_id) {
  const github::IssueEvent* last = nullptr;
  for (const github::IssueEvent& event : kept.events)
    if (event.label && IsSameFolded(*event.label, label)) last = &event;
  return last && last->id == event_id;
}

}  // namespace

void SimWatcher::BeCalm() {
  calm_ = true;
  Refused();
}

void SimWatcher::Restart() {
  work_.reset();
  reports_.clear();
  Refused();
}

void SimWatcher::Work() {
  ++step_;
  if (work_ && !work_->letters.empty() && !Mishap(3)) {
    for (const Letter& letter : std::exchange(work_->letters, {})) {
      if (Mishap(25)) break;  // GitHub cannot be reached
      Carry(letter);
    }
  }
  if (!is_looking_ && work_ && !Mishap(3)) BeginLook();
  if (is_looking_) GoOnLooking();
}

std::vector<Command> SimWatcher::Draw() {
  std::vector<Command> commands;
  for (DeliveryReport& report : std::exchange(reports_, {})) {
    if (Mishap(15)) continue;  // nobody knows that it is there
    commands.emplace_back(TakeDelivery{report});
    if (Mishap(15)) commands.emplace_back(TakeDelivery{report});
  }
  if (!pending_.empty() && pending_.front().not_before <= step_) {
    Pending& next = pending_.front();
    commands.emplace_back(next.look);
    if (Mishap(12))
      next.not_before = step_ + dice_.Between(1, 4);  // and once more
    else
      pending_.pop_front();
  }
  commands.emplace_back(TakeApprovalWork{});
  return commands;
}

void SimWatcher::TakeWork(ApprovalWork work) {
  work_ = std::move(work);
}

void SimWatcher::Refused() {
  known_.clear();
  pending_.clear();
  is_looking_ = false;
}

// --- letters

void SimWatcher::Carry(const Letter& letter) {
  const auto message = IssueMessageFromJson(*ParseJson(letter.message.request)).value();
  const std::optional<int64_t> number = letter.issue;
  DeliveryReport report;
  if (!number && message.title.empty()) {
    report.parked = "the job has no issue to say this on";
  } else if (number && !hub_.issues().at(*number).why_gone.empty()) {
    report.parked = hub_.issues().at(*number).why_gone;
    report.is_gone = true;
    report.nonce = message.nonce;
  } else if (Mishap(200)) {
    report.parked = "GitHub will not have it";
    report.nonce = message.nonce;
  } else {
    report = number ? Deliver(letter, message) : OpenIssue(letter, message);
    if (Mishap(60)) return;  // the daemon did not hear that it arrived
    if (!message.nonce.empty())
      report.posted.requester_id =
          letter.requester_login.empty() ? 0 : hub_.IdOf(letter.requester_login);
  }
  report.message_id = letter.message.id;
  reports_.push_back(std::move(report));
}

DeliveryReport SimWatcher::Deliver(const Letter& letter, const IssueMessage& message) {
  const int64_t number = *letter.issue;
  if (message.open.value_or(false)) hub_.SetOpen(number, Hub::kOwnId, true);
  RemoveLabels(number, message);
  const HubIssue& kept = hub_.issues().at(number);
  const auto find = [&] {
    return std::ranges::find_if(kept.comments,
                                [&](const github::Comment& one) { return Has(one.body, letter); });
  };
  if (find() == kept.comments.end()) hub_.Comment(number, Hub::kOwnId, message.body);
  if (!message.open.value_or(true)) hub_.SetOpen(number, Hub::kOwnId, false);
  github::Comment written = *find();
  written.body = message.body;  // as it was sent, whatever became of it
  DeliveryReport report;
  report.nonce = message.nonce;
  report.issue = number;
  report.issue_url = kept.issue.url;
  report.posted = {written.created_at, written.id, TextHash(written), 0};
  return report;
}

DeliveryReport SimWatcher::OpenIssue(const Letter& letter, const IssueMessage& message) {
  int64_t number = 0;
  for (const auto& [known, kept] : hub_.issues())
    if (kept.why_gone.empty() && Has(kept.issue.body, letter)) number = known;
  if (number == 0) number = hub_.Create(Hub::kOwnId, message.title, message.body);
  github::Issue written = hub_.issues().at(number).issue;
  written.title = message.title;
  written.body = message.body;
  DeliveryReport report;
  report.nonce = message.nonce;
  report.issue = number;
  report.issue_url = written.url;
  report.posted = {written.created_at, 0, TextHash(written), 0};
  return report;
}

void SimWatcher::RemoveLabels(int64_t number, const IssueMessage& message) {
  const HubIssue& kept = hub_.issues().at(number);
  for (const std::string& label : message.remove_labels)
    if (message.label_event == 0 || IsLastAbout(kept, label, message.label_event))
      hub_.RemoveLabel(number, Hub::kOwnId, label);
}

// --- looks

// Only what changed is read, where everything before arrives in order.
void SimWatcher::BeginLook() {
  is_looking_ = true;
  looked_at_ = clock_.Monotonic();
  time_there_ = hub_.Now();
  readings_.clear();
  if (!pending_.empty()) known_.clear();
  for (const int64_t number : work_->issues) {
    const auto known = known_.find(number);
    if (known == known_.end() || known->second != hub_.issues().at(number).version ||
        work_->last_looks.contains(number) || Mishap(10))
      readings_.emplace_back(number);
  }
}

void SimWatcher::GoOnLooking() {
  for (Reading& reading : readings_) {
    while (!reading.IsWhole()) {
      reading.ReadPart(hub_);
      if (!reading.IsWhole() && Mishap(6)) return;
    }
  }
  EndLook();
}

void SimWatcher::EndLook() {
  is_looking_ = false;
  Pending done;
  done.look.looked_at = looked_at_;
  done.look.time_there = time_there_;
  done.look.saw_all = true;
  for (const Reading& reading : readings_) {
    if (Mishap(50)) {  // GitHub does not show this one
      done.look.unread.insert(reading.seen().number);
      continue;
    }
    done.look.issues.push_back(reading.seen());
    done.versions[reading.seen().number] = reading.version();
  }
  if (Mishap(40)) return known_.clear();  // never told
  for (const auto& [number, version] : done.versions) known_[number] = version;
  std::erase_if(known_, [&](const auto& one) { return !work_->issues.contains(one.first); });
  done.not_before = Mishap(5) ? step_ + dice_.Between(1, 5) : step_;
  pending_.push_back(std::move(done));
}

}  // namespace jobgate::sim
