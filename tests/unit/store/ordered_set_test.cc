#include "store/memory/ordered_set.h"

#include <doctest/doctest.h>

#include <set>
#include <thread>
#include <vector>

#include "tests/support/sample_job.h"

namespace jobgate::memory {
namespace {

struct Itself {
  int operator()(const int& number) const { return number; }
};
using Numbers = OrderedSet<int, Itself>;

std::vector<int> Forwards(const Numbers& numbers) {
  std::vector<int> found;
  for (auto at = numbers.First(); at; at.Next()) found.push_back(*at);
  return found;
}

std::vector<int> Backwards(const Numbers& numbers) {
  std::vector<int> found;
  for (auto at = numbers.Last(); at; at.Prev()) found.push_back(*at);
  return found;
}

void CheckSame(const Numbers& numbers, const std::set<int>& expected) {
  CHECK(Forwards(numbers) == std::vector<int>(expected.begin(), expected.end()));
  CHECK(Backwards(numbers) == std::vector<int>(expected.rbegin(), expected.rend()));
  CHECK(numbers.size() == static_cast<int64_t>(expected.size()));
}

}  // namespace

TEST_CASE("ordered set: after any puts and erases it is what std::set is") {
  for (const uint64_t seed : {1, 2, 3}) {
    CAPTURE(seed);
    CountingRandom random(seed);
    Numbers numbers;
    std::set<int> expected;
    for (int i = 0; i < 6000; ++i) {
      const int number = static_cast<int>(random.Next() % 1500);
      // It grows, then shrinks to nothing, then grows again.
      if (random.Next() % 10 < (i % 3000 < 1500 ? 8 : 2))
        CHECK(numbers.Put(number) == expected.insert(number).second);
      else
        CHECK(numbers.Erase(number) == (expected.erase(number) == 1));
      if (i % 500 == 0) CheckSame(numbers, expected);
    }
    CheckSame(numbers, expected);
    for (const int number : std::set<int>(expected)) CHECK(numbers.Erase(number));
    CheckSame(numbers, {});
  }
}

TEST_CASE("ordered set: any key finds the item from it on, and the one before it") {
  Numbers numbers;
  for (int i = 0; i < 2000; i += 2) numbers.Put(i);
  for (int key = -1; key <= 2001; ++key) {
    const auto from = numbers.From(key);
    const int next = key < 0 ? 0 : key + key % 2;
    CHECK(static_cast<bool>(from) == (next < 2000));
    if (from) CHECK(*from == next);
    const auto before = numbers.Before(key);
    CHECK(static_cast<bool>(before) == (key > 0));
    if (before) CHECK(*before == std::min(1998, next - 2));
    CHECK((numbers.Find(key) != nullptr) == (key >= 0 && key < 2000 && key % 2 == 0));
  }
}

TEST_CASE("ordered set: a copy stays as it was, whatever becomes of the other") {
  CountingRandom random(5);
  Numbers numbers;
  std::set<int> expected;
  std::vector<std::pair<Numbers, std::set<int>>> copies;
  for (int i = 0; i < 3000; ++i) {
    const int number = static_cast<int>(random.Next() % 700);
    if (random.Next() % 5 < 3) {
      numbers.Put(number);
      expected.insert(number);
    } else {
      numbers.Erase(number);
      expected.erase(number);
    }
    if (i % 100 == 0) copies.emplace_back(numbers, expected);
  }
  for (const auto& [copy, at_its_time] : copies) CheckSame(copy, at_its_time);
}

TEST_CASE("ordered set: threads read their copies while the owner goes on") {
  Numbers numbers;
  for (int i = 0; i < 5000; ++i) numbers.Put(i);
  std::vector<std::thread> readers;
  std::vector<int> sums(4);
  for (size_t reader = 0; reader < sums.size(); ++reader)
    readers.emplace_back([copy = numbers, &sum = sums[reader]] {
      for (int round = 0; round < 20; ++round) sum = static_cast<int>(Forwards(copy).size());
    });
  for (int i = 0; i < 5000; ++i) numbers.Erase(i);
  for (std::thread& reader : readers) reader.join();
  CHECK(sums == std::vector<int>(4, 5000));
  CHECK(numbers.empty());
}

}  // namespace jobgate::memory
