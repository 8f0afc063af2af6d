using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace NnService.Api.Data.Migrations
{
    /// <inheritdoc />
    public partial class KeysOutliveJobs : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // In one transaction: EF Core's own way to take a foreign key from a table of SQLite has three, and does not go on where it was killed between them.
            migrationBuilder.Sql(
                """
                CREATE TABLE "KeysOfNow" (
                    "Key" TEXT NOT NULL CONSTRAINT "PK_IdempotencyKeys" PRIMARY KEY,
                    "RequestSha256" TEXT NOT NULL,
                    "JobNumber" INTEGER NOT NULL,
                    "CreatedAt" INTEGER NOT NULL
                );
                INSERT INTO "KeysOfNow" ("Key", "RequestSha256", "JobNumber", "CreatedAt")
                SELECT "Key", "RequestSha256", "JobNumber", "CreatedAt" FROM "IdempotencyKeys";
                DROP TABLE "IdempotencyKeys";
                ALTER TABLE "KeysOfNow" RENAME TO "IdempotencyKeys";
                CREATE INDEX "IX_IdempotencyKeys_CreatedAt" ON "IdempotencyKeys" ("CreatedAt");
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(
                name: "IX_IdempotencyKeys_JobNumber",
                table: "IdempotencyKeys",
                column: "JobNumber");

            migrationBuilder.AddForeignKey(
                name: "FK_IdempotencyKeys_TrainingJobs_JobNumber",
                table: "IdempotencyKeys",
                column: "JobNumber",
                principalTable: "TrainingJobs",
                principalColumn: "Number",
                onDelete: ReferentialAction.Cascade);
        }
    }
}
