using NnService.Api.TrainingJobs.Running;

using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace NnService.Api.Data.Migrations
{
    /// <inheritdoc />
    public partial class BestEpoch : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "BestEpoch",
                table: "TrainingJobs",
                type: "INTEGER",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "BestEpoch",
                table: "TrainingJobs");
        }
    }
}
