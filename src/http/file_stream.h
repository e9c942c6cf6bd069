// A body from a file, as long as that is now, read in pieces when there is room.
#pragma once
#include <cstdint>

#include "src/base/unique_fd.h"
#include "src/http/stream.h"

namespace jobgate {

class FileStream final : public StreamSource {
 public:
  // `head` without its length. No file is an empty one.
  FileStream(UniqueFd file, StreamHead head);
  StreamHead Head() const override { return head_; }
  void Pump(StreamPort& port) override;

 private:
  UniqueFd file_;
  StreamHead head_;
  int64_t sent_ = 0;
};

}  // namespace jobgate
