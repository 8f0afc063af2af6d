using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace NnService.Api.Data.PostgreSql.Migrations
{
    /// <inheritdoc />
    public partial class SummariesAndIndexes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_WebhookDeliveries_NextAt",
                table: "WebhookDeliveries");

            migrationBuilder.DropIndex(
                name: "IX_TrainingJobs_State_Priority_Number",
                table: "TrainingJobs");

            migrationBuilder.AddColumn<string>(
                name: "Summary",
                table: "TrainingJobs",
                type: "text",
                nullable: true,
                collation: "C");

            migrationBuilder.AddColumn<string>(
                name: "Summary",
                table: "ModelVersions",
                type: "text",
                nullable: true,
                collation: "C");

            migrationBuilder.CreateIndex(
                name: "IX_WebhookDeliveries_CreatedAt",
                table: "WebhookDeliveries",
                column: "CreatedAt");

            migrationBuilder.CreateIndex(
                name: "IX_WebhookDeliveries_WebhookNumber_NextAt",
                table: "WebhookDeliveries",
                columns: new[] { "WebhookNumber", "NextAt" });

            migrationBuilder.CreateIndex(
                name: "IX_TrainingJobs_EndedAt",
                table: "TrainingJobs",
                column: "EndedAt");

            migrationBuilder.CreateIndex(
                name: "IX_TrainingJobs_State_Priority_Number",
                table: "TrainingJobs",
                columns: new[] { "State", "Priority", "Number" },
                descending: new[] { false, true, false });

            migrationBuilder.CreateIndex(
                name: "IX_ModelVersions_CreatedAt",
                table: "ModelVersions",
                column: "CreatedAt");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_WebhookDeliveries_CreatedAt",
                table: "WebhookDeliveries");

            migrationBuilder.DropIndex(
                name: "IX_WebhookDeliveries_WebhookNumber_NextAt",
                table: "WebhookDeliveries");

            migrationBuilder.DropIndex(
                name: "IX_TrainingJobs_EndedAt",
                table: "TrainingJobs");

            migrationBuilder.DropIndex(
                name: "IX_TrainingJobs_State_Priority_Number",
                table: "TrainingJobs");

            migrationBuilder.DropIndex(
                name: "IX_ModelVersions_CreatedAt",
                table: "ModelVersions");

            migrationBuilder.DropColumn(
                name: "Summary",
                table: "TrainingJobs");

            migrationBuilder.DropColumn(
                name: "Summary",
                table: "ModelVersions");

            migrationBuilder.CreateIndex(
                name: "IX_WebhookDeliveries_NextAt",
                table: "WebhookDeliveries",
                column: "NextAt");

            migrationBuilder.CreateIndex(
                name: "IX_TrainingJobs_State_Priority_Number",
                table: "TrainingJobs",
                columns: new[] { "State", "Priority", "Number" });
        }
    }
}
