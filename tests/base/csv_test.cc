#include "berth/base/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace berth {
namespace {

constexpr std::array kColumns = {CsvColumn{"name", true}, CsvColumn{"size"}};

TEST(CsvTest, ColumnsComeInAnyOrder) {
  const Result<CsvTable> table = CsvTable::Parse("size,name\r\n3,a\r\n,b", "t.csv", kColumns);
  ASSERT_TRUE(table.ok()) << table.error().message;
  ASSERT_EQ(table->size(), 2);
  EXPECT_EQ(table->Row(0)->Text("name"), "a");
  EXPECT_EQ(*table->Row(0)->Integer("size", 0, 3), 3);
  EXPECT_EQ(table->Row(1)->Text("size"), "");
}

TEST(CsvTest, AColumnThatIsNotNeededMayBeMissing) {
  const Result<CsvTable> table = CsvTable::Parse("name\na\n", "t.csv", kColumns);
  ASSERT_TRUE(table.ok());
  EXPECT_FALSE(table->Has("size"));
  EXPECT_EQ(table->Row(0)->Text("size"), "");
}

TEST(CsvTest, AByteOrderMarkIsNoPartOfTheFirstColumn) {
  const Result<CsvTable> table = CsvTable::Parse("\xEF\xBB\xBFname\r\na\r\n", "t.csv", kColumns);
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_EQ(table->Row(0)->Text("name"), "a");
}

TEST(CsvTest, QuotesAreNotTakenForAPartOfACell) {
  EXPECT_EQ(CsvTable::Parse("\"name\"\n", "t.csv", kColumns).error().message,
            "t.csv:1: expected cells without quotes, found '\"name\"'");
  const Result<CsvTable> table =
      CsvTable::Parse("name,size\n\"T4|P100\",1\n\"a,b\",2\n", "t.csv", kColumns);
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(table->Row(0).error().message,
            "t.csv:2: expected cells without quotes, found '\"T4|P100\"'");
  EXPECT_EQ(table->Row(1).error().message, "t.csv:3: expected cells without quotes, found '\"a'");
}

TEST(CsvTest, ACellIsQuotedOnlyWhereItMustBe) {
  EXPECT_EQ(CsvCell("gpu-a-1 [0]"), "gpu-a-1 [0]");
  EXPECT_EQ(CsvCell(""), "");
  EXPECT_EQ(CsvCell("gpu-a-1 [0,1]"), "\"gpu-a-1 [0,1]\"");
  EXPECT_EQ(CsvCell("the \"second\""), "\"the \"\"second\"\"\"");
  EXPECT_EQ(CsvCell("two\nlines"), "\"two\nlines\"");
}

TEST(CsvTest, MistakesAreToldWithLineAndColumn) {
  const Result<CsvTable> table = CsvTable::Parse("name,size\na,x\nb\n", "t.csv", kColumns);
  ASSERT_TRUE(table.ok());
  const Result<CsvRow> row = table->Row(0);
  EXPECT_EQ(row->Integer("size", 0, 9).error().message,
            "t.csv:2: size: expected a whole number from 0 to 9, found 'x'");
  EXPECT_EQ(row->Wrong("too many").message, "t.csv:2: too many");
  EXPECT_EQ(table->Row(1).error().message, "t.csv:3: expected 2 columns, found 1");
  EXPECT_EQ(CsvTable::Parse("", "t.csv", kColumns).error().message,
            "t.csv:1: expected a line that names the columns");
  EXPECT_EQ(CsvTable::Parse("size\n", "t.csv", kColumns).error().message,
            "t.csv:1: column 'name' is missing");
}

}  // namespace
}  // namespace berth
