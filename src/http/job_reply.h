// Replies that carry one job.
#pragma once
#include "src/api/job_json.h"
#include "src/http/reply.h"

namespace jobgate {

inline HttpReply OneJobReply(const Job& job) {
  return {.body = JobText(job)};
}

// 201 with its place.
inline HttpReply NewJobReply(const Job& job) {
  HttpReply reply{.status = 201, .body = JobText(job)};
  reply.headers.emplace_back("Location", "/api/v1/jobs/" + job.id);
  return reply;
}

}  // namespace jobgate
