// What is told of the store as a whole, and what can be asked of it.
#pragma once
#include <string>

#include "src/base/json.h"
#include "store/upkeep.h"

namespace jobgate {

Json StoreFiguresJson(const StoreFigures& figures);
Json VerifyReportJson(const VerifyReport& report);
Json BackupReportJson(const BackupReport& report);
Json QueryResultJson(const QueryResult& result);
Json MigrationReportJson(const MigrationReport& report);
Json ReplacementReportJson(const ReplacementReport& report);
Json LeftOutJson(const LeftOut& left);

// {"path": "/absolute/file"}; on the daemon's host. Errors: kInvalidArgument.
Result<std::string> StoreFileFromJson(const Json& body);

struct StoreQuestion {
  std::string sql;
  QueryLimits limits;
};
// {"sql": "SELECT …", "limit": 1000}. Errors: kInvalidArgument.
Result<StoreQuestion> StoreQuestionFromJson(const Json& body);

}  // namespace jobgate
