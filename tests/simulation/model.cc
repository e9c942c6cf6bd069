#include "tests/simulation/model.h"

#include <algorithm>

namespace jobgate::sim {

const Job* Sent::job() const {
  if (!answer || !*answer) return nullptr;
  const auto* reply = std::get_if<JobReply>(&**answer);
  return reply ? &reply->job : nullptr;
}

const Error* Sent::error() const {
  return answer && !*answer ? &answer->error() : nullptr;
}

ModelJob* Model::Find(const JobId& id) {
  const auto found = jobs.find(id);
  return found == jobs.end() ? nullptr : &found->second;
}

int64_t Model::CountOf(JobState state) const {
  return std::count_if(jobs.begin(), jobs.end(),
                       [&](const auto& entry) { return entry.second.states.IsOnly(state); });
}

Identity IdentityOf(const SubmitJob& command) {
  return {command.entrypoint, Canonical(command.params), command.plan_hash.value_or("")};
}

Identity IdentityOf(const Job& job) {
  return {job.entrypoint, job.params, job.plan_hash.value_or("")};
}

std::string PersonOf(const Actor& actor) {
  return actor.substr(actor.find(':') + 1);
}

}  // namespace jobgate::sim
