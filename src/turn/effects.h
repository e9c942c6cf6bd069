// What a turn does to the world outside the store. Collected while the turn runs, carried out
// only after its commit, in the order of the fields.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/job/event.h"
#include "src/worker/spawner.h"

namespace jobgate {

struct EndedAttempt {
  std::string entrypoint;
  std::string outcome;
  Duration runtime{};
};

// A request for approval that opened, or was answered or given up.
struct RequestChange {
  JobId job_id;
  std::optional<Time> requested_at;  // absent: the job waits no more
};

struct Effects {
  struct Stop {
    AttemptId id;
    Duration grace{};
  };

  std::vector<AttemptId> acknowledged;  // exit records that are durable now
  std::vector<SpawnRequest> spawns;
  std::vector<Stop> stops;
  std::vector<AttemptId> leftovers;  // of another incarnation, to be killed
  std::vector<Event> events;         // that were written
  std::vector<JobState> ends;        // states in which jobs came to an end
  std::vector<EndedAttempt> ended_attempts;
  std::vector<RequestChange> requests;
  int64_t claims = 0;      // jobs that left the queue to be started
  size_t escalations = 0;  // retries from the dead-letter queue that wait for a person
  // Something is to be told on GitHub, or has to be seen there before a job may start.
  bool look_at_issues = false;

  // Forgets what was meant for a supervisor's connection that is gone: whatever is still to be done
  // of it follows from the comparison with the next one.
  void DropOrders() {
    acknowledged.clear();
    spawns.clear();
    stops.clear();
    leftovers.clear();
  }

  // How much there is of everything, to go back to when a savepoint is rolled back.
  struct Mark {
    size_t acknowledged, spawns, stops, leftovers, events, ends, ended_attempts, requests;
    int64_t claims;
    size_t escalations;
  };
  Mark Here() const {
    return {acknowledged.size(),
            spawns.size(),
            stops.size(),
            leftovers.size(),
            events.size(),
            ends.size(),
            ended_attempts.size(),
            requests.size(),
            claims,
            escalations};
  }
  void BackTo(const Mark& mark) {
    acknowledged.resize(mark.acknowledged);
    spawns.resize(mark.spawns);
    stops.resize(mark.stops);
    leftovers.resize(mark.leftovers);
    events.resize(mark.events);
    ends.resize(mark.ends);
    ended_attempts.resize(mark.ended_attempts);
    requests.resize(mark.requests);
    claims = mark.claims;
    escalations = mark.escalations;
  }
};

}  // namespace jobgate
