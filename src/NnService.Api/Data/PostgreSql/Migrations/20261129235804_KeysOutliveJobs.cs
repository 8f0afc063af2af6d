using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace NnService.Api.Data.PostgreSql.Migrations
{
    /// <inheritdoc />
    public partial class KeysOutliveJobs : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "FK_IdempotencyKeys_TrainingJobs_JobNumber",
                table: "IdempotencyKeys");

            migrationBuilder.DropIndex(
                name: "IX_IdempotencyKeys_JobNumber",
                table: "IdempotencyKeys");
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
