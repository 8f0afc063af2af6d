using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace NnService.Api.Data.PostgreSql.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "ApiKeys",
                columns: table => new
                {
                    Number = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    Name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Scopes = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Sha256 = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false),
                    ExpiresAt = table.Column<long>(type: "bigint", nullable: true),
                    LastUsedAt = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_ApiKeys", x => x.Number);
                });

            migrationBuilder.CreateTable(
                name: "AuditEntries",
                columns: table => new
                {
                    Id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    Number = table.Column<long>(type: "bigint", nullable: true),
                    At = table.Column<long>(type: "bigint", nullable: false),
                    Who = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Name = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Method = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Target = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    RequestId = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Status = table.Column<int>(type: "integer", nullable: true),
                    Resource = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Hash = table.Column<string>(type: "text", nullable: true, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_AuditEntries", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "Datasets",
                columns: table => new
                {
                    Number = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    Name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    BlobKey = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Sha256 = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Bytes = table.Column<long>(type: "bigint", nullable: false),
                    Reading = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Rows = table.Column<int>(type: "integer", nullable: false),
                    Profile = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Datasets", x => x.Number);
                });

            migrationBuilder.CreateTable(
                name: "Models",
                columns: table => new
                {
                    Number = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    Name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false),
                    LastVersion = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Models", x => x.Number);
                });

            migrationBuilder.CreateTable(
                name: "Networks",
                columns: table => new
                {
                    Number = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    Name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Description = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Spec = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Networks", x => x.Number);
                });

            migrationBuilder.CreateTable(
                name: "Studies",
                columns: table => new
                {
                    Number = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    Name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Kind = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    State = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    StopReason = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Request = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Base = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ModelName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    TrialModelName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Trials = table.Column<int>(type: "integer", nullable: false),
                    Warnings = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false),
                    StartedAt = table.Column<long>(type: "bigint", nullable: true),
                    EndedAt = table.Column<long>(type: "bigint", nullable: true),
                    CountsFrom = table.Column<long>(type: "bigint", nullable: true),
                    SecondsBefore = table.Column<double>(type: "double precision", nullable: false),
                    RefitJobId = table.Column<Guid>(type: "uuid", nullable: true),
                    BestTrial = table.Column<int>(type: "integer", nullable: true),
                    ModelVersion = table.Column<int>(type: "integer", nullable: true),
                    Metrics = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Error = table.Column<string>(type: "text", nullable: true, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Studies", x => x.Number);
                });

            migrationBuilder.CreateTable(
                name: "TrainingJobs",
                columns: table => new
                {
                    Number = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    State = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    StopReason = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Attempt = table.Column<int>(type: "integer", nullable: false),
                    Priority = table.Column<int>(type: "integer", nullable: false),
                    DatasetName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    NetworkName = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    InitialModelName = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    ModelName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    StudyId = table.Column<Guid>(type: "uuid", nullable: true),
                    Trial = table.Column<int>(type: "integer", nullable: true),
                    HoldsAfter = table.Column<int>(type: "integer", nullable: true),
                    Configuration = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    NetworkSpec = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Warnings = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false),
                    StartedAt = table.Column<long>(type: "bigint", nullable: true),
                    EndedAt = table.Column<long>(type: "bigint", nullable: true),
                    Requested = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Deaths = table.Column<int>(type: "integer", nullable: false),
                    GenerationAtDeath = table.Column<long>(type: "bigint", nullable: false),
                    IsLeft = table.Column<bool>(type: "boolean", nullable: false),
                    Epoch = table.Column<int>(type: "integer", nullable: false),
                    LastPoint = table.Column<int>(type: "integer", nullable: false),
                    BestEpoch = table.Column<int>(type: "integer", nullable: true),
                    ShareDone = table.Column<double>(type: "double precision", nullable: false),
                    EtaSeconds = table.Column<double>(type: "double precision", nullable: true),
                    Epochs = table.Column<int>(type: "integer", nullable: false),
                    TrainLoss = table.Column<double>(type: "double precision", nullable: true),
                    ValidationLoss = table.Column<double>(type: "double precision", nullable: true),
                    SamplesPerSecond = table.Column<double>(type: "double precision", nullable: true),
                    ModelVersion = table.Column<int>(type: "integer", nullable: true),
                    Metrics = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Error = table.Column<string>(type: "text", nullable: true, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_TrainingJobs", x => x.Number);
                });

            migrationBuilder.CreateTable(
                name: "Webhooks",
                columns: table => new
                {
                    Number = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    Name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Url = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Secret = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false),
                    LastTransition = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Webhooks", x => x.Number);
                });

            migrationBuilder.CreateTable(
                name: "ModelVersions",
                columns: table => new
                {
                    Number = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    ModelNumber = table.Column<long>(type: "bigint", nullable: false),
                    Version = table.Column<int>(type: "integer", nullable: false),
                    Description = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Parameters = table.Column<byte[]>(type: "bytea", nullable: false),
                    Sha256 = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CheckSha256 = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Metrics = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Lineage = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_ModelVersions", x => x.Number);
                    table.ForeignKey(
                        name: "FK_ModelVersions_Models_ModelNumber",
                        column: x => x.ModelNumber,
                        principalTable: "Models",
                        principalColumn: "Number",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "StudyEvents",
                columns: table => new
                {
                    Number = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    StudyNumber = table.Column<long>(type: "bigint", nullable: false),
                    Name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Data = table.Column<string>(type: "text", nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_StudyEvents", x => x.Number);
                    table.ForeignKey(
                        name: "FK_StudyEvents_Studies_StudyNumber",
                        column: x => x.StudyNumber,
                        principalTable: "Studies",
                        principalColumn: "Number",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "StudyTrials",
                columns: table => new
                {
                    Number = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    StudyNumber = table.Column<long>(type: "bigint", nullable: false),
                    Trial = table.Column<int>(type: "integer", nullable: false),
                    Parameters = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    JobId = table.Column<Guid>(type: "uuid", nullable: true),
                    State = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Rung = table.Column<int>(type: "integer", nullable: false),
                    IsOut = table.Column<bool>(type: "boolean", nullable: false),
                    Value = table.Column<double>(type: "double precision", nullable: true),
                    Epochs = table.Column<int>(type: "integer", nullable: false),
                    ModelVersion = table.Column<int>(type: "integer", nullable: true),
                    Error = table.Column<string>(type: "text", nullable: true, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_StudyTrials", x => x.Number);
                    table.ForeignKey(
                        name: "FK_StudyTrials_Studies_StudyNumber",
                        column: x => x.StudyNumber,
                        principalTable: "Studies",
                        principalColumn: "Number",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "HistoryBlocks",
                columns: table => new
                {
                    JobNumber = table.Column<long>(type: "bigint", nullable: false),
                    Index = table.Column<int>(type: "integer", nullable: false),
                    Count = table.Column<int>(type: "integer", nullable: false),
                    Points = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_HistoryBlocks", x => new { x.JobNumber, x.Index });
                    table.ForeignKey(
                        name: "FK_HistoryBlocks_TrainingJobs_JobNumber",
                        column: x => x.JobNumber,
                        principalTable: "TrainingJobs",
                        principalColumn: "Number",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "IdempotencyKeys",
                columns: table => new
                {
                    Key = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    RequestSha256 = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    JobNumber = table.Column<long>(type: "bigint", nullable: false),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_IdempotencyKeys", x => x.Key);
                    table.ForeignKey(
                        name: "FK_IdempotencyKeys_TrainingJobs_JobNumber",
                        column: x => x.JobNumber,
                        principalTable: "TrainingJobs",
                        principalColumn: "Number",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "JobTransitions",
                columns: table => new
                {
                    Number = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    JobNumber = table.Column<long>(type: "bigint", nullable: false),
                    State = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    At = table.Column<long>(type: "bigint", nullable: false),
                    Reason = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    AfterPoint = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_JobTransitions", x => x.Number);
                    table.ForeignKey(
                        name: "FK_JobTransitions_TrainingJobs_JobNumber",
                        column: x => x.JobNumber,
                        principalTable: "TrainingJobs",
                        principalColumn: "Number",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "WebhookDeliveries",
                columns: table => new
                {
                    Number = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    WebhookNumber = table.Column<long>(type: "bigint", nullable: false),
                    MessageId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Event = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Payload = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false),
                    Attempts = table.Column<int>(type: "integer", nullable: false),
                    NextAt = table.Column<long>(type: "bigint", nullable: true),
                    DeliveredAt = table.Column<long>(type: "bigint", nullable: true),
                    LastStatus = table.Column<int>(type: "integer", nullable: true),
                    LastError = table.Column<string>(type: "text", nullable: true, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_WebhookDeliveries", x => x.Number);
                    table.ForeignKey(
                        name: "FK_WebhookDeliveries_Webhooks_WebhookNumber",
                        column: x => x.WebhookNumber,
                        principalTable: "Webhooks",
                        principalColumn: "Number",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "ModelAliases",
                columns: table => new
                {
                    Number = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    ModelNumber = table.Column<long>(type: "bigint", nullable: false),
                    Name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    VersionNumber = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_ModelAliases", x => x.Number);
                    table.ForeignKey(
                        name: "FK_ModelAliases_ModelVersions_VersionNumber",
                        column: x => x.VersionNumber,
                        principalTable: "ModelVersions",
                        principalColumn: "Number");
                    table.ForeignKey(
                        name: "FK_ModelAliases_Models_ModelNumber",
                        column: x => x.ModelNumber,
                        principalTable: "Models",
                        principalColumn: "Number",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_ApiKeys_Id",
                table: "ApiKeys",
                column: "Id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_AuditEntries_Number",
                table: "AuditEntries",
                column: "Number",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_Datasets_Name",
                table: "Datasets",
                column: "Name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_IdempotencyKeys_CreatedAt",
                table: "IdempotencyKeys",
                column: "CreatedAt");

            migrationBuilder.CreateIndex(
                name: "IX_IdempotencyKeys_JobNumber",
                table: "IdempotencyKeys",
                column: "JobNumber");

            migrationBuilder.CreateIndex(
                name: "IX_JobTransitions_JobNumber",
                table: "JobTransitions",
                column: "JobNumber");

            migrationBuilder.CreateIndex(
                name: "IX_ModelAliases_ModelNumber_Name",
                table: "ModelAliases",
                columns: new[] { "ModelNumber", "Name" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_ModelAliases_VersionNumber",
                table: "ModelAliases",
                column: "VersionNumber");

            migrationBuilder.CreateIndex(
                name: "IX_ModelVersions_ModelNumber_Version",
                table: "ModelVersions",
                columns: new[] { "ModelNumber", "Version" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_Models_Name",
                table: "Models",
                column: "Name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_Networks_Name",
                table: "Networks",
                column: "Name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_Studies_Id",
                table: "Studies",
                column: "Id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_Studies_Name",
                table: "Studies",
                column: "Name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_Studies_State",
                table: "Studies",
                column: "State");

            migrationBuilder.CreateIndex(
                name: "IX_StudyEvents_StudyNumber_Number",
                table: "StudyEvents",
                columns: new[] { "StudyNumber", "Number" });

            migrationBuilder.CreateIndex(
                name: "IX_StudyTrials_StudyNumber_Trial",
                table: "StudyTrials",
                columns: new[] { "StudyNumber", "Trial" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_TrainingJobs_DatasetName",
                table: "TrainingJobs",
                column: "DatasetName");

            migrationBuilder.CreateIndex(
                name: "IX_TrainingJobs_Id",
                table: "TrainingJobs",
                column: "Id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_TrainingJobs_ModelName",
                table: "TrainingJobs",
                column: "ModelName");

            migrationBuilder.CreateIndex(
                name: "IX_TrainingJobs_NetworkName",
                table: "TrainingJobs",
                column: "NetworkName");

            migrationBuilder.CreateIndex(
                name: "IX_TrainingJobs_State",
                table: "TrainingJobs",
                column: "State");

            migrationBuilder.CreateIndex(
                name: "IX_TrainingJobs_State_Priority_Number",
                table: "TrainingJobs",
                columns: new[] { "State", "Priority", "Number" });

            migrationBuilder.CreateIndex(
                name: "IX_TrainingJobs_StudyId",
                table: "TrainingJobs",
                column: "StudyId");

            migrationBuilder.CreateIndex(
                name: "IX_WebhookDeliveries_NextAt",
                table: "WebhookDeliveries",
                column: "NextAt");

            migrationBuilder.CreateIndex(
                name: "IX_WebhookDeliveries_WebhookNumber",
                table: "WebhookDeliveries",
                column: "WebhookNumber");

            migrationBuilder.CreateIndex(
                name: "IX_Webhooks_Name",
                table: "Webhooks",
                column: "Name",
                unique: true);

            // The log is append-only: an entry that has its place in the chain stays as it is, and how many there have been is counted.
            migrationBuilder.Sql(
                """
                CREATE TABLE "RowsEver" ("Table" text COLLATE "C" NOT NULL CONSTRAINT "PK_RowsEver" PRIMARY KEY, "Ever" bigint NOT NULL);
                INSERT INTO "RowsEver" VALUES ('AuditEntries', 0);
                """);
            migrationBuilder.Sql(
                """
                CREATE FUNCTION "AuditEntries_refuse"() RETURNS trigger LANGUAGE plpgsql AS $body$
                BEGIN RAISE EXCEPTION 'The audit log is append-only.'; END $body$;
                CREATE FUNCTION "AuditEntries_count"() RETURNS trigger LANGUAGE plpgsql AS $body$
                BEGIN UPDATE "RowsEver" SET "Ever" = "Ever" + 1 WHERE "Table" = 'AuditEntries'; RETURN NULL; END $body$;
                """);
            migrationBuilder.Sql(
                """
                CREATE TRIGGER "AuditEntries_stay" BEFORE DELETE OR TRUNCATE ON "AuditEntries"
                FOR EACH STATEMENT EXECUTE FUNCTION "AuditEntries_refuse"();
                CREATE TRIGGER "AuditEntries_stay_as_they_are" BEFORE UPDATE ON "AuditEntries"
                FOR EACH ROW WHEN (OLD."Hash" IS NOT NULL) EXECUTE FUNCTION "AuditEntries_refuse"();
                CREATE TRIGGER "AuditEntries_are_counted" AFTER INSERT ON "AuditEntries"
                FOR EACH ROW EXECUTE FUNCTION "AuditEntries_count"();
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                """
                DROP TABLE "RowsEver";
                DROP FUNCTION "AuditEntries_refuse"() CASCADE;
                DROP FUNCTION "AuditEntries_count"() CASCADE;
                """);

            migrationBuilder.DropTable(
                name: "ApiKeys");

            migrationBuilder.DropTable(
                name: "AuditEntries");

            migrationBuilder.DropTable(
                name: "Datasets");

            migrationBuilder.DropTable(
                name: "HistoryBlocks");

            migrationBuilder.DropTable(
                name: "IdempotencyKeys");

            migrationBuilder.DropTable(
                name: "JobTransitions");

            migrationBuilder.DropTable(
                name: "ModelAliases");

            migrationBuilder.DropTable(
                name: "Networks");

            migrationBuilder.DropTable(
                name: "StudyEvents");

            migrationBuilder.DropTable(
                name: "StudyTrials");

            migrationBuilder.DropTable(
                name: "WebhookDeliveries");

            migrationBuilder.DropTable(
                name: "TrainingJobs");

            migrationBuilder.DropTable(
                name: "ModelVersions");

            migrationBuilder.DropTable(
                name: "Studies");

            migrationBuilder.DropTable(
                name: "Webhooks");

            migrationBuilder.DropTable(
                name: "Models");
        }
    }
}
