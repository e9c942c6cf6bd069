// Counted pointers to values that many versions of the tables share. A value that is shared never
// changes; only its count does, and that from any thread.
#pragma once
#include <atomic>
#include <cstdint>
#include <utility>

namespace jobgate::memory {

class Counted {
 public:
  Counted() = default;
  Counted(const Counted&) {}  // a copy is a value of its own
  Counted& operator=(const Counted&) = delete;
  virtual ~Counted() = default;

  void Keep() const { count_.fetch_add(1, std::memory_order_relaxed); }
  bool DropIsLast() const { return count_.fetch_sub(1, std::memory_order_acq_rel) == 1; }
  // Whether one Ref alone holds it; who has that one may then write.
  bool IsSole() const { return count_.load(std::memory_order_acquire) == 1; }

 private:
  mutable std::atomic<uint32_t> count_{0};
};

template <typename T>
class Ref {
 public:
  Ref() = default;
  explicit Ref(T* value) : value_(value) {
    if (value_) value_->Keep();
  }
  Ref(const Ref& other) : Ref(other.value_) {}
  Ref(Ref&& other) noexcept : value_(std::exchange(other.value_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Ref() {
    if (value_ && value_->DropIsLast()) delete value_;
  }

  T& operator*() const { return *value_; }
  T* operator->() const { return value_; }
  explicit operator bool() const { return value_ != nullptr; }

 private:
  T* value_ = nullptr;
};

template <typename T, typename... Arguments>
Ref<T> MakeRef(Arguments&&... arguments) {
  return Ref<T>(new T(std::forward<Arguments>(arguments)...));
}

}  // namespace jobgate::memory
