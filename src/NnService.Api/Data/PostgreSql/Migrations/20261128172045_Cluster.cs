using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace NnService.Api.Data.PostgreSql.Migrations
{
    /// <inheritdoc />
    public partial class Cluster : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // How many news nodes have told each other, and the blob by which they know that they share their uploads; which nodes there are: what is in no row of
            // the model. That a node lives need not outlast the server.
            migrationBuilder.Sql(
                """
                CREATE TABLE "News" ("Only" boolean NOT NULL DEFAULT true CONSTRAINT "PK_News" PRIMARY KEY CHECK ("Only"), "Number" bigint NOT NULL, "Marker" text COLLATE "C");
                INSERT INTO "News" ("Number") VALUES (0);
                """);
            migrationBuilder.Sql(
                """
                CREATE UNLOGGED TABLE "Nodes" (
                    "Id" uuid NOT NULL CONSTRAINT "PK_Nodes" PRIMARY KEY, "Name" text COLLATE "C" NOT NULL, "Role" text COLLATE "C" NOT NULL, "Slots" integer NOT NULL,
                    "Leads" boolean NOT NULL, "Version" text COLLATE "C" NOT NULL, "StartedAt" timestamp with time zone NOT NULL,
                    "SeenAt" timestamp with time zone NOT NULL, "Jobs" uuid[] NOT NULL);
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""DROP TABLE "News"; DROP TABLE "Nodes";""");
        }
    }
}
