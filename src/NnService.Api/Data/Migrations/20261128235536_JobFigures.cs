using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace NnService.Api.Data.Migrations
{
    /// <inheritdoc />
    public partial class JobFigures : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "JobFigures",
                columns: table => new
                {
                    JobNumber = table.Column<long>(type: "INTEGER", nullable: false),
                    Path = table.Column<string>(type: "TEXT", nullable: false),
                    Value = table.Column<double>(type: "REAL", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_JobFigures", x => new { x.JobNumber, x.Path });
                    table.ForeignKey(
                        name: "FK_JobFigures_TrainingJobs_JobNumber",
                        column: x => x.JobNumber,
                        principalTable: "TrainingJobs",
                        principalColumn: "Number",
                        onDelete: ReferentialAction.Cascade);
                });

            // The numbers of each part of the metrics there are. Before the indexes, which are then made in one go.
            migrationBuilder.Sql(
                """
                INSERT INTO "JobFigures" ("JobNumber", "Path", "Value")
                SELECT job."Number", part.name || '.' || figure.key, figure.value
                FROM "TrainingJobs" AS job
                CROSS JOIN (SELECT 'train' AS name UNION ALL SELECT 'validation' UNION ALL SELECT 'test') AS part
                CROSS JOIN json_each(job."Metrics", '$.' || part.name) AS figure
                WHERE figure.type IN ('integer', 'real');
                """);

            migrationBuilder.CreateIndex(
                name: "IX_TrainingJobs_TrainLoss",
                table: "TrainingJobs",
                column: "TrainLoss");

            migrationBuilder.CreateIndex(
                name: "IX_TrainingJobs_ValidationLoss",
                table: "TrainingJobs",
                column: "ValidationLoss");

            migrationBuilder.CreateIndex(
                name: "IX_JobFigures_Down",
                table: "JobFigures",
                columns: new[] { "Path", "Value", "JobNumber" });

            migrationBuilder.CreateIndex(
                name: "IX_JobFigures_Up",
                table: "JobFigures",
                columns: new[] { "Path", "Value", "JobNumber" },
                descending: new[] { false, false, true });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "JobFigures");

            migrationBuilder.DropIndex(
                name: "IX_TrainingJobs_TrainLoss",
                table: "TrainingJobs");

            migrationBuilder.DropIndex(
                name: "IX_TrainingJobs_ValidationLoss",
                table: "TrainingJobs");
        }
    }
}
