#include "approvals/text/redaction.h"

#include <utility>

#include "src/base/redactor.h"

namespace jobgate {

void Redaction::Redact(std::string& text) const {
  text = Redacted(text, values_);
}

Job Redaction::Of(Job job) const {
  for (std::string* name : {&job.entrypoint, &job.step_name, &job.requester}) Redact(*name);
  job.params = OfJson(job.params);
  if (job.result) job.result = OfJson(*job.result);
  if (job.last_error) Redact(*job.last_error);
  if (!job.gate) return job;
  Redact(job.gate->reason);
  for (const auto& [path, state] : std::exchange(job.gate->files, {}))
    job.gate->files[Redacted(path, values_)] = state;
  return job;
}

Entrypoint Redaction::Of(Entrypoint declaration) const {
  Redact(declaration.cwd);
  for (auto& [name, value] : declaration.env) Redact(value);
  return declaration;
}

Plan Redaction::Of(Plan plan) const {
  for (std::string& element : plan.argv) Redact(element);
  return plan;
}

Event Redaction::Of(Event event) const {
  event.payload = RedactedPayload(event.payload, values_);
  if (event.actor) Redact(*event.actor);
  return event;
}

Difference Redaction::Of(Difference difference) const {
  Redact(difference.what);
  difference.approved = OfJson(difference.approved);
  difference.now = OfJson(difference.now);
  return difference;
}

std::string Redaction::OfJson(const std::string& text) const {
  return RedactedJson(text, values_);
}

Redaction RedactionFor(
    const Turn& turn,
    std::initializer_list<std::reference_wrapper<const Entrypoint>> declarations) {
  std::vector<std::string> values;
  for (const Entrypoint& declaration : declarations)
    for (const std::string& name : declaration.secrets)
      if (auto value = turn.secrets.Find(name)) values.push_back(*std::move(value));
  return Redaction(std::move(values));
}

}  // namespace jobgate
