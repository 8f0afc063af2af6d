using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace NnService.Api.Data.PostgreSql.Migrations
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
                    JobNumber = table.Column<long>(type: "bigint", nullable: false),
                    Path = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Value = table.Column<double>(type: "double precision", nullable: false)
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

            // The numbers of each part of the metrics there are. Before the indexes, which are then made in one go. An escaped U+0000 in a label is none of its
            // business, but would not be read.
            migrationBuilder.Sql(
                """
                INSERT INTO "JobFigures" ("JobNumber", "Path", "Value")
                SELECT job."Number", part.name || '.' || figure.key, (figure.value #>> '{}')::double precision
                FROM (SELECT "Number", replace("Metrics", '\u0000', '\u0020')::json AS metrics FROM "TrainingJobs" WHERE "Metrics" IS NOT NULL) AS job
                CROSS JOIN (VALUES ('train'), ('validation'), ('test')) AS part (name)
                CROSS JOIN LATERAL json_each(CASE WHEN json_typeof(job.metrics -> part.name) = 'object' THEN job.metrics -> part.name END) AS figure
                WHERE json_typeof(figure.value) = 'number';
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
